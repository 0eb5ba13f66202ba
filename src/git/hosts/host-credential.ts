import { createPrivateKey } from "node:crypto";
import { apiUrlOf, type Generate } from "../../api/generate.ts";
import { gitHostsOf } from "../git-hosts.ts";
import { readApp, readBasic, readCa, tokenOf } from "../https-credential.ts";
import { type CredentialProblem, invalid, type SecretLike, secretName } from "../problem.ts";
import { wrongType } from "../secret-type.ts";
import { textOf } from "../secret-values.ts";
import type { HostCredential } from "./host.ts";
import { PROVIDER_NAMES } from "./host-error.ts";

type Way = HostCredential["kind"];

/** Keys of a Secret by which a way to sign in is known. */
const KEYS: Record<Way, readonly string[]> = {
  token: ["token"],
  basic: ["username", "password"],
  githubApp: ["githubAppID", "githubAppPrivateKey", "githubAppInstallationID", "githubAppInstallationOwner"],
};

/**
 * The sign-in at a host's API from the Secret that hostCredentialRef names, for this provider and kind; exactly one
 * way. The Secret's own annotation git-hosts limits to which host it may be sent. Pure.
 */
export function readHostCredential(
  secret: SecretLike,
  generate: Pick<Generate, "provider" | "kind" | "apiURL">,
): HostCredential | CredentialProblem {
  const problem =
    wrongType(secret, ["kubernetes.io/basic-auth"], "https") ?? boundElsewhere(secret, generate);
  if (problem) return problem;
  const ways = waysAt(generate);
  const [way, other] = ways.filter((one) => KEYS[one].some((key) => textOf(secret, key) !== undefined));
  if (way === undefined) return nothing(secret, generate, ways);
  if (other !== undefined) {
    const what = `stands beside ${KEYS[way][0]}: keep one way to sign in and remove the other`;
    return invalid(secret, KEYS[other][0] ?? "", "Ambiguous", what);
  }
  const ca = readCa(secret);
  if (ca?.kind === "problem") return ca;
  const credential = READ[way](secret);
  return credential.kind === "problem" || !ca ? credential : { ...credential, caCert: ca.text };
}

/** What must never be shown of a sign-in. */
export function hostSecrets(credential: HostCredential): string[] {
  switch (credential.kind) {
    case "token":
      return [credential.token];
    case "basic":
      return [credential.password, `${credential.username}:${credential.password}`];
    case "githubApp":
      return [credential.privateKey];
  }
}

/** Ways to sign in that a provider takes for this work, the usual one first. */
function waysAt({ provider, kind }: Pick<Generate, "provider" | "kind">): Way[] {
  switch (provider) {
    case "github":
      return ["token", "githubApp"];
    case "gitlab":
      return ["token"];
    case "gitea":
    case "forgejo":
      return kind === "accessToken" ? ["basic"] : ["token", "basic"];
  }
}

const READ: Record<Way, (secret: SecretLike) => HostCredential | CredentialProblem> = {
  token: (secret) => {
    const token = tokenOf(secret, "token");
    return typeof token === "string" ? { kind: "token", token } : token;
  },
  basic: (secret) => {
    const read = readBasic(secret);
    if (read.kind === "problem") return read;
    return read.username.includes(":")
      ? invalid(secret, "username", "Malformed", "must not contain a colon")
      : read;
  },
  githubApp: readGitHubApp,
};

function readGitHubApp(secret: SecretLike): HostCredential | CredentialProblem {
  const app = readApp(secret);
  if (app.kind === "problem") return app;
  const { installationId, baseUrl: _, ...rest } = app;
  if (installationId !== undefined && !/^[0-9]+$/.test(installationId))
    return invalid(secret, "githubAppInstallationID", "Malformed", "must be a number, without quotes");
  if (!isRsa(app.privateKey)) {
    const what =
      "must be the RSA key that GitHub gave out for the App, in the PEM form in which it was downloaded";
    return invalid(secret, "githubAppPrivateKey", "KeyUnsupported", what);
  }
  return { ...rest, ...(installationId === undefined ? {} : { installationId }) };
}

function isRsa(privateKey: string): boolean {
  try {
    return createPrivateKey(privateKey).asymmetricKeyType === "rsa";
  } catch {
    return false;
  }
}

/** Rule 10: a credential carries the host that it is for. */
function boundElsewhere(
  secret: SecretLike,
  generate: Pick<Generate, "provider" | "apiURL">,
): CredentialProblem | undefined {
  const hosts = gitHostsOf(secret);
  const { host } = new URL(apiUrlOf(generate));
  if (hosts === undefined || hosts.includes(host)) return undefined;
  return {
    kind: "problem",
    reason: "HostNotAllowed",
    fault: "HostNotAllowed",
    message: `${secretName(secret)} may be sent to ${hosts.join(", ") || "no host"} only (annotation projectgitops.dev/git-hosts), and spec.git.credential.generate names ${host}: add it there, or choose another Secret`,
  };
}

function nothing(
  secret: SecretLike,
  { provider, kind }: Pick<Generate, "provider" | "kind">,
  ways: Way[],
): CredentialProblem {
  const name = PROVIDER_NAMES[provider];
  const wanted = ways.map((way) => TOLD[way]).join(", or ");
  const key = KEYS[ways[0] ?? "token"][0] ?? "";
  const why =
    ways.length === 1 && ways[0] === "basic" ? `: ${name} makes access tokens for a password only` : "";
  return invalid(
    secret,
    key,
    "KeysMissing",
    `is missing or empty: to make a credential of kind ${kind} at ${name}, put ${wanted} there${why}`,
  );
}

const TOLD: Record<Way, string> = {
  token: "token",
  basic: "username and password",
  githubApp: "the githubApp keys",
};
