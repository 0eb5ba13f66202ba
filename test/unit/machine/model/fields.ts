import type { ManagedFields } from "../../../../src/machine/index.ts";

/** Field ownership as the model keeps it: leaf paths, their parts joined by a line break. Lists are leaves. */
export type Paths = Set<string>;
export type Json = Record<string, unknown>;

const isRecord = (value: unknown): value is Json =>
  value !== null && typeof value === "object" && !Array.isArray(value);

/** What nobody owns: identity, and what the server writes. */
const UNOWNED = new Set([
  "apiVersion",
  "kind",
  "metadata\nname",
  "metadata\nnamespace",
  "metadata\nuid",
  "metadata\nresourceVersion",
]);

export function leaves(value: unknown, prefix = ""): Paths {
  if (!isRecord(value)) return new Set(prefix === "" || UNOWNED.has(prefix) ? [] : [prefix]);
  const inner = Object.entries(value).flatMap(([key, child]) => [
    ...leaves(child, prefix === "" ? key : `${prefix}\n${key}`),
  ]);
  return new Set(inner);
}

export const read = (object: unknown, path: string): unknown =>
  path.split("\n").reduce<unknown>((at, key) => (isRecord(at) ? at[key] : undefined), object);

export function write(object: Json, path: string, value: unknown): void {
  const keys = path.split("\n");
  const last = keys.pop() ?? "";
  let at = object;
  for (const key of keys) {
    const next = at[key];
    const inner: Json = isRecord(next) ? next : {};
    at[key] = inner;
    at = inner;
  }
  if (value === undefined) delete at[last];
  else at[last] = value;
}

/** Removes objects that became empty, from the leaf upwards. */
export function prune(object: Json, path: string): void {
  const keys = path.split("\n").slice(0, -1);
  while (keys.length > 0) {
    const at = read(object, keys.join("\n"));
    if (isRecord(at) && Object.keys(at).length === 0) write(object, keys.join("\n"), undefined);
    keys.pop();
  }
}

export function toFieldsV1(paths: Paths): Json {
  const fields: Json = {};
  for (const path of paths)
    write(
      fields,
      path
        .split("\n")
        .map((key) => `f:${key}`)
        .join("\n"),
      {},
    );
  return fields;
}

export function fromFieldsV1(fields: unknown, prefix = ""): Paths {
  if (!isRecord(fields)) return new Set();
  const keys = Object.entries(fields).filter(([key]) => key.startsWith("f:"));
  if (keys.length === 0) return new Set(prefix === "" ? [] : [prefix]);
  return new Set(
    keys.flatMap(([key, inner]) => [
      ...fromFieldsV1(inner, prefix === "" ? key.slice(2) : `${prefix}\n${key.slice(2)}`),
    ]),
  );
}

/** Owners by `manager/operation/subresource`. */
export class Owners {
  readonly #sets = new Map<string, Paths>();

  static of(entries: readonly ManagedFields[] = []): Owners {
    const owners = new Owners();
    for (const entry of entries)
      if (entry.manager)
        owners.#sets.set(
          `${entry.manager}/${entry.operation}/${entry.subresource ?? ""}`,
          fromFieldsV1(entry.fieldsV1),
        );
    return owners;
  }

  entries(): ManagedFields[] {
    return [...this.#sets]
      .filter(([, paths]) => paths.size > 0)
      .map(([key, paths]) => {
        const [manager = "", operation = "", subresource = ""] = key.split("/");
        return {
          manager,
          operation,
          ...(subresource ? { subresource } : {}),
          fieldsType: "FieldsV1",
          fieldsV1: toFieldsV1(paths),
        };
      });
  }

  get(manager: string, operation: string, subresource = ""): Paths {
    return this.#sets.get(`${manager}/${operation}/${subresource}`) ?? new Set();
  }

  set(manager: string, operation: string, paths: Paths, subresource = ""): void {
    this.#sets.set(`${manager}/${operation}/${subresource}`, paths);
  }

  /** Everybody but that entry loses the path. */
  takeFromOthers(path: string, manager: string, operation: string): void {
    for (const [key, paths] of this.#sets)
      if (!key.startsWith(`${manager}/${operation}/`)) paths.delete(path);
  }

  /** Other entries than that one that own the path. */
  others(path: string, manager: string, operation: string): string[] {
    return [...this.#sets]
      .filter(([key, paths]) => !key.startsWith(`${manager}/${operation}/`) && paths.has(path))
      .map(([key]) => key);
  }
}
