import { readGeneratedState } from "../../api/generated.ts";
import { ANNOTATIONS } from "../../api/names.ts";
import type { Condition, ProjectGitOps, TriState } from "../../api/schema.ts";
import { conditionOf } from "../../api/standing.ts";
import { gitHostsOf, type SecretLike } from "../../git/index.ts";
import type { CredentialReport } from "../status/credential.ts";

/** A project's git credential in full. The shape is stable: `credential show -o json` prints it. Times are RFC 3339. */
export interface CredentialDetails {
  project: { namespace: string; name: string; projectId: string; url: string };
  /** Null for a public repository. */
  credential: (CredentialReport & CredentialMore) | null;
  environments: Holding[];
  /** What this person may not read; what it would have told is null, or unknown. */
  unseen: string[];
}

export interface CredentialMore {
  /** The condition CredentialReady; null where people keep the credential themselves. */
  ready: Pick<Condition, "status" | "reason" | "message"> | null;
  /** Hosts that the Secret may be sent to; null where it does not say so. */
  gitHosts: string[] | null;
  /** Of people's own: when the Secret's content was changed last. */
  changedAt: string | null;
  /** Titles at the host of one that is being made, and of one that was replaced and not revoked yet. */
  next: string | null;
  previous: string | null;
}

/** Whether an environment has the credential, and what Flux says of it. */
export interface Holding {
  name: string;
  namespace: string;
  /** `current`: its GitRepository was told of the credential in force. */
  holds: "current" | "earlier" | "none" | "unknown";
  /** Of the GitRepository; null where it is not there, or may not be read. */
  ready: TriState | null;
  suspended: boolean;
  message: string;
}

/** What was read of one environment. */
export interface SeenEnvironment {
  readonly name: string;
  readonly namespace: string;
  /** The copy of the Secret. */
  readonly copy: "found" | "missing" | "closed";
  readonly source: "found" | "missing" | "closed";
  /** Annotation of the GitRepository: what the copy was made from. */
  readonly version?: string | undefined;
  readonly health?: { ready: TriState; message: string; suspended?: boolean | undefined } | undefined;
}

/** Puts together what was read. Pure. */
export function credentialDetails(
  project: ProjectGitOps,
  report: CredentialReport | null,
  secret: SecretLike | undefined,
  seen: readonly SeenEnvironment[],
  about: Pick<CredentialMore, "changedAt"> & Pick<CredentialDetails, "unseen">,
): CredentialDetails {
  const { metadata, spec } = project;
  const version = report === null ? undefined : versionOf(project, secret);
  return {
    project: {
      namespace: metadata.namespace,
      name: metadata.name,
      projectId: spec.projectId,
      url: spec.git.url,
    },
    credential: report && { ...report, ...moreOf(project, secret, about.changedAt) },
    environments: report === null ? [] : seen.map((one) => holdingOf(one, version)),
    unseen: about.unseen,
  };
}

/** As the operator notes it on GitRepositories: the credential's own short id, or the Secret's version. */
function versionOf(project: ProjectGitOps, secret: SecretLike | undefined): string | undefined {
  if (!project.spec.git.credential?.generate)
    return (secret?.metadata as { resourceVersion?: string } | undefined)?.resourceVersion;
  const told = project.status?.credential;
  // The id ends the title.
  const id = told?.lastRotated === undefined ? undefined : told.title.split(" ").at(-1);
  return stateOf(secret)?.current?.id ?? id;
}

const stateOf = (secret: SecretLike | undefined) =>
  readGeneratedState(secret?.metadata?.annotations?.[ANNOTATIONS.generated]);

function moreOf(
  project: ProjectGitOps,
  secret: SecretLike | undefined,
  changedAt: string | null,
): CredentialMore {
  const generate = project.spec.git.credential?.generate;
  const ready = generate && conditionOf(project, "CredentialReady");
  const { next, previous } = (generate && stateOf(secret)) ?? {};
  return {
    ready: ready ? { status: ready.status, reason: ready.reason, message: ready.message } : null,
    gitHosts: (secret && gitHostsOf(secret)) ?? null,
    changedAt: generate ? null : changedAt,
    next: next?.title ?? null,
    previous: previous?.title ?? null,
  };
}

function holdingOf(
  { name, namespace, copy, source, version: held, health }: SeenEnvironment,
  version: string | undefined,
): Holding {
  return {
    name,
    namespace,
    holds: holdsOf(copy, source, held, version),
    ready: health?.ready ?? null,
    suspended: health?.suspended === true,
    message: health === undefined ? SOURCE_WORDS[source] : health.ready === "True" ? "" : health.message,
  };
}

const SOURCE_WORDS = {
  found: "Flux has said nothing yet",
  missing: "there is no GitRepository",
  closed: "you may not read the GitRepository",
} as const;

function holdsOf(
  copy: SeenEnvironment["copy"],
  source: SeenEnvironment["source"],
  held: string | undefined,
  version: string | undefined,
): Holding["holds"] {
  if (copy === "missing") return "none";
  // A copy without a GitRepository that tells of it, or a Secret that may not be read.
  if (source !== "found" || version === undefined) return "unknown";
  return held === version ? "current" : "earlier";
}
