import type { Secret } from "kubernetes-types/core/v1";
import { credentialSecretOf, type GitSecretPayload, type ImagePullPayload } from "../api/credential.ts";
import { type GitUrl, gitHostOf } from "../api/git-url.ts";
import type { ProjectGitOps } from "../api/schema.ts";
import {
  type CredentialProblem,
  credentialMissing,
  gitHostsOf,
  hostNotAllowed,
  imagePullSecretMissing,
  readGitSecret,
  readImagePullSecret,
} from "../git/index.ts";
import type { BunK8sClient, CallOptions } from "../kube/index.ts";
import type { GeneratedRead } from "./credential/read.ts";
import { projectKey } from "./resources.ts";
import type { Secrets } from "./secrets.ts";

/** What could be read of the Secrets that a project names. */
export interface Credentials {
  readonly git?: GitSecretPayload;
  /** Tells one credential from another. */
  readonly version?: string;
  /** Version of the Secret that people change: another one ends Failed. */
  readonly sourceVersion?: string;
  /** The Secret names the host itself, so a change of host is meant. */
  readonly hostConfirmed: boolean;
  readonly pull: Readonly<Record<string, ImagePullPayload>>;
  /** The first thing that is missing or malformed. */
  readonly problem?: CredentialProblem;
  /** Decoded values, for the redactor. */
  readonly secrets: readonly string[];
}

/** Reads them from the project's own namespace, never from another. */
export async function readCredentials(
  client: BunK8sClient,
  secrets: Secrets,
  project: ProjectGitOps,
  url: GitUrl,
  generated: GeneratedRead | undefined,
  options: CallOptions,
): Promise<Credentials> {
  const { namespace } = project.metadata;
  const key = projectKey(project.metadata);
  const read = (name: string) => secrets.read(client, key, namespace, name, options);
  const [git, pull] = await Promise.all([
    project.spec.git.credential?.generate
      ? ofOwnMaking(project, url, generated)
      : readGit(project, url, read),
    readPull(project, read),
  ]);
  const problem = git.problem ?? pull.problem;
  return {
    ...(git.payload ? { git: git.payload } : {}),
    ...(git.version ? { version: git.version } : {}),
    ...(git.sourceVersion ? { sourceVersion: git.sourceVersion } : {}),
    hostConfirmed: git.hostConfirmed ?? false,
    pull: pull.payloads,
    ...(problem ? { problem } : {}),
    secrets: [...git.secrets, ...pull.secrets],
  };
}

type Read = (name: string) => ReturnType<Secrets["read"]>;

interface GitRead {
  payload?: GitSecretPayload;
  version?: string;
  sourceVersion?: string;
  hostConfirmed?: boolean;
  problem?: CredentialProblem;
  secrets: readonly string[];
}

async function readGit(project: ProjectGitOps, url: GitUrl, read: Read): Promise<GitRead> {
  const { knownHosts } = project.spec.git;
  const name = credentialSecretOf(project.spec);
  if (name === undefined) return { secrets: [] };
  const found = await read(name);
  if (found === undefined)
    return { problem: credentialMissing(project.metadata.namespace, name, url.transport), secrets: [] };
  const { secret, version } = found;
  const hosts = gitHostsOf(secret);
  if (hosts && !hosts.includes(gitHostOf(url)))
    return { problem: hostNotAllowed(secret, hosts, url), version, sourceVersion: version, secrets: [] };
  return {
    ...parse(secret, url, knownHosts),
    version,
    sourceVersion: version,
    hostConfirmed: hosts !== undefined,
  };
}

/** What the operator made itself. As long as nothing is in force for this host, making it is the next step, and no problem. */
function ofOwnMaking(
  { spec }: ProjectGitOps,
  url: GitUrl,
  { secret, version, hostVersion, generated, secrets = [] }: Partial<GeneratedRead> = {},
): GitRead {
  const source = { secrets, ...(hostVersion ? { sourceVersion: hostVersion } : {}) };
  const fits = generated?.stored?.current?.target.gitHost === gitHostOf(url);
  if (secret === undefined || version === undefined || !fits) return source;
  const read = parse(secret, url, spec.git.knownHosts);
  return { ...source, ...read, version, hostConfirmed: true, secrets: [...secrets, ...read.secrets] };
}

function parse(secret: Secret, url: GitUrl, knownHosts: string | undefined): GitRead {
  const parsed = readGitSecret(secret, url, knownHosts);
  if (parsed.kind === "problem") return { problem: parsed, secrets: [] };
  return { payload: parsed.payload, secrets: parsed.secrets };
}

async function readPull(project: ProjectGitOps, read: Read) {
  const names = [
    ...new Set(
      project.spec.environments.flatMap(({ imagePullSecrets = [] }) => imagePullSecrets.map((s) => s.name)),
    ),
  ];
  const results = await Promise.all(
    names.map(async (name) => {
      const found = await read(name);
      if (found === undefined)
        return { name, problem: imagePullSecretMissing(project.metadata.namespace, name) };
      const parsed = readImagePullSecret(found.secret);
      return parsed.kind === "ok" ? { name, ...parsed } : { name, problem: parsed };
    }),
  );
  const good = results.filter((result) => "payload" in result);
  return {
    payloads: Object.fromEntries(good.map(({ name, payload }) => [name, payload])),
    problem: results.find((result) => "problem" in result)?.problem,
    secrets: good.flatMap((result) => result.secrets),
  };
}
