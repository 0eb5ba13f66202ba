import type { ImagePullPayload } from "../api/credential.ts";
import type { Manifest } from "./desired.ts";
import { managedMetadata } from "./metadata.ts";
import type { Scope } from "./scope.ts";

/** A copy of an image pull Secret, under the name that it is referenced by. */
export function pullSecret(scope: Scope, name: string, payload: ImagePullPayload): Manifest {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: managedMetadata(scope, name),
    type: payload.type,
    data: payload.data,
  };
}
