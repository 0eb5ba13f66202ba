import type { KubeObject } from "../objects.ts";
import type { WatchEvent } from "./watch.ts";

/** The objects that a watch has told, by uid: enough to tell the difference when it has to list again. */
export class Seen<T extends KubeObject> {
  readonly #objects = new Map<string, KubeObject>();

  note(event: Extract<WatchEvent<T>, { object: T }>): void {
    const uid = event.object.metadata?.uid ?? "";
    if (event.type === "DELETED") this.#objects.delete(uid);
    else this.#objects.set(uid, identityOf(event.object));
  }

  /** What a list says that was not told yet. A deleted object is told with what is kept of it: its metadata. */
  *differences(items: T[]): Generator<WatchEvent<T>, void, undefined> {
    const present = new Set(items.map((item) => item.metadata?.uid ?? ""));
    for (const [uid, object] of this.#objects) {
      if (present.has(uid)) continue;
      this.#objects.delete(uid);
      yield { type: "DELETED", object: object as T };
    }
    for (const object of items) {
      const before = this.#objects.get(object.metadata?.uid ?? "");
      if (before !== undefined && before.metadata?.resourceVersion === object.metadata?.resourceVersion)
        continue;
      const event = { type: before === undefined ? "ADDED" : "MODIFIED", object } as const;
      this.note(event);
      yield event;
    }
  }
}

/** Without spec and status: a watch over ten thousand objects must not keep them all. */
function identityOf({ apiVersion, kind, metadata }: KubeObject): KubeObject {
  const { managedFields: _, ...kept } = metadata ?? {};
  return { ...(apiVersion && { apiVersion }), ...(kind && { kind }), metadata: kept };
}
