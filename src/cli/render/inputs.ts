import type { Secret } from "kubernetes-types/core/v1";
import type { ImagePullPayload } from "../../api/credential.ts";
import { credentialSecretOf } from "../../api/credential.ts";
import { parseGitUrl } from "../../api/git-url.ts";
import type { ProjectGitOps } from "../../api/schema.ts";
import {
  type CredentialProblem,
  readGitSecret,
  readImagePullSecret,
  type SecretLike,
} from "../../git/index.ts";
import type { PlanInputs } from "../../plan/index.ts";
import { CliError, EXIT } from "../errors.ts";

export interface RenderedInputs {
  inputs: PlanInputs;
  /** Secrets that the project names and nobody gave: their copies cannot be shown. */
  missing: string[];
}

/**
 * What the operator would read from the cluster, from the Secrets at hand.
 * @throws CliError for a Secret that the operator would refuse
 */
export function planInputs(
  project: ProjectGitOps,
  secrets: readonly Secret[],
  deployerClusterRole: string,
): RenderedInputs {
  const { git, environments } = project.spec;
  const url = parseGitUrl(git.url);
  if (url.kind === "refused") throw refused(project, `spec.git.url: ${url.message}`);

  const missing: string[] = [];
  const find = (name: string): SecretLike | undefined => {
    const found = secrets.find(
      ({ metadata }) => metadata?.name === name && metadata.namespace === project.metadata.namespace,
    );
    if (found === undefined) missing.push(`${project.metadata.namespace}/${name}`);
    return found && withData(found);
  };

  const name = credentialSecretOf(project.spec);
  const credential = name === undefined ? undefined : find(name);
  const gitSecret = credential && usable(project, readGitSecret(credential, url, git.knownHosts));
  const pullSecrets: Record<string, ImagePullPayload> = {};
  const names = new Set(
    environments.flatMap(({ imagePullSecrets = [] }) => imagePullSecrets.map(({ name }) => name)),
  );
  for (const name of names) {
    const secret = find(name);
    if (secret) pullSecrets[name] = usable(project, readImagePullSecret(secret)).payload;
  }
  return {
    inputs: {
      gitUrl: url.url,
      ...(gitSecret ? { gitSecret: gitSecret.payload } : {}),
      pullSecrets,
      deployerClusterRole,
    },
    missing,
  };
}

/** stringData becomes data, as the API server does on a write. */
function withData({ metadata, type, data, stringData = {} }: Secret): SecretLike {
  const encoded = Object.entries(stringData).map(
    ([key, text]) => [key, Buffer.from(text).toString("base64")] as const,
  );
  return {
    ...(metadata ? { metadata } : {}),
    ...(type ? { type } : {}),
    data: { ...data, ...Object.fromEntries(encoded) },
  };
}

function usable<T extends { kind: "ok" }>(project: ProjectGitOps, read: T | CredentialProblem): T {
  if (read.kind === "problem") throw refused(project, `${read.reason}: ${read.message}`);
  return read as T;
}

const refused = ({ metadata }: ProjectGitOps, detail: string): CliError =>
  new CliError(`ProjectGitOps ${metadata.namespace}/${metadata.name} could not be set up`, {
    details: [detail],
    exitCode: EXIT.no,
  });
