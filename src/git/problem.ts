import type { Reason } from "../api/schema.ts";
import type { CredentialFault } from "./fault.ts";

/** Why a Secret cannot be used; holds no byte of its values. */
export interface CredentialProblem {
  kind: "problem";
  reason: Extract<
    Reason,
    | "CredentialMissing"
    | "CredentialInvalid"
    | "HostNotAllowed"
    | "KnownHostsMissing"
    | "ImagePullSecretMissing"
    | "ImagePullSecretInvalid"
  >;
  /** Finer than the reason: what is wrong, for programs. */
  fault: CredentialFault;
  /** The key of the Secret that is missing or malformed, where there is one. */
  key?: string;
  /** Names the Secret and the key, what is wrong, and what to do. */
  message: string;
}

/** The part of a Secret that is read here; values are base64. */
export interface SecretLike {
  metadata?: { namespace?: string; name?: string; annotations?: Record<string, string> };
  type?: string;
  data?: Record<string, string>;
}

export const secretName = ({ metadata }: SecretLike): string =>
  `Secret ${metadata?.namespace ?? ""}/${metadata?.name ?? ""}`;

/** A problem of a Secret's key, with the Secret named in front. */
export const invalid = (
  secret: SecretLike,
  key: string,
  fault: CredentialFault,
  what: string,
): CredentialProblem => ({
  kind: "problem",
  reason: "CredentialInvalid",
  fault,
  key,
  message: `${secretName(secret)}, key ${key}: ${what}`,
});

/** The problem of a Secret that is not there at all. */
export const credentialMissing = (
  namespace: string,
  name: string,
  transport: "ssh" | "https",
): CredentialProblem => ({
  kind: "problem",
  reason: "CredentialMissing",
  fault: "SecretMissing",
  message: `Secret ${namespace}/${name} does not exist: create it, for example: ${EXAMPLE[transport](namespace, name)}`,
});

const EXAMPLE = {
  ssh: (namespace: string, name: string) =>
    `kubectl create secret generic ${name} -n ${namespace} --from-file=identity=./deploy-key`,
  https: (namespace: string, name: string) =>
    `kubectl create secret generic ${name} -n ${namespace} --from-literal=username=git --from-file=password=./token`,
};
