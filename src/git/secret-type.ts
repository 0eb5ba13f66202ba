import { type CredentialProblem, type SecretLike, secretName } from "./problem.ts";

/** The problem of a Secret whose type says that it is for something else; undefined where it may be used. */
export function wrongType(
  secret: SecretLike,
  allowed: string[],
  transport: "ssh" | "https",
): CredentialProblem | undefined {
  const type = secret.type ?? "Opaque";
  if (type === "" || type === "Opaque" || allowed.includes(type)) return undefined;
  return {
    kind: "problem",
    reason: "CredentialInvalid",
    fault: "WrongType",
    message: `${secretName(secret)} is of type ${type}, which cannot sign in over ${transport}: create one of type Opaque or ${allowed.join(", ")} (the type of a Secret cannot be changed)`,
  };
}
