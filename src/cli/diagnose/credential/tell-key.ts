import { type CredentialFault, fingerprintOf, publicBlob, readGitSecret } from "../../../git/index.ts";
import {
  KEY_PAIR_MISMATCH,
  NOT_A_PRIVATE_KEY,
  PRIVATE_KEY_DAMAGED,
  PRIVATE_KEY_ENCRYPTED,
  PRIVATE_KEY_FOR_PUBLIC,
  PRIVATE_KEY_PASSWORD_WRONG,
  PRIVATE_KEY_UNSUPPORTED,
  PUBLIC_KEY_FOR_PRIVATE,
} from "../catalogue/credential-key.ts";
import type { FindingKind } from "../finding-kind.ts";
import type { Facts, Teller, Told } from "./facts.ts";
import { fileOf, put, remove } from "./fixes.ts";

/** Of the private key and its public half. */
export const KEY_TELLERS = {
  PublicForPrivate: another(
    PUBLIC_KEY_FOR_PRIVATE,
    "a public key, where the private one belongs",
    "the file with .pub is for the git host; the one without is for the Secret",
  ),
  NotAKey: another(
    NOT_A_PRIVATE_KEY,
    "no private key",
    "--from-literal stores a path where --from-file stores the file",
  ),
  KeyDamaged: another(
    PRIVATE_KEY_DAMAGED,
    "a private key that is damaged",
    "it was cut off or changed when it was copied: take the file as it is",
  ),
  KeyUnsupported: another(
    PRIVATE_KEY_UNSUPPORTED,
    "a private key that Flux does not take",
    "make a new one, ssh-keygen -t ed25519 -N '' -f deploy-key, and give deploy-key.pub to the git host",
  ),
  PrivateForPublic: privateForPublic,
  KeyEncrypted: ({ ref }: Facts): Told => ({
    kind: PRIVATE_KEY_ENCRYPTED,
    what: `The private key in Secret ${ref.name} is encrypted, and the Secret has no password`,
    cause:
      "write the passphrase of the key into the file passphrase; or take it off with ssh-keygen -p -N '' -f deploy-key, and put the key there again",
    fix: put(ref, "--from-file=password=./passphrase"),
  }),
  WrongPassword: (facts: Facts): Told => wrongPassword(facts.ref, facts.problem.message),
  PairMismatch: pairMismatch,
} as const satisfies Partial<Record<CredentialFault, Teller>>;

export const wrongPassword = (ref: Facts["ref"], evidence: string): Told => ({
  kind: PRIVATE_KEY_PASSWORD_WRONG,
  what: `The password in Secret ${ref.name} does not open its private key`,
  evidence,
  cause:
    "the value of password is not the passphrase of this key (or the key is damaged): write the right one into the file passphrase",
  fix: put(ref, "--from-file=password=./passphrase"),
});

/** The value has to be replaced by the right file. */
function another(kind: FindingKind, is: string, cause: string): Teller {
  return ({ ref, problem }) => {
    const key = problem.key ?? "identity";
    const fix = put(ref, fileOf(key));
    return { kind, what: `${key} in Secret ${ref.name} is ${is}`, evidence: problem.message, cause, fix };
  };
}

function privateForPublic({ ref, problem }: Facts): Told {
  const key = problem.key ?? "";
  const pub = key === "identity.pub";
  return {
    kind: PRIVATE_KEY_FOR_PUBLIC,
    what: `${key} in Secret ${ref.name} is a private key, where ${pub ? "the public one" : "a certificate"} belongs`,
    cause: pub
      ? "nobody takes care of what is called public: remove it, the public key is derived from the private one"
      : "only the certificate belongs there; whoever could read the key may have it: have it made anew",
    fix: pub ? remove(ref, key) : put(ref, `--from-file=${key}=./ca.crt`),
  };
}

function pairMismatch({ ref, secret, url, project }: Facts): Told {
  const { "identity.pub": given = "", ...others } = secret.data ?? {};
  const blob = publicBlob(Buffer.from(given, "base64").toString());
  const read = readGitSecret({ ...secret, data: others }, url, project.spec.git.knownHosts);
  const own = read.kind === "ok" && read.credential.kind === "ssh" ? read.credential.fingerprint : undefined;
  return {
    kind: KEY_PAIR_MISMATCH,
    what: `identity.pub in Secret ${ref.name} is not the public half of its private key`,
    evidence: `identity.pub is ${blob === undefined ? "no key" : fingerprintOf(blob)}${own === undefined ? "" : `, that of the private key is ${own}`}`,
    cause: `one of the two is of another pair: if the git host knows ${own ?? "the private key"}, remove identity.pub, which is derived; else put the private key there that belongs to it`,
    fix: remove(ref, "identity.pub"),
  };
}
