import type { ImagePullPayload } from "../api/credential.ts";
import type { CredentialFault } from "./fault.ts";
import { type CredentialProblem, type SecretLike, secretName } from "./problem.ts";
import { textOf } from "./secret-values.ts";

/** Secret types for container registries, and the one key that each has. */
const KEYS = {
  "kubernetes.io/dockerconfigjson": ".dockerconfigjson",
  "kubernetes.io/dockercfg": ".dockercfg",
} as const;

/** What the copy of an image pull Secret holds: its one known key and nothing else. Pure. */
export function readImagePullSecret(
  secret: SecretLike,
): { kind: "ok"; payload: ImagePullPayload; secrets: string[] } | CredentialProblem {
  const type = secret.type as keyof typeof KEYS;
  const key = KEYS[type];
  if (!key) {
    return problem(
      "PullSecretWrongType",
      `${secretName(secret)} is of type ${secret.type || "Opaque"}: an image pull Secret must be of type ${Object.keys(KEYS).join(" or ")} (kubectl create secret docker-registry …)`,
    );
  }
  const text = textOf(secret, key);
  if (text === undefined)
    return problem("PullSecretEmpty", `${secretName(secret)}, key ${key}: is missing or empty`, key);
  const value = secret.data?.[key] ?? "";
  return { kind: "ok", payload: { type, data: { [key]: value } }, secrets: [text, ...passwordsIn(text)] };
}

/** The problem of an image pull Secret that is not there at all. */
export const imagePullSecretMissing = (namespace: string, name: string): CredentialProblem => ({
  kind: "problem",
  reason: "ImagePullSecretMissing",
  fault: "PullSecretMissing",
  message: `Secret ${namespace}/${name}, which imagePullSecrets names, does not exist: create it, for example: kubectl create secret docker-registry ${name} -n ${namespace} --docker-server=…`,
});

const problem = (fault: CredentialFault, message: string, key?: string): CredentialProblem => ({
  kind: "problem",
  reason: "ImagePullSecretInvalid",
  fault,
  ...(key ? { key } : {}),
  message,
});

/** Every text in the JSON, for a redactor; the API server has checked that it is JSON. */
function passwordsIn(text: string): string[] {
  try {
    const found: string[] = [];
    JSON.parse(text, (name, value) => {
      if (["auth", "password", "identitytoken", "registrytoken"].includes(name) && typeof value === "string")
        found.push(value);
      return value;
    });
    return found;
  } catch {
    return [];
  }
}
