import type { FindingKind } from "../finding-kind.ts";
import { CREDENTIAL_COPIES } from "./credential-copies.ts";
import { CREDENTIAL_KEY } from "./credential-key.ts";
import { CREDENTIAL_KNOWN_HOSTS } from "./credential-known-hosts.ts";
import { CREDENTIAL_LIFE } from "./credential-life.ts";
import { CREDENTIAL_SECRET } from "./credential-secret.ts";
import { CREDENTIAL_USE } from "./credential-use.ts";

/** How it comes about, the Secret as a whole, then what is in it, what it may be used for, and its copies. */
export const CREDENTIAL: readonly FindingKind[] = [
  ...CREDENTIAL_LIFE,
  ...CREDENTIAL_SECRET,
  ...CREDENTIAL_KEY,
  ...CREDENTIAL_KNOWN_HOSTS,
  ...CREDENTIAL_USE,
  ...CREDENTIAL_COPIES,
];
