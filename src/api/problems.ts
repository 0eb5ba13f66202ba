import type { z } from "zod";

/** One thing that is wrong; `path` as the API server writes it, such as `spec.environments[0].name`. */
export interface Problem {
  path: string;
  message: string;
}

export function problemsOf(error: z.ZodError, prefix: PropertyKey[] = []): Problem[] {
  return error.issues.map(({ path, message }) => ({ path: pathText([...prefix, ...path]), message }));
}

/** zod's own findings in words that name the fix; rules of ours bring their own words. */
export const inOurWords: z.core.$ZodErrorMap = (issue) => {
  if (issue.code === "invalid_type" && issue.input === undefined) return "is required";
  if (issue.code === "invalid_type") return `must be of type ${issue.expected}`;
  if (issue.code === "invalid_value") return `must be one of ${issue.values.join(", ")}`;
  const unit = issue.code === "too_big" || issue.code === "too_small" ? UNITS[issue.origin] : undefined;
  if (issue.code === "too_big") return `must have at most ${issue.maximum}${unit ?? ""}`;
  if (issue.code === "too_small") return `must have at least ${issue.minimum}${unit ?? ""}`;
  return undefined;
};
const UNITS: Record<string, string> = { string: " characters", array: " items" };

/** Paths of what was written and is not in what was read: the schema does not know it. */
export function unknownFields(written: unknown, read: unknown, path: string): string[] {
  if (Array.isArray(written)) {
    return written.flatMap((item, index) =>
      unknownFields(item, Array.isArray(read) ? read[index] : undefined, `${path}[${index}]`),
    );
  }
  if (typeof written !== "object" || written === null) return [];
  return Object.entries(written).flatMap(([key, value]) => {
    const known = typeof read === "object" && read !== null && key in read;
    const below = path === "" ? key : `${path}.${key}`;
    return known ? unknownFields(value, (read as Record<string, unknown>)[key], below) : [below];
  });
}

function pathText(path: PropertyKey[]): string {
  return path
    .map((part, i) => (typeof part === "number" ? `[${part}]` : `${i ? "." : ""}${String(part)}`))
    .join("");
}
