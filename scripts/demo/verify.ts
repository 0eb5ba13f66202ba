import type { Secret } from "kubernetes-types/core/v1";
import { LABELS, MANAGED_BY } from "../../src/api/names.ts";
import type { ReadObject } from "./objects.ts";
import { keyOf } from "./objects.ts";

/** What is wrong with the objects that were read back; empty when all are there and hold what they should. */
export function problems(objects: readonly ReadObject[], privateKey: string): string[] {
  return objects.flatMap(({ id, object }) => {
    const name = keyOf(id);
    if (object === undefined) return [`${name} is missing`];
    if (object.metadata?.labels?.[LABELS.managedBy] !== MANAGED_BY) return [`${name} lacks our label`];
    if (id.kind !== "Secret") return [];
    const { data = {} } = object as Secret;
    const identity = Buffer.from(data["identity"] ?? "", "base64").toString();
    return [
      ...(identity === privateKey ? [] : [`${name} does not hold the key`]),
      ...(data["known_hosts"] ? [] : [`${name} has no known_hosts`]),
    ];
  });
}
