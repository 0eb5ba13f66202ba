/**
 * What is wrong with a Secret, one word for each thing that is mended differently. Stable: programs tell faults
 * apart by it, while reasons group them and messages are for people.
 */
export const CREDENTIAL_FAULTS = [
  /** There is no such Secret. */
  "SecretMissing",
  /** Its type says that it is for something else. */
  "WrongType",
  /** It has not the keys that the URL asks for, or they are empty. */
  "KeysMissing",
  "SshKeyForHttps",
  "HttpsCredentialForSsh",
  /** A value is base64 of base64. */
  "EncodedTwice",
  /** Two keys, or two ways to sign in, and it is not clear which is meant. */
  "Ambiguous",
  /** A value of another form than it must have: two lines, a number with quotes… */
  "Malformed",
  /** A public key or certificate stands where the private key belongs. */
  "PublicForPrivate",
  /** A private key stands where something public belongs. */
  "PrivateForPublic",
  /** The private key is encrypted, and there is no password. */
  "KeyEncrypted",
  "WrongPassword",
  /** identity.pub is not the public half of the private key. */
  "PairMismatch",
  /** The text is no private key at all. */
  "NotAKey",
  /** The private key is cut off, or its bytes do not fit together. */
  "KeyDamaged",
  /** A private key of a kind or format that Flux does not take. */
  "KeyUnsupported",
  "NotACertificate",
  /** Nobody names a host key of the host. */
  "KnownHostsMissing",
  "KnownHostsOfOtherHost",
  /** The host is named, but for another port. */
  "KnownHostsOfOtherPort",
  /** A line of known_hosts that cannot be read. */
  "KnownHostsGarbage",
  /** The Secret's own annotation does not list the host. */
  "HostNotAllowed",
  "PullSecretMissing",
  "PullSecretWrongType",
  "PullSecretEmpty",
] as const;
export type CredentialFault = (typeof CREDENTIAL_FAULTS)[number];
