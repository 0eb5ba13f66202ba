type Node = Record<string, unknown>;

/** Keywords that a structural schema may have, in the order in which they are written. */
const KEYWORDS = [
  "description",
  "type",
  "format",
  "enum",
  "default",
  "minLength",
  "maxLength",
  "minimum",
  "maximum",
  "minItems",
  "maxItems",
  "maxProperties",
  "x-kubernetes-list-type",
  "x-kubernetes-list-map-keys",
  "x-kubernetes-map-type",
  "x-kubernetes-preserve-unknown-fields",
  "x-kubernetes-validations",
  "required",
  "properties",
  "additionalProperties",
  "items",
];
const DROPPED = ["$schema", "propertyNames"];

/**
 * Turns JSON Schema as zod makes it into the structural schema that a CRD must have.
 * @throws Error for a keyword that the API server would refuse or silently ignore
 */
export function structural(node: Node, path = "openAPIV3Schema"): Node {
  const unknown = Object.keys(node).filter((key) => !KEYWORDS.includes(key) && !DROPPED.includes(key));
  if (unknown.length > 0) throw new Error(`${path}: ${unknown.join(", ")} cannot stand in a CRD`);
  const cleaned: Node = { ...node };
  // zod's own bounds of safe integers say nothing to a reader.
  if (cleaned.minimum === Number.MIN_SAFE_INTEGER) delete cleaned.minimum;
  if (cleaned.maximum === Number.MAX_SAFE_INTEGER) delete cleaned.maximum;
  if (cleaned["x-kubernetes-preserve-unknown-fields"] === true) delete cleaned.additionalProperties;
  if (
    Array.isArray(cleaned["x-kubernetes-validations"]) &&
    cleaned["x-kubernetes-validations"].length === 0
  ) {
    delete cleaned["x-kubernetes-validations"];
  }
  if (cleaned.properties) {
    cleaned.properties = Object.fromEntries(
      Object.entries(cleaned.properties as Record<string, Node>).map(([name, child]) => [
        name,
        structural(child, `${path}.${name}`),
      ]),
    );
  }
  if (cleaned.items) cleaned.items = structural(cleaned.items as Node, `${path}[]`);
  if (cleaned.additionalProperties === false) delete cleaned.additionalProperties;
  if (cleaned.additionalProperties) {
    cleaned.additionalProperties = structural(cleaned.additionalProperties as Node, `${path}{}`);
  }
  return Object.fromEntries(
    KEYWORDS.filter((key) => cleaned[key] !== undefined).map((key) => [key, cleaned[key]]),
  );
}
