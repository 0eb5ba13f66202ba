import { z } from "zod";

/**
 * One broken-rule message, said in two places with the same words: by the API server at admission (`cel`) and by
 * the operator and the command line (`holds`) for what slipped past it, such as objects written before an upgrade.
 */
export interface Rule<T> {
  /** CEL over `self` (and `oldSelf`); absent where OpenAPI itself already holds the rule. */
  cel?: string;
  /** What is wrong and what to write instead; the API server puts the field's path before it. */
  message: string;
  /** The same rule on the parsed value; absent for rules that compare with the stored object. */
  holds?: (value: T) => boolean;
  /** Moves the error to a field below the one that carries the rule, such as `.url`. */
  fieldPath?: string;
}

export const RULES_KEY = "x-kubernetes-validations";

/** Adds rules to a schema, for zod and for the CRD at once. */
export function ruled<S extends z.ZodType>(schema: S, ...rules: Rule<z.output<S>>[]): S {
  let result: S = schema;
  for (const rule of rules) {
    const { holds, message, fieldPath } = rule;
    if (!holds) continue;
    const path = fieldPath ? { path: [fieldPath.replace(/^\./, "")] } : {};
    result = result.refine((value) => holds(value as z.output<S>), { message, ...path }) as S;
  }
  const known = (z.globalRegistry.get(result)?.[RULES_KEY] as object[] | undefined) ?? [];
  const added = rules.flatMap(({ cel, message, fieldPath }) =>
    cel ? [{ rule: cel, message, ...(fieldPath ? { fieldPath } : {}) }] : [],
  );
  return result.meta({ [RULES_KEY]: [...known, ...added] }) as S;
}

/** A rule that text matches an expression; only syntax that RE2 (CEL) and JavaScript read alike. */
export const matches = (expression: string, message: string): Rule<string> => ({
  cel: `self.matches(${celString(expression)})`,
  message,
  holds: (value) => new RegExp(expression).test(value),
});

/** A rule that text does not match an expression. */
export const matchesNot = (expression: string, message: string): Rule<string> => ({
  cel: `!self.matches(${celString(expression)})`,
  message,
  holds: (value) => !new RegExp(expression).test(value),
});

/**
 * Moves rules of a text field to the object around it. The API server repeats the value of the field that carries a
 * broken rule, and a password in a URL must not come back in an error (measured on 1.36).
 */
export function withoutEcho<F extends string>(
  field: F,
  rules: Rule<string>[],
): Rule<{ [K in F]?: string | undefined }>[] {
  return rules.map(({ cel, message, holds }) => ({
    ...(cel ? { cel: `!has(self.${field}) || ${cel.replaceAll("self.", `self.${field}.`)}` } : {}),
    message,
    fieldPath: `.${field}`,
    ...(holds ? { holds: (value) => value[field] === undefined || holds(value[field] ?? "") } : {}),
  }));
}

/** A field that keeps its first value. */
export const immutable = (message: string): Rule<unknown> => ({ cel: "self == oldSelf", message });

/** A CEL raw string: backslashes stand for themselves. */
export function celString(text: string): string {
  if (text.includes("'")) throw new Error(`no quote may stand in a CEL expression's text: ${text}`);
  return `r'${text}'`;
}
