import { expect, test } from "bun:test";
import fc from "fast-check";
import { mergePatch } from "../../../src/reconcile/status.ts";

/** RFC 7386, section 2, as the API server applies it. */
export function applied(target: unknown, patch: unknown): unknown {
  if (patch === null || typeof patch !== "object" || Array.isArray(patch)) return patch;
  const from = target !== null && typeof target === "object" && !Array.isArray(target) ? target : {};
  const result = { ...from } as Record<string, unknown>;
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = applied(result[key], value);
  }
  return result;
}

const ROWS: [string, unknown, unknown, unknown][] = [
  ["nothing for equal values", { a: 1, b: { c: [1] } }, { a: 1, b: { c: [1] } }, undefined],
  ["a new field", {}, { a: 1 }, { a: 1 }],
  ["a changed field, and only that one", { a: 1, b: 2 }, { a: 3, b: 2 }, { a: 3 }],
  ["null for a field that is gone", { a: 1, b: 2 }, { b: 2 }, { a: null }],
  ["inside objects", { a: { b: 1, c: 2 } }, { a: { b: 1 } }, { a: { c: null } }],
  ["lists as a whole", { a: [1, 2] }, { a: [1] }, { a: [1] }],
  ["a field that is undefined counts as absent", { a: 1 }, { a: 1, b: undefined }, undefined],
  ["an object in place of a list", { a: [1] }, { a: { b: 1 } }, { a: { b: 1 } }],
];
for (const [sentence, before, after, patch] of ROWS)
  test(`a merge patch has ${sentence}`, () => expect(mergePatch(before, after)).toEqual(patch));

test("a merge patch leads from any status to any other, and is absent only for equal ones", () => {
  const leaf = fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.array(fc.integer(), { maxLength: 3 }));
  const key = fc.constantFrom("a", "b", "c");
  const tree = fc.dictionary(
    key,
    fc.oneof(leaf, fc.dictionary(key, fc.oneof(leaf, fc.dictionary(key, leaf)))),
  );
  fc.assert(
    fc.property(tree, tree, (before, after) => {
      const patch = mergePatch(before, after);
      // An empty object cannot be told from none by the patch's receiver only at the top.
      expect(patch === undefined ? before : (applied(before, patch) as object)).toEqual(after);
    }),
    { numRuns: 150 },
  );
});
