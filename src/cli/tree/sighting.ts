import type { KubeObject } from "../../kube/index.ts";
import { type ObjectId, objectKey } from "../../plan/index.ts";

/** One object as it was found; `unknown`: this person may not look. */
export type Sighting = { state: "found"; object: KubeObject } | { state: "missing" } | { state: "unknown" };

/** What was found, by object. Objects that nobody looked for are unknown. */
export class Sightings {
  readonly #found = new Map<string, Sighting>();

  set(id: ObjectId, sighting: Sighting): void {
    this.#found.set(objectKey(id), sighting);
  }

  has(id: ObjectId): boolean {
    return this.#found.has(objectKey(id));
  }

  get(id: ObjectId): Sighting {
    return this.#found.get(objectKey(id)) ?? { state: "unknown" };
  }
}
