import type { Secret } from "kubernetes-types/core/v1";
import { durationMs } from "../../api/duration.ts";
import { apiUrlOf, type Generate } from "../../api/generate.ts";
import {
  type CredentialTarget,
  type GeneratedState,
  readGeneratedState,
  repositoryPath,
} from "../../api/generated.ts";
import { type GitUrl, gitHostOf } from "../../api/git-url.ts";
import { ANNOTATIONS, generatedSecretName } from "../../api/names.ts";
import type { ProjectGitOps } from "../../api/schema.ts";
import { chooseKnownHosts, credentialMissing, readHostCredential } from "../../git/index.ts";
import type { CallOptions } from "../../kube/index.ts";
import { type GeneratedCredential, type Problem, STRAY, type WantedCredential } from "../../machine/index.ts";
import type { Dependencies } from "../dependencies.ts";
import { projectKey } from "../resources.ts";
import { decoded } from "./store.ts";

/** A project's generated credential, and the Secrets it was read from. */
export interface GeneratedRead {
  readonly generated: GeneratedCredential;
  readonly secret?: Secret;
  /** Tells one credential from another; no version of the Secret, which has other news too. */
  readonly version?: string;
  /** Version of the Secret that the host is asked with: what people change. */
  readonly hostVersion?: string;
  /** Decoded values, for the redactor. */
  readonly secrets: readonly string[];
}

const DEFAULT_REVOKE_TIMEOUT = 10 * 60_000;

/**
 * @param url undefined where spec.git.url cannot be read
 * @param active false where the project is not worked on: it is deleted, suspended or not allowed
 * @returns undefined where the operator makes no credential for this project, and has made none
 */
export async function readGenerated(
  deps: Dependencies,
  project: ProjectGitOps,
  url: GitUrl | undefined,
  active: boolean,
  options: CallOptions,
): Promise<GeneratedRead | undefined> {
  const generate = project.spec.git.credential?.generate;
  const told = project.status?.credential;
  if (generate === undefined && told === undefined) return undefined;
  const { namespace } = project.metadata;
  const secretName = told?.secretName ?? generatedSecretName(project.spec.projectId);
  const read = (name: string) =>
    deps.secrets.read(deps.client, projectKey(project.metadata), namespace, name, options);
  const found = await read(secretName);
  const described = url && generate ? wantedOf(generate, url) : undefined;
  const stored = found ? storedIn(found.secret, project) : lost(project, described);
  const wanted = active ? described : undefined;
  const asked = wanted ?? stored?.previous ?? stored?.next ?? stored?.current;
  const host =
    asked &&
    (await readHost(
      { target: asked.target, hostCredential: hostCredentialOf(asked, project) },
      namespace,
      read,
    ));
  const problem = host?.problem ?? (wanted && url ? hostKeyProblem(project, url) : undefined);
  return {
    generated: {
      secretName,
      isForeign: found !== undefined && stored === undefined,
      succeeded: false,
      revokeTimeout: generate ? durationMs(generate.revokeTimeout) : DEFAULT_REVOKE_TIMEOUT,
      keepOnOrphan: (generate?.onOrphan ?? "Keep") === "Keep",
      ...(wanted ? { wanted } : {}),
      ...(stored ? { stored } : {}),
      ...(problem ? { problem: { reason: problem.reason, message: problem.message } } : {}),
    },
    ...(found && stored ? { secret: found.secret } : {}),
    ...(stored?.current ? { version: stored.current.id } : {}),
    ...(host?.version ? { hostVersion: host.version } : {}),
    secrets: [...(host?.secrets ?? []), ...Object.values(found?.secret.data ?? {}).map(decoded)],
  };
}

/**
 * The Secret that a credential's host is asked with: the one that the spec names by now for that host, since people
 * rename and replace them; for another host the one that it was made with.
 */
export function hostCredentialOf(
  { target, hostCredential }: Pick<WantedCredential, "target" | "hostCredential">,
  { spec }: ProjectGitOps,
): string {
  const generate = spec.git.credential?.generate;
  const isSame =
    generate !== undefined &&
    generate.provider === target.provider &&
    generate.kind === target.kind &&
    apiUrlOf(generate) === target.apiURL;
  return isSame ? generate.hostCredentialRef.name : hostCredential;
}

/** Ours: this object's, or an earlier object's of the same name. */
function storedIn({ metadata }: Secret, project: ProjectGitOps): GeneratedState | undefined {
  const { annotations = {} } = metadata ?? {};
  const owner = `${project.metadata.namespace}/${project.metadata.name}`;
  return annotations[ANNOTATIONS.owner] === owner
    ? readGeneratedState(annotations[ANNOTATIONS.generated])
    : undefined;
}

/** The Secret is gone, and what it held is still registered: it goes when there is another, or with the project. */
function lost(
  { metadata, status }: ProjectGitOps,
  described: WantedCredential | undefined,
): GeneratedState | undefined {
  const told = status?.credential;
  if (told === undefined || described === undefined) return undefined;
  const { target, hostCredential } = described;
  const { title, lastRotated: createdAt = "" } = told;
  const previous = { target, hostCredential, title, createdAt, id: STRAY, leaves: "whenProved" } as const;
  return { uid: metadata.uid ?? "", previous };
}

function wantedOf(generate: Generate, url: GitUrl): WantedCredential {
  const target: CredentialTarget = {
    provider: generate.provider,
    apiURL: apiUrlOf(generate),
    path: repositoryPath(url),
    gitHost: gitHostOf(url),
    kind: generate.kind,
    readOnly: generate.readOnly,
  };
  const { interval, overlap } = generate.rotation;
  return {
    target,
    hostCredential: generate.hostCredentialRef.name,
    interval: durationMs(interval),
    overlap: durationMs(overlap),
  };
}

interface HostRead {
  version?: string;
  problem?: Problem;
  secrets: readonly string[];
}

async function readHost(
  { hostCredential: name, target }: Pick<WantedCredential, "hostCredential" | "target">,
  namespace: string,
  read: (name: string) => Promise<{ secret: Secret; version: string } | undefined>,
): Promise<HostRead> {
  const found = await read(name);
  if (found === undefined) return { problem: credentialMissing(namespace, name, "https"), secrets: [] };
  const credential = readHostCredential(found.secret, target);
  const secrets = Object.values(found.secret.data ?? {}).map(decoded);
  return credential.kind === "problem"
    ? { problem: credential, version: found.version, secrets }
    : { version: found.version, secrets };
}

/** Looked at before anything is registered: Flux would refuse the host all the same. */
function hostKeyProblem({ spec }: ProjectGitOps, url: GitUrl): Problem | undefined {
  if (url.transport !== "ssh") return undefined;
  const hosts = chooseKnownHosts(url, [{ from: "spec.git.knownHosts", text: spec.git.knownHosts }]);
  return hosts.kind === "problem" ? hosts : undefined;
}
