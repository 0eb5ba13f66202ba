/** A part of an OpenAPI v3 schema, as a CustomResourceDefinition carries it. */
export type Schema = Readonly<Record<string, unknown>> & {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
};

/** Where two schemas differ: paths such as `spec.environments[].path`, each at its highest point. */
export interface SchemaDifference {
  /** Fields of ours that theirs does not know. */
  readonly absent: readonly string[];
  /** Fields of theirs that ours does not know. */
  readonly unknown: readonly string[];
  /** Fields with another type or other rules. */
  readonly changed: readonly string[];
}

/** Compares what decides which objects are let in and what is kept of them; descriptions do not. Pure. */
export function schemaDifference(ours: Schema, theirs: Schema, path = ""): SchemaDifference {
  const inner = [...INNER_SCHEMAS].map(([key, mark]) => {
    const [mine, other] = [schemaAt(ours, key), schemaAt(theirs, key)];
    return mine && other ? schemaDifference(mine, other, `${path}${mark}`) : NONE;
  });
  const mine = ours.properties ?? {};
  const other = theirs.properties ?? {};
  const properties = Object.entries(mine).map(([name, schema]) => {
    const theirSchema = other[name];
    const at = below(path, name);
    return theirSchema === undefined ? { ...NONE, absent: [at] } : schemaDifference(schema, theirSchema, at);
  });
  const unknown = Object.keys(other)
    .filter((name) => !(name in mine))
    .map((name) => below(path, name));
  const changed = rules(ours) === rules(theirs) ? [] : [path || "the object"];
  return join([{ absent: [], unknown, changed }, ...inner, ...properties]);
}

const NONE: SchemaDifference = { absent: [], unknown: [], changed: [] };
const INNER_SCHEMAS = new Map([
  ["items", "[]"],
  ["additionalProperties", ".*"],
] as const);
/** Compared by themselves, or for people alone. */
const NO_RULES: ReadonlySet<string> = new Set(["properties", "description", "title", "example"]);

const below = (path: string, name: string): string => (path === "" ? name : `${path}.${name}`);

function schemaAt(schema: Schema, key: "items" | "additionalProperties"): Schema | undefined {
  const inner = schema[key];
  return typeof inner === "object" ? inner : undefined;
}

const join = (parts: readonly SchemaDifference[]): SchemaDifference => ({
  absent: parts.flatMap(({ absent }) => absent),
  unknown: parts.flatMap(({ unknown }) => unknown),
  changed: parts.flatMap(({ changed }) => changed),
});

/** All else that a schema says, in one order of keys; inner schemas by their presence alone. */
function rules(schema: Schema): string {
  const told = Object.entries(schema)
    .filter(([key]) => !NO_RULES.has(key))
    .map(([key, value]) => [key, isInner(key) && typeof value === "object" ? true : value]);
  return canonical(Object.fromEntries(told));
}

const isInner = (key: string): boolean => (INNER_SCHEMAS as ReadonlyMap<string, string>).has(key);

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(",")}}`;
}
