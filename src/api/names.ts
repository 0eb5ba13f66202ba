/** Every name that this operator puts into a cluster. One place, so that a rename is one edit. */

export const GROUP = "projectgitops.dev";
export const VERSION = "v1alpha1";
export const API_VERSION = `${GROUP}/${VERSION}`;
export const KIND = "ProjectGitOps";
export const PLURAL = "projectgitops";

export const FINALIZER = `${GROUP}/finalizer`;
/** Field manager of every write; also the value of the managed-by label. */
export const FIELD_MANAGER = "projectgitops";

export const LABELS = {
  managedBy: "app.kubernetes.io/managed-by",
  project: `${GROUP}/project`,
  environment: `${GROUP}/environment`,
  /** Set by an administrator: `{projectId}` of the project that may take the object over. */
  adopt: `${GROUP}/adopt`,
  /** Flux's own, `Enabled`: a change of this Secret is taken up within a poll interval. */
  watch: "reconcile.fluxcd.io/watch",
  /** Flux's own convention for the objects of one tenant. */
  tenant: "toolkit.fluxcd.io/tenant",
} as const;

export const ANNOTATIONS = {
  /** `{namespace}/{name}` of the ProjectGitOps that holds an object. */
  owner: `${GROUP}/owner`,
  ownerUid: `${GROUP}/owner-uid`,
  /** Written by our POST alone: carried forward, never repaired, never re-stamped. */
  createdBy: `${GROUP}/created-by`,
  protected: `${GROUP}/protected`,
  deletionPolicy: `${GROUP}/deletion-policy`,
  /** On the ProjectGitOps: `{uid}/{start}`, written with the finalizer; the proof that rollback needs. */
  setup: `${GROUP}/setup`,
  /** On the ProjectGitOps: `{uid}` once it was COMPLETED; forbids rollback for ever. */
  completed: `${GROUP}/completed`,
  /** On an adoptable object, beside the label of that name: `{namespace}/{name}` of the one that may adopt it. */
  adoptBy: `${GROUP}/adopt-by`,
  /** On the ProjectGitOps: namespaces, comma-separated, of protected environments that may go. */
  confirmDelete: `${GROUP}/confirm-delete`,
  /** On the ProjectGitOps: namespaces whose Flux objects lose Flux's finalizers, for a cluster without Flux. */
  forceDelete: `${GROUP}/force-delete`,
  /** On the Namespace that holds ProjectGitOps objects: the projectIds they may have; comma-separated, `*` for any characters. */
  allowedProjects: `${GROUP}/allowed-projects`,
  /** On the same: the repositories that they may name, such as `github.com/acme/*`. */
  allowedRepositories: `${GROUP}/allowed-repositories`,
  /** On the same: how many environments a project may have; a whole number. */
  maxEnvironments: `${GROUP}/max-environments`,
  /** On a Secret with a git credential: the hosts, comma-separated, that it may be sent to. */
  gitHosts: `${GROUP}/git-hosts`,
  /** On a Secret with a git credential: when it ends, RFC 3339. For people and `diagnose`; nothing is decided by it. */
  expiresAt: `${GROUP}/expires-at`,
  /** On the Secret of a generated credential: what is no secret of it, as JSON (generated.ts). */
  generated: `${GROUP}/generated`,
  /** On the ProjectGitOps: any new value asks for a new generated credential now. */
  rotate: `${GROUP}/rotate`,
  /** On the same: any new value has the generated credential replaced and the old one revoked at once. */
  revoke: `${GROUP}/revoke`,
  /** On a Namespace with a copy of the credential: the host that it was given for. */
  gitHost: `${GROUP}/git-host`,
  /** On a GitRepository: version of the Secret its credential was copied from. A new one makes Flux fetch at once. */
  credentialVersion: `${GROUP}/credential-version`,
  /** On the leader's Lease: when it last polled with success, RFC 3339. A leader may hold its Lease and see nothing. */
  lastPoll: `${GROUP}/last-poll`,
  /** On a Kustomization that an import lets another one stand in for: its prune and suspend from before, as JSON. */
  retired: `${GROUP}/retired`,
  /** Flux's request for a pass now; ours honours it too. */
  requestedAt: "reconcile.fluxcd.io/requestedAt",
} as const;

/** Keys of environments[].metadata that people may not set, because they are ours. */
export const RESERVED_PREFIX = `${GROUP}/`;
export const RESERVED_KEYS: readonly string[] = [LABELS.managedBy, LABELS.tenant];

export const MANAGED_BY = "projectgitops";
/** Selects every object that this operator manages. */
export const MANAGED_SELECTOR = `${LABELS.managedBy}=${MANAGED_BY}`;

export const namespaceName = (projectId: string, environment: string): string =>
  `project-${projectId}-${environment}`;
/** The Secret beside the ProjectGitOps that a service keeps a project's credential in. */
export const credentialSecretName = (projectId: string): string => `${projectId}-git`;
/** The Secret beside the ProjectGitOps that keeps a credential of the operator's own making. */
export const generatedSecretName = (projectId: string): string => `${projectId}-git-credential`;
export const gitSecretName = (projectId: string): string => `${projectId}-git-auth`;
export const quotaName = (projectId: string): string => `${projectId}-quota`;
export const limitRangeName = (projectId: string): string => `${projectId}-limits`;
export const networkPolicyName = (projectId: string): string => `${projectId}-isolation`;
export const deployerName = (projectId: string): string => `${projectId}-deployer`;
export const repositoryName = (projectId: string): string => `${projectId}-repo`;
export const deliveryName = (projectId: string, environment: string): string => `${projectId}-${environment}`;
