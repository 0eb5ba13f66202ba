import type { KubeObject, Ref, ResourceType } from "../../../../src/kube/index.ts";
import type { LiveObject } from "../../../../src/machine/index.ts";
import * as answers from "./answers.ts";
import { type Json, leaves, Owners, prune, read, write } from "./fields.ts";

/** An object as it is stored: never changed in place, so that readers need no copy. */
export type Stored = LiveObject;
type Draft = Json & {
  metadata: { -readonly [K in keyof LiveObject["metadata"]]: LiveObject["metadata"][K] };
};

/** The key of an object: `kind/namespace/name`, as in src/plan. */
export const keyOf = (
  kind: string,
  { namespace, name }: { namespace?: string | undefined; name: string },
): string => `${kind}/${namespace ?? ""}/${name}`;

/** Kinds whose spec has a metadata.generation. */
const CUSTOM = new Set(["ProjectGitOps", "GitRepository", "Kustomization", "HelmRelease"]);
/** Who does something: whose entry in managedFields it becomes. */
export interface Actor {
  readonly manager: string;
}

/**
 * What the API server does with objects, as far as it matters here: uid, resourceVersion and generation, namespaces
 * that must exist and may be terminating, finalizers, preconditions, field ownership of POST, patch and apply.
 * Measured semantics: FLUX-FACTS, "API server".
 */
export class ModelServer {
  readonly objects = new Map<string, Stored>();
  /** Every Namespace that there ever was. */
  readonly namespacesSeen = new Set<string>();
  readonly #clock: () => number;
  #version = 1;
  #uids = 0;

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** The version of the newest write: changes when anything does. */
  get version(): number {
    return this.#version;
  }

  now(): string {
    return new Date(this.#clock()).toISOString().replace(/\.\d+Z$/, "Z");
  }

  get(kind: string, ref: { namespace?: string; name: string }): Stored {
    const found = this.objects.get(keyOf(kind, ref));
    if (!found) throw answers.notFound(keyOf(kind, ref));
    return found;
  }

  list(kind: string): Stored[] {
    return [...this.objects.values()].filter((object) => object.kind === kind);
  }

  create(kind: string, body: KubeObject, { manager }: Actor): Stored {
    const object = draft(body);
    const { namespace, name } = object.metadata;
    const key = keyOf(kind, object.metadata);
    if (namespace !== undefined && kind !== "ProjectGitOps") {
      const home = this.objects.get(keyOf("Namespace", { name: namespace }));
      if (!home) throw answers.noNamespace(namespace);
      if (home.metadata.deletionTimestamp) throw answers.terminating(namespace);
    }
    if (this.objects.has(key)) throw answers.alreadyExists(key);
    if (kind === "Namespace") this.namespacesSeen.add(name);
    const owners = new Owners();
    owners.set(manager, "Update", leaves(object));
    object["kind"] = kind;
    object.metadata.uid = `uid-${++this.#uids}`;
    object.metadata.creationTimestamp = this.now();
    if (CUSTOM.has(kind)) {
      object.metadata.generation = 1;
      object["status"] = { observedGeneration: -1 };
    }
    object.metadata.managedFields = owners.entries();
    return this.#store(object);
  }

  /** RFC 7386, onto everything but the status, or onto the status alone. */
  merge(kind: string, ref: Ref, patch: Json, { manager }: Actor, subresource?: string): Stored {
    const before = this.get(kind, ref);
    const { uid, resourceVersion, ...metadata } = (patch["metadata"] ?? {}) as Json & {
      uid?: string;
      resourceVersion?: string;
    };
    this.#preconditions(before, resourceVersion === undefined ? {} : { resourceVersion });
    // A patch of the uid is a patch of a field, and that one is immutable.
    // Of a status patch all metadata but the version is passed over.
    if (uid !== undefined && uid !== before.metadata.uid && subresource !== "status")
      throw answers.uidIsImmutable();
    const onto =
      subresource === "status" ? { status: patch["status"] } : { ...patch, metadata, status: undefined };
    const after = merged(before, onto as Json) as Draft;
    return this.#update(before, after, manager, subresource);
  }

  /** Only replace and add, of whole values below metadata: what this operator sends. */
  json(
    kind: string,
    ref: Ref,
    ops: { op: string; path: string; value: unknown }[],
    { manager }: Actor,
  ): Stored {
    const before = this.get(kind, ref);
    const after = draft(before);
    for (const { path, value } of ops) {
      if (path === "/metadata/resourceVersion") {
        if (value !== before.metadata.resourceVersion) throw answers.conflict(keyOf(kind, ref));
      } else write(after, path.slice(1).replaceAll("/", "\n"), value);
    }
    const managedFields = Owners.of(after.metadata.managedFields).entries();
    return this.#update({ ...before, metadata: { ...before.metadata, managedFields } }, after, manager);
  }

  /** Server-side apply. Only a body with metadata.uid: without one it would create. */
  apply(kind: string, body: Json, { manager }: Actor, force: boolean): Stored {
    const metadata = body["metadata"] as { uid?: string; namespace?: string; name: string };
    const before = this.objects.get(keyOf(kind, metadata));
    if (metadata.uid === undefined)
      throw new Error(`an apply of ${keyOf(kind, metadata)} carries no metadata.uid`);
    if (!before) throw answers.conflict(keyOf(kind, metadata));
    const after = draft(before);
    const owners = Owners.of(before.metadata.managedFields);
    const wanted = leaves(body);
    for (const path of wanted) {
      if (same(read(before, path), read(body, path))) continue;
      // Our own POST counts as another manager: it is an Update entry.
      const [holder] = owners.others(path, manager, "Apply");
      if (holder && !force) throw answers.heldField(path, holder);
      write(after, path, read(body, path));
      owners.takeFromOthers(path, manager, "Apply");
    }
    // Conflicts come before the uid, as in the real one.
    if (before.metadata.uid !== metadata.uid) throw answers.uidIsImmutable();
    for (const path of owners.get(manager, "Apply"))
      if (!wanted.has(path) && owners.others(path, manager, "Apply").length === 0) {
        write(after, path, undefined);
        prune(after, path);
      }
    owners.set(manager, "Apply", wanted);
    after.metadata.managedFields = owners.entries();
    return this.#changed(before, after);
  }

  delete(kind: string, ref: Ref, preconditions: { uid?: string; resourceVersion?: string } = {}): void {
    const object = this.get(kind, ref);
    this.#preconditions(object, preconditions);
    if (kind !== "Namespace" && (object.metadata.finalizers ?? []).length === 0) {
      this.objects.delete(keyOf(kind, ref));
      this.#version++;
    } else if (!object.metadata.deletionTimestamp) {
      // The mark of deletion counts as a change of what is asked for.
      const next = CUSTOM.has(kind) ? { generation: (object.metadata.generation ?? 0) + 1 } : {};
      const metadata = { ...object.metadata, ...next, deletionTimestamp: this.now() };
      this.#store({ ...object, metadata });
    }
  }

  /** What the namespace controller and the garbage collector have done in the end. */
  namespaceController(): void {
    for (const home of this.list("Namespace")) {
      if (!home.metadata.deletionTimestamp) continue;
      const inside = [...this.objects.values()].filter(
        ({ metadata }) => metadata.namespace === home.metadata.name,
      );
      for (const { kind, metadata } of inside)
        if (!metadata.deletionTimestamp)
          this.delete(kind ?? "", { namespace: metadata.namespace ?? "", name: metadata.name });
      if ([...this.objects.values()].some(({ metadata }) => metadata.namespace === home.metadata.name))
        continue;
      this.objects.delete(keyOf("Namespace", home.metadata));
      this.#version++;
    }
  }

  #preconditions(object: Stored, { uid, resourceVersion }: { uid?: string; resourceVersion?: string }): void {
    const other =
      (uid !== undefined && uid !== object.metadata.uid) ||
      (resourceVersion !== undefined && resourceVersion !== object.metadata.resourceVersion);
    if (other) throw answers.conflict(keyOf(object.kind ?? "", object.metadata));
  }

  #update(before: Stored, after: Draft, manager: string, subresource = ""): Stored {
    dropEmpty(after);
    const held = before.metadata.finalizers ?? [];
    if (before.metadata.deletionTimestamp && after.metadata.finalizers?.some((one) => !held.includes(one)))
      throw answers.noNewFinalizers();
    const owners = Owners.of(before.metadata.managedFields);
    const paths = new Set([...leaves(withoutServerFields(before)), ...leaves(withoutServerFields(after))]);
    const own = owners.get(manager, "Update", subresource);
    for (const path of paths) {
      if (same(read(before, path), read(after, path))) continue;
      owners.takeFromOthers(path, manager, "Update");
      if (read(after, path) === undefined) own.delete(path);
      else own.add(path);
    }
    owners.set(manager, "Update", own, subresource);
    after.metadata.managedFields = owners.entries();
    return this.#changed(before, after);
  }

  #changed(before: Stored, after: Draft): Stored {
    // Empty is left out, as if it had never been there.
    dropEmpty(after);
    const stored = this.objects.get(keyOf(before.kind ?? "", before.metadata));
    if (stored && same(stored, after)) return stored;
    if (CUSTOM.has(before.kind ?? "") && !same(before["spec"], after["spec"]))
      after.metadata.generation = (before.metadata.generation ?? 0) + 1;
    // A Namespace has a finalizer of its own kind, which the namespace controller takes off.
    const held = before.kind === "Namespace" || (after.metadata.finalizers ?? []).length > 0;
    if (after.metadata.deletionTimestamp && !held) {
      this.objects.delete(keyOf(before.kind ?? "", before.metadata));
      this.#version++;
      return after as unknown as Stored;
    }
    return this.#store(after);
  }

  #store(object: Draft | Stored): Stored {
    const metadata = { ...object.metadata, resourceVersion: String(++this.#version) };
    const stored = { ...object, metadata } as Stored;
    this.objects.set(keyOf(stored.kind ?? "", metadata), stored);
    return stored;
  }
}

/** What is empty is left out, as if it had never been there. */
function dropEmpty({ metadata }: Draft): void {
  for (const field of ["finalizers", "labels", "annotations"] as const)
    if (Object.keys(metadata[field] ?? {}).length === 0) delete metadata[field];
}

const same = (a: unknown, b: unknown): boolean => Bun.deepEquals(a, b);

const draft = (object: object): Draft => JSON.parse(JSON.stringify(object)) as Draft;

function withoutServerFields(object: Stored | Draft): Json {
  const {
    managedFields: _m,
    resourceVersion: _r,
    generation: _g,
    creationTimestamp: _c,
    deletionTimestamp: _d,
    uid: _u,
    ...metadata
  } = object.metadata;
  return { ...object, metadata };
}

function merged(target: unknown, patch: unknown): unknown {
  if (patch === null || typeof patch !== "object" || Array.isArray(patch)) return patch;
  const from = target !== null && typeof target === "object" && !Array.isArray(target) ? target : {};
  const result: Json = { ...from };
  for (const [key, value] of Object.entries(patch)) {
    if (value === undefined) continue;
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value);
  }
  return result;
}

/** How a resource is called in the keys of this model. */
export const kindOf = (resource: ResourceType): string => resource.kind;
