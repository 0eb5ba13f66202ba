import { parseGitUrl } from "../../api/git-url.ts";
import type { ProjectGitOps } from "../../api/schema.ts";
import { type GitCredential, readGitSecret } from "../../git/index.ts";
import { type BunK8sClient, isNotFound } from "../../kube/index.ts";
import { allowed } from "../tree/read.ts";

/** What may be said of a git credential: no byte of its secret parts. */
export interface CredentialReport {
  /** `namespace/name` of the Secret. */
  secret: string;
  /** Null where it cannot be used or read. */
  kind: GitCredential["kind"] | null;
  /** `SHA256:…` of an SSH key's public part. */
  fingerprint: string | null;
  createdAt: string | null;
  /** Why it cannot be used, or is not known. */
  problem: string | null;
}

/** Looks at the Secret that the project names; null for a public repository. */
export async function readCredential(
  client: BunK8sClient,
  { metadata, spec }: ProjectGitOps,
): Promise<CredentialReport | null> {
  const { credential, url, knownHosts } = spec.git;
  if (credential === undefined) return null;
  const { name } = credential.secretRef;
  const report = { secret: `${metadata.namespace}/${name}`, kind: null, fingerprint: null, createdAt: null };
  const parsedUrl = parseGitUrl(url);
  if (parsedUrl.kind === "refused") return { ...report, problem: parsedUrl.message };
  const reading = client.getSecret(metadata.namespace, name).catch((error: unknown) => {
    if (isNotFound(error)) return "missing" as const;
    throw error;
  });
  const secret = await allowed(reading);
  if (secret === undefined) return { ...report, problem: "you may not read it" };
  if (secret === "missing") return { ...report, problem: "it does not exist" };
  const createdAt = secret.metadata?.creationTimestamp ?? null;
  const read = readGitSecret(secret, parsedUrl, knownHosts);
  if (read.kind === "problem") return { ...report, createdAt, problem: read.message };
  const { kind } = read.credential;
  const fingerprint = read.credential.kind === "ssh" ? read.credential.fingerprint : null;
  return { ...report, kind, fingerprint, createdAt, problem: null };
}
