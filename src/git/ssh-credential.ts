import type { SshCredential } from "./credential.ts";
import { readPrivateKey } from "./private-key.ts";
import { type CredentialProblem, invalid, type SecretLike } from "./problem.ts";
import { wrongType } from "./secret-type.ts";
import { encodedTwice, normaliseLines, oneLine, textOf } from "./secret-values.ts";
import { fingerprintOf, publicBlob, publicLine } from "./ssh-key.ts";

/** Both are written by people: the first is Flux's, the second Kubernetes' own for the type kubernetes.io/ssh-auth. */
const PRIVATE_KEYS = ["identity", "ssh-privatekey"] as const;

/** An SSH key from a Secret: identity or ssh-privatekey, and with it identity.pub, known_hosts and password. */
export function readSsh(secret: SecretLike): SshCredential | CredentialProblem {
  const type = wrongType(secret, ["kubernetes.io/ssh-auth"], "ssh");
  if (type) return type;
  const found = PRIVATE_KEYS.flatMap((key) => {
    const text = textOf(secret, key);
    return text === undefined ? [] : [{ key, text: normaliseLines(text) }];
  });
  const [first, second] = found;
  if (!first) return noKey(secret);
  if (second && second.text !== first.text) {
    return invalid(
      secret,
      first.key,
      "Ambiguous",
      `differs from ${second.key}, and it is not clear which one is meant: remove one`,
    );
  }
  const password = textOf(secret, "password");
  const key = readPrivateKey(first.text, password === undefined ? undefined : oneLine(password));
  if (key.kind === "unusable") return invalid(secret, first.key, key.fault, key.what);
  const publicKey = readPublicKey(secret, first.key, key.blob);
  if (typeof publicKey !== "string") return publicKey;
  const knownHosts = textOf(secret, "known_hosts");
  return {
    kind: "ssh",
    privateKey: key.privateKey,
    publicKey,
    fingerprint: fingerprintOf(key.blob),
    ...(knownHosts === undefined ? {} : { knownHosts }),
    ...(key.encrypted && password !== undefined ? { password: oneLine(password) } : {}),
  };
}

function readPublicKey(secret: SecretLike, privateName: string, blob: Buffer): string | CredentialProblem {
  const given = textOf(secret, "identity.pub");
  if (given === undefined) return publicLine(blob);
  if (given.includes("PRIVATE KEY")) {
    return invalid(
      secret,
      "identity.pub",
      "PrivateForPublic",
      `a private key stands where the public one belongs: put it into ${privateName}`,
    );
  }
  if (encodedTwice(given, /^(ssh-|ecdsa-)[a-z0-9-]+ AAAA/)) {
    return invalid(
      secret,
      "identity.pub",
      "EncodedTwice",
      "the public key is base64-encoded twice: write its line under stringData, which encodes it once; or remove it, it can be derived",
    );
  }
  const givenBlob = publicBlob(given);
  if (!givenBlob) {
    return invalid(
      secret,
      "identity.pub",
      "Malformed",
      "no public key: it must be one line such as ssh-ed25519 AAAA…; or remove it, it can be derived",
    );
  }
  if (givenBlob.equals(blob)) return given.trim();
  return invalid(
    secret,
    "identity.pub",
    "PairMismatch",
    `does not belong to ${privateName}: it is ${fingerprintOf(givenBlob)}, the private key's is ${fingerprintOf(blob)}; remove it or put the right pair`,
  );
}

function noKey(secret: SecretLike): CredentialProblem {
  const https = ["username", "password", "bearerToken", "githubAppID"].filter(
    (key) => textOf(secret, key) !== undefined,
  );
  return invalid(
    secret,
    "identity",
    https.length > 0 ? "HttpsCredentialForSsh" : "KeysMissing",
    https.length > 0
      ? `is missing: the URL is ssh, but the Secret holds ${https.join(", ")}; write the https:// form into git.url, or put an SSH private key into identity`
      : "is missing or empty: put an SSH private key there (ssh-keygen -t ed25519 -N '' -f deploy-key)",
  );
}
