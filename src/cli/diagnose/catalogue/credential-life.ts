import type { FindingKind } from "../finding-kind.ts";
import { SETUP_HELD, SOURCE_FAILS, UNUSABLE } from "./credential-symptoms.ts";

export const CREDENTIAL_NOT_MADE: FindingKind = {
  ...UNUSABLE,
  id: "CredentialNotMade",
  title: "The git host does not let the operator make the credential",
  means:
    "`spec.git.credential.generate` has the operator make the credential at the git host before anything else of the project. The host refuses that or does not answer, or the Secret that the host is asked with (`hostCredentialRef`) is missing or malformed: the set-up waits, and is given up after setup.timeout. It goes on by itself when the host answers otherwise or that Secret changes.",
  shows:
    "`kubectl get pgops NAME -n NAMESPACE -o yaml`: the condition CredentialReady and `status.credential.failure`, with the reason and the host's own words. `projectgitops credential test NAME` asks the host again, from your machine.",
  fix: "By the reason. `HostUnauthorized`: put another token into the Secret that hostCredentialRef names. `HostForbidden`: give that token the rights that docs/credentials.md lists. `RepositoryNotFoundOnHost`: correct the path in spec.git.url, or let the token see the repository. `HostNotAllowed`: name the host in the operator's `--git-hosts`, or in the annotation `projectgitops.dev/git-hosts` of that Secret. `HostUnreachable` and `UnexpectedAnswer`: correct apiURL and provider. `HostRateLimited`, `HostUnavailable` and `HostTimeout` pass by themselves.",
  lookAlike:
    "`CredentialMissing`: people keep the credential (secretRef), and its Secret is not there. `CredentialRotationFailed`: there is a credential, and it works; only the next one is not made.",
  explains: [...SETUP_HELD, ...SOURCE_FAILS],
};

export const CREDENTIAL_ROTATION_FAILED: FindingKind = {
  id: "CredentialRotationFailed",
  area: "credential",
  severity: "warning",
  title: "The credential is not rotated, or the old one not revoked",
  means:
    "The credential in force works. Its replacement could not be made or registered, or Flux could not fetch with it and the old one was put back, or the one that was replaced could not be revoked. It is tried again every few minutes. A credential that ends by itself stops every environment when that time comes: rotation begins at 2/3 of its life, so there is time.",
  shows:
    '`projectgitops credential show NAME`: the failure, and when it is tried again. The metric `projectgitops_credential_rotations_total{outcome="failed"}` grows.',
  fix: "Mend what the reason names, as for `CredentialNotMade`, and have it tried now: `projectgitops credential rotate NAME --wait`.",
  lookAlike:
    "`CredentialNotMade`: there is no credential yet, and the project waits. `KeyRefused` and `TokenRefused`: the one in force is refused.",
};

export const CREDENTIAL_LIFE: readonly FindingKind[] = [CREDENTIAL_NOT_MADE, CREDENTIAL_ROTATION_FAILED];
