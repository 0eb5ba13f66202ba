import { ANNOTATIONS, LABELS } from "../api/names.ts";
import type { FluxHealth } from "../api/schema.ts";
import type { KnownObject, LiveObject, Sighting } from "../machine/index.ts";
import { isFlux, type ManagedKind, type ObjectId, objectKey } from "../plan/index.ts";
import { isSame, type Row, type Verified, verifiedAs } from "./verified.ts";

/** One managed object as a list or a read showed it last. */
interface Seen extends ObjectId {
  readonly uid: string;
  resourceVersion: string;
  readonly environment: string | undefined;
  readonly owner: string;
  readonly ownerUid: string;
  /** Counts upwards with every read and write: tells what is newer than a list's beginning. */
  order: number;
  verified?: Verified;
  /** A list has called for a pass over this version already. */
  told?: true;
  /** Read in full and not judged yet. */
  fresh?: LiveObject;
}

/**
 * What this process knows of the managed objects of all projects: filled by the resync's lists and by
 * its own reads and writes. Small on purpose: versions and hashes, never whole objects or Secret data.
 */
export class World {
  readonly #seen = new Map<string, Seen>();
  readonly #byOwner = new Map<string, Set<string>>();
  #order = 0;

  /** To be taken before a list is sent: what is recorded later is newer than that list. */
  mark(): number {
    return this.#order;
  }

  /**
   * What is known of an object before a pass reads anything; reads of an earlier pass count as lists.
   * @param ownerUid the project that asks: what was verified for another one vouches for nothing here
   */
  sighting(id: ObjectId, ownerUid: string): Sighting {
    const seen = this.#seen.get(objectKey(id));
    if (seen === undefined) return { state: "unseen" };
    if (seen.fresh) return { state: "present", object: seen.fresh };
    if (seen.ownerUid !== ownerUid || seen.verified?.resourceVersion !== seen.resourceVersion)
      return { state: "listed" };
    const { hash, health } = seen.verified;
    return { state: "intact", hash, ...(health ? { health } : {}) };
  }

  /** Everything that names this project as its owner, by its uid, in Namespaces that do so too: those no tenant can write. */
  known(owner: string, uid: string): KnownObject[] {
    return [...(this.#byOwner.get(owner) ?? [])].flatMap((key) => {
      const seen = this.#seen.get(key);
      if (seen?.ownerUid !== uid || !this.#isAtHome(seen)) return [];
      const { kind, namespace, name, environment } = seen;
      return [{ kind, namespace, name, ...(environment ? { environment } : {}) }];
    });
  }

  /** What names this project's namespace and name, but an earlier uid. */
  orphans(owner: string, uid: string): ObjectId[] {
    return [...(this.#byOwner.get(owner) ?? [])].flatMap((key) => {
      const seen = this.#seen.get(key);
      return seen && seen.ownerUid !== uid
        ? [{ kind: seen.kind, namespace: seen.namespace, name: seen.name }]
        : [];
    });
  }

  /** Owner of a managed Namespace, `namespace/name`; undefined for any other. */
  ownerOfNamespace(name: string): string | undefined {
    return this.#seen.get(objectKey({ kind: "Namespace", namespace: "", name }))?.owner;
  }

  /** An object that was just read or written. */
  record(id: ObjectId, live: LiveObject): void {
    if (carriesOwner(live.metadata)) this.#put(id, { metadata: live.metadata });
    else this.forget(id);
  }

  forget(id: ObjectId): void {
    const key = objectKey(id);
    const seen = this.#seen.get(key);
    this.#seen.delete(key);
    if (seen) this.#byOwner.get(seen.owner)?.delete(key);
  }

  /** An object was found to match: as long as its version stays, no read is needed. */
  verify(id: ObjectId, live: LiveObject, hash: string, health: FluxHealth | undefined): void {
    const seen = this.#seen.get(objectKey(id));
    if (seen?.resourceVersion !== live.metadata.resourceVersion) return;
    delete seen.fresh;
    seen.verified = verifiedAs(id.kind, live, hash, health);
  }

  /** Next time the object is read again, whatever its version. */
  distrust(id: ObjectId): void {
    const seen = this.#seen.get(objectKey(id));
    if (seen) delete seen.verified;
  }

  /** Every object is read again, whatever its version. */
  distrustAll(): void {
    for (const seen of this.#seen.values()) delete seen.verified;
  }

  /** The project's Flux objects are read again at its next pass. */
  distrustFlux(owner: string): void {
    for (const key of this.#byOwner.get(owner) ?? []) {
      const seen = this.#seen.get(key);
      if (seen && isFlux(seen.kind)) delete seen.verified;
    }
  }

  /**
   * Takes in a list of all managed objects of one kind.
   * @param since what mark() said before the list was sent
   * @returns keys of the projects that have to be looked at: an object is new, changed or gone
   */
  replace(kind: ManagedKind, rows: readonly Row[], since: number): Set<string> {
    const dirty = new Set<string>();
    const listed = new Set<string>();
    for (const row of rows) {
      const { metadata } = row;
      const id: ObjectId = { kind, namespace: metadata.namespace ?? "", name: metadata.name };
      listed.add(objectKey(id));
      const seen = this.#seen.get(objectKey(id));
      if (seen && seen.order > since) continue;
      if (!carriesOwner(metadata)) {
        if (seen) dirty.add(seen.owner);
        this.forget(id);
      } else if (this.#changed(seen, row)) {
        const now = this.#put(id, row);
        now.told = true;
        dirty.add(now.owner);
        if (seen) dirty.add(seen.owner);
      }
    }
    for (const seen of [...this.#seen.values()]) {
      if (seen.kind !== kind || listed.has(objectKey(seen)) || seen.order > since) continue;
      dirty.add(seen.owner);
      this.forget(seen);
    }
    return dirty;
  }

  /** A new version that differs only in what we do not judge is taken over without a read. */
  #changed(seen: Seen | undefined, row: Row): boolean {
    if (seen === undefined || seen.uid !== row.metadata.uid) return true;
    // What the pass that was called for could not verify stands in the way of its project, whose own back-off looks again.
    if (seen.resourceVersion === row.metadata.resourceVersion)
      return seen.verified?.resourceVersion !== seen.resourceVersion && !seen.told;
    const { verified } = seen;
    if (verified === undefined || !isSame(verified, row)) return true;
    seen.resourceVersion = row.metadata.resourceVersion;
    seen.verified = { ...verified, resourceVersion: row.metadata.resourceVersion };
    return false;
  }

  #isAtHome({ kind, namespace, ownerUid }: Seen): boolean {
    if (kind === "Namespace") return true;
    const home = this.#seen.get(objectKey({ kind: "Namespace", namespace: "", name: namespace }));
    return home?.ownerUid === ownerUid;
  }

  #put(id: ObjectId, { metadata, full }: Row): Seen {
    const key = objectKey(id);
    const before = this.#seen.get(key);
    const seen: Seen = {
      kind: id.kind,
      namespace: id.namespace,
      name: id.name,
      uid: metadata.uid,
      resourceVersion: metadata.resourceVersion,
      environment: metadata.labels?.[LABELS.environment],
      owner: metadata.annotations?.[ANNOTATIONS.owner] ?? "",
      ownerUid: metadata.annotations?.[ANNOTATIONS.ownerUid] ?? "",
      order: ++this.#order,
      ...(before?.uid === metadata.uid && before.verified ? { verified: before.verified } : {}),
      ...(before?.uid === metadata.uid && before.resourceVersion === metadata.resourceVersion && before.told
        ? { told: before.told }
        : {}),
      ...(full ? { fresh: full } : {}),
    };
    if (before && before.owner !== seen.owner) this.#byOwner.get(before.owner)?.delete(key);
    this.#seen.set(key, seen);
    const keys = this.#byOwner.get(seen.owner) ?? new Set();
    this.#byOwner.set(seen.owner, keys.add(key));
    return seen;
  }
}

const carriesOwner = (metadata: LiveObject["metadata"]): boolean =>
  Boolean(metadata.annotations?.[ANNOTATIONS.owner] && metadata.annotations[ANNOTATIONS.ownerUid]);
