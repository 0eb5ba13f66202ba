import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  canonicalQuantity,
  compareQuantities,
  greaterQuantity,
  lesserQuantity,
  parseQuantity,
} from "../../../src/api/quantity.ts";

const anyQuantity = fc
  .tuple(
    fc.nat(5000),
    fc.constantFrom("", ".5", ".25", ".001"),
    fc.constantFrom("", "m", "k", "M", "G", "Ki", "Mi", "Gi", "e3", "E2", "e-3"),
  )
  .map((parts) => parts.join(""))
  .filter((text) => parseQuantity(text) !== undefined);

test("quantities have the form in which the API server stores them", () => {
  const forms: Record<string, string> = {
    "1000m": "1",
    "0.5": "500m",
    "1500m": "1500m",
    "1000": "1k",
    "1500": "1500",
    "50": "50",
    "1024Mi": "1Gi",
    "1.5Gi": "1536Mi",
    "0.5Mi": "512Ki",
    "1000Ki": "1000Ki",
    "512": "512",
    "0.5Ki": "512",
    "1e3": "1e3",
    "12E2": "1200",
    "1E": "1E",
    "0Gi": "0",
    "007": "7",
    "1.0001Ki": "1024103m",
    "1n": "1m",
    "0.0005": "1m",
  };
  for (const [text, canonical] of Object.entries(forms))
    expect([text, canonicalQuantity(text)]).toEqual([text, canonical]);
});

test("what is no quantity is none", () => {
  for (const text of ["", "-1", "1 Gi", "1gi", "four", "1Kii", "1.", ".5", "10E", "1e99", "1m2"])
    expect([text, parseQuantity(text)]).toEqual([text, undefined]);
});

test("the canonical form is worth the same, and its own canonical form", () => {
  fc.assert(
    fc.property(anyQuantity, (text) => {
      const canonical = canonicalQuantity(text);
      expect(parseQuantity(canonical)).toBe(parseQuantity(text) as bigint);
      expect(canonicalQuantity(canonical)).toBe(canonical);
    }),
  );
});

test("quantities are ordered by what they are worth, whatever their form", () => {
  expect(compareQuantities("1Gi", "1G")).toBeGreaterThan(0);
  expect(compareQuantities("1000m", "1")).toBe(0);
  expect(lesserQuantity("900m", "1")).toBe("900m");
  fc.assert(
    fc.property(anyQuantity, anyQuantity, (a, b) => {
      expect(Math.sign(compareQuantities(a, b))).toBe(-Math.sign(compareQuantities(b, a)) + 0);
      expect(compareQuantities(lesserQuantity(a, b), greaterQuantity(a, b))).toBeLessThanOrEqual(0);
    }),
  );
});
