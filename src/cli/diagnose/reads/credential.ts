import type { Secret } from "kubernetes-types/core/v1";
import { credentialSecretOf } from "../../../api/credential.ts";
import { type GitUrl, gitHostOf, parseGitUrl } from "../../../api/git-url.ts";
import type { ProjectGitOps } from "../../../api/schema.ts";
import {
  type CredentialProblem,
  credentialMissing,
  type GitSecretRead,
  gitHostsOf,
  hostNotAllowed,
  readGitSecret,
} from "../../../git/index.ts";
import { SECRETS } from "../../../kube/index.ts";
import { projectKey } from "../../../reconcile/resources.ts";
import type { Look } from "../look.ts";

export interface SecretRef {
  readonly namespace: string;
  readonly name: string;
}

/** The git credential that a project names, judged as the operator does. */
export type CredentialRead =
  /** A public repository. */
  | { state: "none" }
  /** spec.git.url cannot be read, so nobody knows what the Secret must hold. */
  | { state: "noUrl"; ref: SecretRef; message: string }
  /** This person may not read the Secret. */
  | { state: "closed"; ref: SecretRef }
  | { state: "problem"; ref: SecretRef; url: GitUrl; problem: CredentialProblem; secret?: Secret }
  | { state: "usable"; ref: SecretRef; url: GitUrl; secret: Secret; read: GitSecretRead };

/** The Secret of spec.git.credential, read once. What it holds must never be shown. */
export function readCredential(look: Look, project: ProjectGitOps): Promise<CredentialRead> {
  return look.once(`credential of ${projectKey(project.metadata)}`, async () => {
    const { url: written, knownHosts } = project.spec.git;
    const name = credentialSecretOf(project.spec);
    if (name === undefined) return { state: "none" };
    const ref = { namespace: project.metadata.namespace, name };
    const url = parseGitUrl(written);
    if (url.kind === "refused") return { state: "noUrl", ref, message: url.message };
    const seen = await look.get(SECRETS, ref);
    if (seen.state === "closed") return { state: "closed", ref };
    if (seen.state === "missing") {
      const problem = credentialMissing(ref.namespace, ref.name, url.transport);
      return { state: "problem", ref, url, problem };
    }
    return judge(ref, seen.object, url, knownHosts);
  });
}

/** Rule 10 first, as the operator has it: of a Secret that may not go to the host nothing is looked at. */
function judge(ref: SecretRef, secret: Secret, url: GitUrl, knownHosts: string | undefined): CredentialRead {
  const hosts = gitHostsOf(secret);
  const read =
    hosts !== undefined && !hosts.includes(gitHostOf(url))
      ? hostNotAllowed(secret, hosts, url)
      : readGitSecret(secret, url, knownHosts);
  if (read.kind === "problem") return { state: "problem", ref, url, secret, problem: read };
  return { state: "usable", ref, url, secret, read };
}
