import { customResourceDefinition } from "../src/api/crd.ts";

/** What a structural schema of a CRD may hold, as far as it is read here. */
interface Structural {
  description?: string;
  type?: string;
  required?: string[];
  properties?: Record<string, Structural>;
  items?: Structural;
  additionalProperties?: Structural | boolean;
  "x-kubernetes-validations"?: { message: string }[];
  "x-kubernetes-preserve-unknown-fields"?: boolean;
  "x-kubernetes-int-or-string"?: boolean;
}

const MAP_OF_STRINGS = { type: "object", additionalProperties: { type: "string" } };
/** The API server knows these without being told; an editor does not. Others are left alone. */
const METADATA = {
  type: "object",
  properties: {
    name: { type: "string", description: "Name of this object in its namespace." },
    namespace: { type: "string", description: "Where it stands; Secrets that it names are looked for here." },
    labels: MAP_OF_STRINGS,
    annotations: MAP_OF_STRINGS,
  },
};

/** docs/schema/{kind}_{version}.json, the name by which kubeconform and editors look for it. */
export function editorSchemas(): Record<string, () => string> {
  const { names, group, versions } = customResourceDefinition().spec;
  return Object.fromEntries(
    versions.map(({ name, schema }) => {
      const make = () => schemaText(names.kind, `${group}/${name}`, schema.openAPIV3Schema as Structural);
      return [`docs/schema/${names.kind.toLowerCase()}_${name}.json`, make];
    }),
  );
}

function schemaText(kind: string, apiVersion: string, root: Structural): string {
  const { properties, ...rest } = jsonSchema(root);
  const schema = {
    // The draft that both kubeconform and yaml-language-server read.
    $schema: "http://json-schema.org/draft-07/schema#",
    title: kind,
    $comment: "Made from src/api by: npm run generate",
    ...rest,
    required: ["apiVersion", "kind", "metadata", ...(root.required ?? [])],
    properties: {
      ...(properties as object),
      apiVersion: { type: "string", enum: [apiVersion] },
      kind: { type: "string", enum: [kind] },
      metadata: METADATA,
    },
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

/** As JSON Schema: a field that the API server would drop is refused, and its rules are said where it is described. */
function jsonSchema(part: Structural): Record<string, unknown> {
  const kept = Object.entries(part).filter(([key]) => !key.startsWith("x-kubernetes-"));
  const { properties, items, additionalProperties } = part;
  const told = [
    part.description,
    ...(part["x-kubernetes-validations"] ?? []).map(({ message }) => `Refused: ${message}.`),
  ];
  const description = told.filter(Boolean).join(" ");
  return {
    ...Object.fromEntries(kept),
    ...(description ? { description } : {}),
    ...(part["x-kubernetes-int-or-string"] ? { type: ["integer", "string"] } : {}),
    ...(items ? { items: jsonSchema(items) } : {}),
    ...(typeof additionalProperties === "object"
      ? { additionalProperties: jsonSchema(additionalProperties) }
      : {}),
    ...(properties ? closed(part, properties) : {}),
  };
}

function closed(part: Structural, properties: Record<string, Structural>): Record<string, unknown> {
  const fields = Object.entries(properties).map(([name, field]) => [name, jsonSchema(field)] as const);
  const open = part["x-kubernetes-preserve-unknown-fields"] === true;
  return { properties: Object.fromEntries(fields), ...(open ? {} : { additionalProperties: false }) };
}
