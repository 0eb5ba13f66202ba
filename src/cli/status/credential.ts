import type { ProjectGitOps } from "../../api/schema.ts";
import type { GitCredential } from "../../git/index.ts";
import type { Look } from "../diagnose/look.ts";
import { readCredential } from "../diagnose/reads/credential.ts";

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
export async function reportCredential(look: Look, project: ProjectGitOps): Promise<CredentialReport | null> {
  const seen = await readCredential(look, project);
  if (seen.state === "none") return null;
  const { ref } = seen;
  const report = { secret: `${ref.namespace}/${ref.name}`, kind: null, fingerprint: null, createdAt: null };
  switch (seen.state) {
    case "noUrl":
      return { ...report, problem: seen.message };
    case "closed":
      return { ...report, problem: "you may not read it" };
    case "problem": {
      const createdAt = seen.secret?.metadata?.creationTimestamp ?? null;
      const problem = seen.secret === undefined ? "it does not exist" : seen.problem.message;
      return { ...report, createdAt, problem };
    }
    case "usable": {
      const { credential } = seen.read;
      const createdAt = seen.secret.metadata?.creationTimestamp ?? null;
      const fingerprint = credential.kind === "ssh" ? credential.fingerprint : null;
      return { ...report, kind: credential.kind, fingerprint, createdAt, problem: null };
    }
  }
}
