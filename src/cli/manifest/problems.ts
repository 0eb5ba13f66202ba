import { API_VERSION, KIND } from "../../api/names.ts";
import { unknownFields } from "../../api/problems.ts";
import { type Problem, parseProject } from "../../api/schema.ts";
import { type ManifestDocument, nameOf, type Written } from "./documents.ts";
import { lineOf } from "./positions.ts";

/** Whether a document is meant to be one of ours, in whatever version it is written. */
export const isProject = ({ object }: ManifestDocument): boolean => object.kind === KIND;

/** A problem with its place: `shop.yaml, document 2, line 7, spec.projectId: must be …`. */
export function placed(
  { file, number, lines, prefix }: ManifestDocument,
  { path, message }: Problem,
): string {
  const whole = prefix === "" ? path : `${prefix}.${path}`;
  return `${nameOf(file)}, document ${number}, line ${lineOf(lines, whole)}, ${path}: ${message}`;
}

/**
 * What is wrong with an object by this program's own schema, in the words of admission; unknown fields count, as for
 * kubectl. Empty where nothing is. Pure.
 * @param namespace where the object names none
 */
export function problemsIn(object: Written, namespace: string): Problem[] {
  const parsed = parseProject({ ...object, metadata: { namespace, ...object.metadata } });
  const problems = parsed.ok ? [] : parsed.problems;
  const read = parsed.ok ? parsed.project : undefined;
  const unknown = read === undefined ? [] : unknownFields(object["spec"], read.spec, "spec");
  return [
    ...problems.map((problem) => ({ ...problem, message: problem.message + quoteHint(object, problem) })),
    ...unknown.map((path) => ({
      path,
      message: `unknown field${object.apiVersion === API_VERSION ? "" : ` in ${API_VERSION}`}`,
    })),
  ];
}

/** 8888, true and 1.0 without quotes are no text in YAML: the most common reason for a wrong type. */
export function quoteHint(object: Written, { path, message }: Problem): string {
  const value = valueAt(object, path);
  const isText = typeof value === "number" || typeof value === "boolean";
  return isText && /string/.test(message) ? ": write it in quotes" : "";
}

function valueAt(object: unknown, path: string): unknown {
  return path
    .split(/[.[\]]+/)
    .filter(Boolean)
    .reduce<unknown>(
      (value, key) =>
        typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined,
      object,
    );
}
