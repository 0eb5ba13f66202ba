import type { ProjectCheck } from "../check.ts";
import { credentialCopies } from "../credential/copies.ts";
import { credentialExpiry } from "../credential/expiry.ts";
import { credentialHostChanged } from "../credential/host-changed.ts";
import { credentialNotMade, credentialRotationFailed } from "../credential/life.ts";
import { passwordThatOpensNothing } from "../credential/password.ts";
import { unusablePullSecrets } from "../credential/pull-secrets.ts";
import { unusableCredential } from "../credential/source.ts";

/** In the order in which they are written down; they run side by side. */
export const CREDENTIAL_CHECKS: readonly ProjectCheck[] = [
  credentialNotMade,
  credentialRotationFailed,
  unusableCredential,
  passwordThatOpensNothing,
  credentialHostChanged,
  credentialExpiry,
  unusablePullSecrets,
  credentialCopies,
];
