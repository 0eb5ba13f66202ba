import type { FindingKind } from "../finding-kind.ts";
import { SETUP_HELD, SOURCE_FAILS, UNUSABLE } from "./credential-symptoms.ts";

export const PUBLIC_KEY_FOR_PRIVATE: FindingKind = {
  ...UNUSABLE,
  id: "PublicKeyForPrivate",
  title: "A public key stands where the private key belongs",
  means:
    "The file `deploy-key.pub`, or a certificate, was put into `identity`. The public half belongs to the git host, the private half into the Secret.",
  shows:
    "`kubectl get secret NAME -n NAMESPACE -o jsonpath='{.data.identity}' | base64 -d | head -c 8` prints `ssh-` and not `-----BEG`.",
  fix: "Put the file without .pub there.",
  lookAlike: "`PrivateKeyForPublic`: the other way round, in identity.pub.",
};

export const PRIVATE_KEY_FOR_PUBLIC: FindingKind = {
  ...UNUSABLE,
  id: "PrivateKeyForPublic",
  title: "A private key stands where something public belongs",
  means:
    "identity.pub or ca.crt holds a private key. Programs show public parts without care, so the Secret is refused before the key gets anywhere.",
  shows: "The reason CredentialInvalid in `kubectl get pgops`; the message names the key of the Secret.",
  fix: "Remove identity.pub: it is derived from the private key. In ca.crt put the certificate alone. If the key has been in a place that many may read, make a new one.",
  lookAlike: "`PublicKeyForPrivate`: the other way round, in identity.",
};

export const PRIVATE_KEY_ENCRYPTED: FindingKind = {
  ...UNUSABLE,
  id: "PrivateKeyEncrypted",
  title: "The private key is encrypted, and the Secret has no password",
  means:
    "ssh-keygen asked for a passphrase and got one. Flux opens such a key only where the Secret has a key `password` too.",
  shows:
    "Flux says `SSH identity key is encrypted but no 'password' field was provided`; `ssh-keygen -y -f deploy-key` asks for a passphrase.",
  fix: "Put the passphrase into the key `password`, or take it off: `ssh-keygen -p -N '' -f deploy-key`.",
  lookAlike: "`PrivateKeyPasswordWrong`: there is a password, and it opens nothing.",
};

export const PRIVATE_KEY_PASSWORD_WRONG: FindingKind = {
  ...UNUSABLE,
  id: "PrivateKeyPasswordWrong",
  title: "The password of the Secret does not open its private key",
  means:
    "The private key is encrypted, and the value of `password` is not its passphrase. A key in PEM is tried out by the operator; of one in OpenSSH's format Flux says it when it signs in (`decryption password incorrect`).",
  shows: "`ssh-keygen -y -f deploy-key` with that passphrase says `incorrect passphrase supplied`.",
  fix: "Put the right passphrase into the key `password`.",
  lookAlike:
    "`KeyRefused`: the key can be opened, and the git host does not know it. A password beside a key that is not encrypted is no finding: it is left out of the copies.",
  explains: [...SETUP_HELD, ...SOURCE_FAILS],
};

export const KEY_PAIR_MISMATCH: FindingKind = {
  ...UNUSABLE,
  id: "KeyPairMismatch",
  title: "identity.pub is not the public half of the private key",
  means:
    "The two are halves of different pairs. Who registers identity.pub at the git host registers a key that nobody signs in with.",
  shows: "`ssh-keygen -y -f deploy-key` prints another key than identity.pub.",
  fix: "Remove identity.pub: it is derived from the private key. Then see that the git host has the fingerprint that is told for the private key. If the private key is the wrong one, put the right one there.",
  lookAlike: "Another comment at the end of identity.pub is no finding: only the key itself counts.",
};

export const NOT_A_PRIVATE_KEY: FindingKind = {
  ...UNUSABLE,
  id: "NotAPrivateKey",
  title: "What stands in place of the private key is no key",
  means: "The value does not begin as a private key does: a path, a password or an error page was stored.",
  shows:
    "`kubectl get secret NAME -n NAMESPACE -o jsonpath='{.data.identity}' | base64 -d | head -1` does not print `-----BEGIN OPENSSH PRIVATE KEY-----`.",
  fix: "Put the private key's file there: `--from-file=identity=./deploy-key`. `--from-literal=identity=./deploy-key` stores the path.",
  lookAlike:
    "`PrivateKeyDamaged`: it begins as a key. `PublicKeyForPrivate` and `CredentialEncodedTwice`: it is one in disguise.",
};

export const PRIVATE_KEY_DAMAGED: FindingKind = {
  ...UNUSABLE,
  id: "PrivateKeyDamaged",
  title: "The private key is damaged",
  means:
    "It begins as a private key, but its end is missing, its line breaks are written as \\n, or its bytes do not fit together. It was cut off or changed when it was copied.",
  shows: "`ssh-keygen -y -f deploy-key` says `error in libcrypto` or `invalid format`.",
  fix: "Put the whole file there again, with `--from-file=identity=./deploy-key` and not by copy and paste.",
  lookAlike:
    "Windows line breaks and a missing last line break are no finding: the copies are mended. `NotAPrivateKey`: it does not even begin as a key.",
};

export const PRIVATE_KEY_UNSUPPORTED: FindingKind = {
  ...UNUSABLE,
  id: "PrivateKeyUnsupported",
  title: "The private key is of a kind that Flux does not take",
  means:
    "PuTTY's format, encrypted PKCS#8, DSA, several keys in one file, or a key that needs a hardware token to be touched.",
  shows: "`ssh-keygen -l -f deploy-key` tells the kind; a file of PuTTY begins with PuTTY-User-Key-File.",
  fix: "Convert it (`puttygen key.ppk -O private-openssh -o deploy-key`, `ssh-keygen -p -f deploy-key`), or make a new one: `ssh-keygen -t ed25519 -N '' -f deploy-key`.",
  lookAlike: "`PrivateKeyEncrypted`: the kind is right, and only the password is missing.",
};

export const CREDENTIAL_KEY: readonly FindingKind[] = [
  PUBLIC_KEY_FOR_PRIVATE,
  PRIVATE_KEY_FOR_PUBLIC,
  NOT_A_PRIVATE_KEY,
  PRIVATE_KEY_DAMAGED,
  PRIVATE_KEY_UNSUPPORTED,
  PRIVATE_KEY_ENCRYPTED,
  PRIVATE_KEY_PASSWORD_WRONG,
  KEY_PAIR_MISMATCH,
];
