import { X509Certificate } from "node:crypto";
import type { BasicCredential, GitHubAppCredential, HttpsCredential } from "./credential.ts";
import { readPrivateKey } from "./private-key.ts";
import { type CredentialProblem, invalid, type SecretLike } from "./problem.ts";
import { wrongType } from "./secret-type.ts";
import { encodedTwice, LONGEST, normaliseLines, oneLine, textOf } from "./secret-values.ts";

/** Beginnings of tokens that hosts give out; shows one that was encoded twice. */
const TOKEN = /^(gh[pousr]_|github_pat_|glpat-|gldt-|ATBB|ATCTT)/;

/** A password, token, GitHub App or certificate authority from a Secret; exactly one way to sign in. */
export function readHttps(secret: SecretLike): HttpsCredential | CredentialProblem {
  const type = wrongType(secret, ["kubernetes.io/basic-auth"], "https");
  if (type) return type;
  const ca = readCa(secret);
  if (ca?.kind === "problem") return ca;
  const caCert = ca ? { caCert: ca.text } : {};
  const ways = WAYS.filter(({ keys }) => keys.some((key) => textOf(secret, key) !== undefined));
  const [way, other] = ways;
  if (way && other) {
    return invalid(
      secret,
      other.keys[0] ?? "",
      "Ambiguous",
      `stands beside ${way.keys[0]}: keep one way to sign in and remove the other`,
    );
  }
  if (!way) return ca ? { kind: "caOnly", caCert: ca.text } : nothing(secret);
  const credential = way.read(secret);
  return credential.kind === "problem" ? credential : { ...credential, ...caCert };
}

const WAYS = [
  { keys: ["bearerToken"], read: readBearer },
  { keys: ["username", "password"], read: readBasic },
  {
    keys: ["githubAppID", "githubAppPrivateKey", "githubAppInstallationID", "githubAppInstallationOwner"],
    read: readApp,
  },
];

function readBearer(secret: SecretLike): HttpsCredential | CredentialProblem {
  const token = tokenOf(secret, "bearerToken");
  return typeof token === "string" ? { kind: "bearer", token } : token;
}

export function readBasic(secret: SecretLike): BasicCredential | CredentialProblem {
  const username = tokenOf(secret, "username");
  if (typeof username !== "string") return username;
  const password = tokenOf(secret, "password");
  return typeof password === "string" ? { kind: "basic", username, password } : password;
}

export function readApp(secret: SecretLike): GitHubAppCredential | CredentialProblem {
  const appId = tokenOf(secret, "githubAppID");
  if (typeof appId !== "string") return appId;
  if (!/^[0-9]+$/.test(appId))
    return invalid(secret, "githubAppID", "Malformed", "must be the App's number, without quotes");
  const pem = textOf(secret, "githubAppPrivateKey");
  if (pem === undefined)
    return invalid(
      secret,
      "githubAppPrivateKey",
      "KeysMissing",
      "is missing or empty: put the App's private key (.pem) there",
    );
  const key = readPrivateKey(pem, undefined);
  if (key.kind === "unusable") return invalid(secret, "githubAppPrivateKey", key.fault, key.what);
  const installationId = textOf(secret, "githubAppInstallationID");
  const installationOwner = textOf(secret, "githubAppInstallationOwner");
  if ((installationId === undefined) === (installationOwner === undefined)) {
    return invalid(
      secret,
      "githubAppInstallationID",
      installationId === undefined ? "KeysMissing" : "Ambiguous",
      "exactly one of githubAppInstallationID and githubAppInstallationOwner must be given",
    );
  }
  const baseUrl = textOf(secret, "githubAppBaseURL");
  return {
    kind: "githubApp",
    appId,
    privateKey: key.privateKey,
    ...(installationId === undefined ? {} : { installationId: oneLine(installationId) }),
    ...(installationOwner === undefined ? {} : { installationOwner: oneLine(installationOwner) }),
    ...(baseUrl === undefined ? {} : { baseUrl: oneLine(baseUrl) }),
  };
}

export function tokenOf(secret: SecretLike, key: string): string | CredentialProblem {
  const text = textOf(secret, key);
  if (text === undefined) return invalid(secret, key, "KeysMissing", "is missing or empty");
  const value = oneLine(text);
  if (value.length > LONGEST)
    return invalid(secret, key, "Malformed", `is longer than ${LONGEST} characters`);
  if (/[\r\n]/.test(value)) return invalid(secret, key, "Malformed", "must be one line");
  if (encodedTwice(value, TOKEN)) {
    return invalid(
      secret,
      key,
      "EncodedTwice",
      "is base64-encoded twice: write it under stringData, which encodes it once",
    );
  }
  return value;
}

/** ca.crt, or caFile as older versions of Flux call it. */
export function readCa(secret: SecretLike): { kind: "ca"; text: string } | CredentialProblem | undefined {
  const key = textOf(secret, "ca.crt") === undefined ? "caFile" : "ca.crt";
  const given = textOf(secret, key);
  if (given === undefined) return undefined;
  if (encodedTwice(given, /^\s*-----BEGIN /)) {
    return invalid(
      secret,
      key,
      "EncodedTwice",
      "the certificate is base64-encoded twice: write its text under stringData",
    );
  }
  const text = normaliseLines(given);
  if (text.includes("PRIVATE KEY-----"))
    return invalid(secret, key, "PrivateForPublic", "holds a private key: put the certificate alone there");
  // Text around the blocks, as bundles have it, is no harm.
  const certificates = text.split(/(?<=-----END CERTIFICATE-----\n)/);
  const blocks = certificates.filter((part) => part.includes("-----BEGIN"));
  const good = blocks.length > 0 && blocks.every(isCertificate);
  return good
    ? { kind: "ca", text }
    : invalid(
        secret,
        key,
        "NotACertificate",
        "no certificate: it must hold -----BEGIN CERTIFICATE----- blocks",
      );
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

function nothing(secret: SecretLike): CredentialProblem {
  const ssh = ["identity", "ssh-privatekey"].filter((key) => textOf(secret, key) !== undefined);
  return invalid(
    secret,
    "password",
    ssh.length > 0 ? "SshKeyForHttps" : "KeysMissing",
    ssh.length > 0
      ? `is missing: the URL is https, but the Secret holds ${ssh.join(", ")}; write ssh://git@host/owner/repo.git into git.url, or put username and password, or bearerToken, there`
      : "is missing: put username and password, or bearerToken, or the githubApp keys, or ca.crt there",
  );
}
