import { customResourceDefinition } from "../src/api/crd.ts";
import { KIND } from "../src/api/names.ts";

interface Field {
  description?: string;
  type?: string;
  enum?: string[];
  default?: unknown;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  maxProperties?: number;
  required?: string[];
  properties?: Record<string, Field>;
  items?: Field;
  additionalProperties?: Field;
  "x-kubernetes-validations"?: { message: string; fieldPath?: string }[];
}

/** The page docs/reference.md: each field of the resource with type, default, limits and rules, from the CRD. */
export function referencePage(): string {
  const { names, group, versions } = customResourceDefinition().spec;
  const version = versions[0];
  const root = version?.schema.openAPIV3Schema as Field;
  const { spec, status } = root.properties ?? {};
  return [
    `# ${KIND} (${group}/${version?.name})`,
    "",
    "<!-- Made from src/api by: npm run generate -->",
    "",
    `${root.description} Short name \`${names.shortNames.join("`, `")}\`; \`kubectl explain ${names.shortNames[0]}.spec\` shows the same.`,
    "",
    "## spec",
    "",
    ...(spec ? section(spec, "spec") : []),
    "## status",
    "",
    ...(status ? section(status, "status") : []),
  ].join("\n");
}

/** A table of the fields of one object, then the tables of the objects in it. */
function section(object: Field, path: string): string[] {
  const fields = Object.entries(object.properties ?? {});
  const rows = fields.map(([name, field]) => row(name, field, object.required?.includes(name) ?? false));
  const inner = fields.flatMap(([name, field]) => {
    const child = field.type === "array" ? field.items : field;
    const childPath = `${path}.${name}${field.type === "array" ? "[]" : ""}`;
    return child?.properties ? [`### ${childPath}`, "", ...section(child, childPath)] : [];
  });
  return ["| field | type | default | |", "|---|---|---|---|", ...rows, "", ...rules(object), ...inner];
}

function row(name: string, field: Field, required: boolean): string {
  const fallback =
    field.default === undefined || field.properties
      ? ""
      : `\`${JSON.stringify(field.default).replaceAll('"', "")}\``;
  const limits = limitsOf(field);
  const told = [field.description ?? "", limits, ...(field.properties ? [] : ruleTexts(field))]
    .filter(Boolean)
    .join(" ");
  return `| \`${name}\`${required ? " (required)" : ""} | ${typeOf(field)} | ${fallback} | ${cell(told)} |`;
}

function typeOf(field: Field): string {
  if (field.enum) return field.enum.join(", ");
  if (field.type === "array") return `list of ${typeOf(field.items ?? {})}`;
  if (field.additionalProperties) return `map of ${typeOf(field.additionalProperties)}`;
  return field.type ?? "";
}

function limitsOf(field: Field): string {
  if (field.maxItems !== undefined) return `${field.minItems ?? 0} to ${field.maxItems} entries.`;
  if (field.maxProperties !== undefined) return `At most ${field.maxProperties} entries.`;
  return field.maxLength !== undefined && !field.enum ? `At most ${field.maxLength} characters.` : "";
}

const ruleTexts = (field: Field): string[] =>
  [field, field.items ?? {}, field.additionalProperties ?? {}]
    .filter(({ properties }) => !properties)
    .flatMap((part) => (part["x-kubernetes-validations"] ?? []).map(({ message }) => `Refused: ${message}.`));

/** The rules of an object, in the words of their refusals. */
function rules(object: Field): string[] {
  const refusals = (object["x-kubernetes-validations"] ?? []).map(
    ({ message, fieldPath }) => `- ${fieldPath ? `\`${fieldPath.slice(1)}\`: ` : ""}${message}`,
  );
  return refusals.length > 0 ? ["Refused with these words:", "", ...refusals, ""] : [];
}

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("<", "&lt;");
