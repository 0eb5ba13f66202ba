import { credentialSecretName } from "../../../api/names.ts";
import { type CredentialFault, readGitSecret } from "../../../git/index.ts";
import {
  CERTIFICATE_INVALID,
  CREDENTIAL_AMBIGUOUS,
  CREDENTIAL_ENCODED_TWICE,
  CREDENTIAL_KEYS_MISSING,
  CREDENTIAL_MALFORMED,
  CREDENTIAL_MISSING,
  CREDENTIAL_WRONG_TYPE,
} from "../catalogue/credential-secret.ts";
import { patchProject } from "../git/fixes.ts";
import { contents, credentialOf, type Facts, type Told } from "./facts.ts";
import { COMPARE, create, decoded, fileOf, isPublished, put, recreate, remove, scan } from "./fixes.ts";
import { otherUrl } from "./tell-url.ts";

/** Of the Secret as a whole. */
export const SECRET_TELLERS = {
  SecretMissing: missing,
  WrongType: wrongType,
  KeysMissing: keysMissing,
  SshKeyForHttps: otherUrl,
  HttpsCredentialForSsh: otherUrl,
  EncodedTwice: encodedTwice,
  Ambiguous: ambiguous,
  Malformed: malformed,
  NotACertificate: notACertificate,
} as const satisfies Partial<Record<CredentialFault, (facts: Facts) => Told>>;

function missing(facts: Facts): Told {
  const { ref, near, project, url } = facts;
  const meant = near.names.length === 0 ? "" : `: did you mean ${near.names.join(" or ")}?`;
  return {
    kind: CREDENTIAL_MISSING,
    what: `There is no Secret ${ref.name} in namespace ${ref.namespace}, which should hold ${credentialOf(facts)}${meant}`,
    evidence:
      near.usable === undefined
        ? "the API server answers 404 NotFound"
        : `Secret ${ref.namespace}/${near.usable} is there and can be used`,
    cause:
      url.transport === "ssh"
        ? `it was never made, or in another namespace: a project uses Secrets of its own only. \`ssh-keygen -t ed25519 -N '' -f deploy-key\` makes a key; the git host gets deploy-key.pub${isPublished(url) || project.spec.git.knownHosts ? "" : `; ${COMPARE}`}`
        : "it was never made, or in another namespace: a project uses Secrets of its own only",
    fix: near.usable === undefined ? createFor(facts) : useSecret(facts, near.usable),
  };
}

/** With all that the URL asks for, so that the next look finds nothing else to say. */
function createFor({ ref, url, project }: Facts): string {
  if (url.transport === "https") return create(ref, "--from-literal=username=git", fileOf("password"));
  if (isPublished(url) || project.spec.git.knownHosts) return create(ref, fileOf("identity"));
  return `${scan(url, ">")}\n${create(ref, fileOf("identity"), fileOf("known_hosts"))}`;
}

const useSecret = ({ project }: Facts, name: string): string =>
  patchProject(project, [{ op: "add", path: "/spec/git/credential/secretRef/name", value: name }]);

function wrongType(facts: Facts): Told {
  const { ref, secret, url, project } = facts;
  const typeless = { ...secret, type: "Opaque" };
  const rest = readGitSecret(typeless, url, project.spec.git.knownHosts);
  const what = `Secret ${ref.name} is of type ${secret.type}, which is not for ${url.transport} URLs`;
  if (rest.kind === "ok") {
    return {
      kind: CREDENTIAL_WRONG_TYPE,
      what,
      cause:
        "what it holds is right, and the type of a Secret cannot be changed: it is made anew with the same content",
      fix: recreate(ref, "/^type:/d"),
    };
  }
  const usual = credentialSecretName(project.spec.projectId);
  const name = usual === ref.name ? `${usual}-credential` : usual;
  return {
    kind: CREDENTIAL_WRONG_TYPE,
    what,
    cause: `it was made for something else and may be in use there: ${credentialOf(facts)} belongs into one of its own`,
    fix: `${createFor({ ...facts, ref: { ...ref, name } })}\n${useSecret(facts, name)}`,
  };
}

const EXPECTED = {
  ssh: "an ssh URL asks for identity (or ssh-privatekey)",
  https:
    "an https URL asks for username and password, or bearerToken, or githubAppID, githubAppInstallationID and githubAppPrivateKey, or ca.crt alone for a public repository",
} as const;

function keysMissing(facts: Facts): Told {
  const { ref, secret, url, problem } = facts;
  const key = problem.key ?? "identity";
  const other = url.transport === "ssh" ? keyElsewhere(facts) : undefined;
  return {
    kind: CREDENTIAL_KEYS_MISSING,
    what: `Secret ${ref.name} has no ${key}, which ${credentialOf(facts)} needs`,
    evidence: contents(secret),
    cause: `${EXPECTED[url.transport]}${other === undefined ? "" : `; ${other} holds an SSH private key`}`,
    fix:
      other === undefined
        ? put(ref, ...flagsFor(facts, key))
        : `${decoded(ref, other)} | ${put(ref, "--from-file=identity=/dev/stdin")}`,
  };
}

/** Another key of the Secret whose value is a private key that can be used. */
function keyElsewhere({ secret, url, project }: Facts): string | undefined {
  const { data = {} } = secret;
  return Object.keys(data).find((key) => {
    const moved = { ...secret, data: { ...data, identity: data[key] ?? "" } };
    return readGitSecret(moved, url, project.spec.git.knownHosts).kind === "ok";
  });
}

function flagsFor({ secret }: Facts, key: string): string[] {
  if (key === "username") return ["--from-literal=username=git"];
  if (key === "password" && !secret.data?.["username"]) {
    return ["--from-literal=username=git", fileOf("password")];
  }
  if (key === "githubAppInstallationID") return ["--from-file=githubAppInstallationID=./installation-id"];
  return [fileOf(key)];
}

function encodedTwice(facts: Facts): Told {
  const { ref, problem } = facts;
  const key = problem.key ?? "identity";
  return {
    kind: CREDENTIAL_ENCODED_TWICE,
    what: `${key} in Secret ${ref.name} is base64-encoded twice`,
    evidence: "what is stored is base64 of base64",
    cause: `kubectl create secret and stringData encode a value, and it was encoded already: mend where it comes from, too`,
    fix: `${decoded(ref, key)} | base64 -d | ${put(ref, `--from-file=${key}=/dev/stdin`)}`,
  };
}

function ambiguous(facts: Facts): Told {
  const { ref, secret, url, problem } = facts;
  const kind = CREDENTIAL_AMBIGUOUS;
  if (url.transport === "https") {
    const dropped = secret.data?.["bearerToken"] === undefined ? (problem.key ?? "") : "bearerToken";
    return {
      kind,
      what: `Secret ${ref.name} holds two ways to sign in, and it is not clear which is meant`,
      cause: `keep one and remove the other; the command removes ${dropped}`,
      fix: remove(ref, dropped),
    };
  }
  const prints = ["identity", "ssh-privatekey"].map((key) => `${key} is ${fingerprintOf(facts, key)}`);
  // Of the type kubernetes.io/ssh-auth the API server wants ssh-privatekey.
  const dropped = secret.type === "kubernetes.io/ssh-auth" ? "identity" : "ssh-privatekey";
  return {
    kind,
    what: `Secret ${ref.name} holds two different private keys, and it is not clear which is meant`,
    evidence: prints.join(", "),
    cause: `the git host lists the fingerprint of the one that it knows: keep that one; the command removes ${dropped}`,
    fix: remove(ref, dropped),
  };
}

/** Of a public half: no secret. */
function fingerprintOf({ secret, url, project }: Facts, key: string): string {
  const alone = { ...secret, data: { identity: secret.data?.[key] ?? "" } };
  const read = readGitSecret(alone, url, project.spec.git.knownHosts);
  return read.kind === "ok" && read.credential.kind === "ssh" ? read.credential.fingerprint : "no usable key";
}

function malformed({ ref, problem }: Facts): Told {
  const key = problem.key ?? "";
  return {
    kind: CREDENTIAL_MALFORMED,
    what: `${key} in Secret ${ref.name} has not the form that it must have`,
    evidence: problem.message,
    cause:
      key === "identity.pub"
        ? "it can be left out: it is derived from the private key"
        : "write it anew, as one line",
    fix: key === "identity.pub" ? remove(ref, key) : put(ref, fileOf(key)),
  };
}

function notACertificate({ ref, problem }: Facts): Told {
  return {
    kind: CERTIFICATE_INVALID,
    what: `${problem.key} in Secret ${ref.name} is no certificate`,
    evidence: problem.message,
    cause:
      "the git host's own certificate authority belongs there, as a PEM file that its administrator gives",
    fix: put(ref, `--from-file=${problem.key}=./ca.crt`),
  };
}
