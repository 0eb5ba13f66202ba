import { z } from "zod";
import { limitRangeSchema, networkPolicySchema, resourceQuotaSchema } from "./guardrails.ts";
import { POD_SECURITY_LEVELS, POD_SECURITY_MODES } from "./pod-security.ts";
import { inOurWords, type Problem, problemsOf, unknownFields } from "./problems.ts";

/** What holds for every environment of every project, unless its spec asks for something stricter. */
export const environmentDefaultsSchema = z.object({
  podSecurity: z.partialRecord(z.enum(POD_SECURITY_MODES), z.enum(POD_SECURITY_LEVELS)).optional(),
  resourceQuota: resourceQuotaSchema.optional(),
  limitRange: limitRangeSchema.optional(),
  networkPolicy: networkPolicySchema.optional(),
});
export type EnvironmentDefaults = z.infer<typeof environmentDefaultsSchema>;

/** Nothing is asked of environments. */
export const NO_DEFAULTS: EnvironmentDefaults = {};

/** Checks what a file of defaults holds; an empty file is none. Unknown fields are problems: a limit that is misspelt is no limit. */
export function parseEnvironmentDefaults(
  value: unknown,
): { ok: true; defaults: EnvironmentDefaults } | { ok: false; problems: Problem[] } {
  const parsed = environmentDefaultsSchema.safeParse(value ?? {}, { error: inOurWords });
  if (!parsed.success) return { ok: false, problems: problemsOf(parsed.error).map(named) };
  const unknown = unknownFields(value, parsed.data, "");
  if (unknown.length > 0)
    return { ok: false, problems: unknown.map((path) => ({ path, message: "is no field of it" })) };
  return { ok: true, defaults: parsed.data };
}

/** The most common slips: a number without quotes, and a file that is no map. */
const named = ({ path, message }: Problem): Problem => ({
  path: path === "" ? "the whole" : path,
  message: message === "must be of type string" ? `${message}: write it in quotes` : message,
});
