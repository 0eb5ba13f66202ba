import type { Milliseconds } from "../api/duration.ts";
import { type Change, contestedField } from "../machine/index.ts";
import { type ObjectId, objectKey } from "../plan/index.ts";

const WINDOW: Milliseconds = 10 * 60_000;
/** A field that is put right this often within the window has somebody on the other side. */
const FIGHT = 3;

/**
 * Tells drift from a change of the spec, and a fight from drift: the same field, three times in ten
 * minutes, is reported and left alone until the window has passed, instead of being fought over.
 */
export class DriftLog {
  /** Object key to the hash of the manifest that it was last found to match. */
  readonly #matched = new Map<string, string>();
  /** Contested field to the times of its repairs. */
  readonly #repairs = new Map<string, Milliseconds[]>();

  matched(id: ObjectId, hash: string): void {
    this.#matched.set(objectKey(id), hash);
  }

  forget(id: ObjectId): void {
    this.#matched.delete(objectKey(id));
  }

  /** Whether it matched this very manifest before: then somebody else has changed or deleted it. */
  isDrift(id: ObjectId, hash: string): boolean {
    return this.#matched.get(objectKey(id)) === hash;
  }

  /** Notes what is about to be put right. */
  repair({ desired, fields }: Change, now: Milliseconds): void {
    if (!this.isDrift(desired, desired.hash)) return;
    for (const field of fields) {
      const key = contestedField(desired, field);
      this.#repairs.set(key, [...this.#recent(key, now), now]);
    }
  }

  /** Fields that are being fought over now, in the form of `contestedField`. */
  contested(now: Milliseconds): ReadonlySet<string> {
    const found = new Set<string>();
    for (const key of this.#repairs.keys()) {
      const recent = this.#recent(key, now);
      if (recent.length === 0) this.#repairs.delete(key);
      else if (recent.length >= FIGHT) found.add(key);
    }
    return found;
  }

  #recent(key: string, now: Milliseconds): Milliseconds[] {
    return (this.#repairs.get(key) ?? []).filter((at) => now - at < WINDOW);
  }
}
