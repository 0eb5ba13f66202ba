import type { Secret } from "kubernetes-types/core/v1";
import type { ImagePullPayload } from "../../../api/credential.ts";
import type { ProjectGitOps } from "../../../api/schema.ts";
import { type CredentialProblem, imagePullSecretMissing, readImagePullSecret } from "../../../git/index.ts";
import { SECRETS } from "../../../kube/index.ts";
import { projectKey } from "../../../reconcile/resources.ts";
import type { Look } from "../look.ts";
import type { SecretRef } from "./credential.ts";

/** An image pull Secret that environments name, judged as the operator does. */
export interface PullSecretRead {
  readonly ref: SecretRef;
  /** Names of the environments that ask for it. */
  readonly environments: readonly string[];
  /** Absent where it is missing, or may not be read. */
  readonly secret?: Secret;
  readonly problem?: CredentialProblem;
  readonly payload?: ImagePullPayload;
}

/** Each image pull Secret of the project's own namespace once, in the order in which the environments name them. */
export function readPullSecrets(look: Look, project: ProjectGitOps): Promise<PullSecretRead[]> {
  return look.once(`image pull Secrets of ${projectKey(project.metadata)}`, async () => {
    const wanted = new Map<string, string[]>();
    for (const { name: environment, imagePullSecrets = [] } of project.spec.environments) {
      for (const { name } of imagePullSecrets) wanted.set(name, [...(wanted.get(name) ?? []), environment]);
    }
    const { namespace } = project.metadata;
    return Promise.all(
      [...wanted].map(([name, environments]) => readOne(look, { namespace, name }, environments)),
    );
  });
}

async function readOne(look: Look, ref: SecretRef, environments: readonly string[]): Promise<PullSecretRead> {
  const seen = await look.get(SECRETS, ref);
  if (seen.state === "closed") return { ref, environments };
  if (seen.state === "missing")
    return { ref, environments, problem: imagePullSecretMissing(ref.namespace, ref.name) };
  const secret = seen.object;
  const read = readImagePullSecret(secret);
  return read.kind === "problem"
    ? { ref, environments, secret, problem: read }
    : { ref, environments, secret, payload: read.payload };
}
