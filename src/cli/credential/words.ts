import type { CredentialKind } from "../../api/generate.ts";
import type { GitCredential } from "../../git/index.ts";

const GENERATED: Record<CredentialKind, string> = { deployKey: "deploy key", accessToken: "access token" };

const KINDS: Record<GitCredential["kind"], string> = {
  ssh: "SSH key",
  basic: "username and password",
  bearer: "bearer token",
  githubApp: "GitHub App",
  caOnly: "certificate authority",
};

/** `deploy key` of the operator's own making, `SSH key` of people's; empty where nobody may tell. */
export function kindWords(credential: {
  generated: { kind: CredentialKind } | null;
  kind: GitCredential["kind"] | null;
}): string {
  if (credential.generated) return GENERATED[credential.generated.kind];
  return credential.kind === null ? "" : KINDS[credential.kind];
}
