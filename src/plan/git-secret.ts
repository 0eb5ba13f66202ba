import type { GitSecretPayload } from "../api/credential.ts";
import { gitSecretName } from "../api/names.ts";
import type { Manifest } from "./desired.ts";
import { managedMetadata } from "./metadata.ts";
import type { Scope } from "./scope.ts";

/**
 * The copy of the git credential that Flux reads. `data`, never `stringData`: server-side apply
 * does not remove a key that was dropped from stringData.
 */
export function gitSecret(scope: Scope, payload: GitSecretPayload): Manifest {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: managedMetadata(scope, gitSecretName(scope.project.spec.projectId)),
    type: payload.type,
    data: payload.data,
  };
}
