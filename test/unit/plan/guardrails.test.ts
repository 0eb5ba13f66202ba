import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  EGRESS_LEVELS,
  type Guardrails,
  INGRESS_LEVELS,
  type LimitRangeItem,
} from "../../../src/api/guardrails.ts";
import { canonicalQuantity, compareQuantities } from "../../../src/api/quantity.ts";
import { stricterOf } from "../../../src/plan/index.ts";
import { withPodSecurity } from "../../../src/plan/pod-security.ts";
import { anyGuardrails } from "./arbitrary.ts";

const itemOf = ({ limitRange }: Guardrails, type: string): Partial<LimitRangeItem> =>
  limitRange?.limits.find((item) => item.type === type) ?? {};

/** Where the first asks for more room than the second gives. */
function looser(held: Guardrails, than: Guardrails): string[] {
  const found: string[] = [];
  for (const [name, most] of Object.entries(than.resourceQuota?.hard ?? {})) {
    const own = held.resourceQuota?.hard[name];
    if (own === undefined || compareQuantities(own, most) > 0) found.push(`quota ${name}`);
  }
  for (const { type, max = {}, min = {} } of than.limitRange?.limits ?? []) {
    const item = itemOf(held, type);
    for (const [name, most] of Object.entries(max))
      if (!item.max?.[name] || compareQuantities(item.max[name], most) > 0) found.push(`${type} max ${name}`);
    for (const [name, least] of Object.entries(min))
      if (!item.min?.[name] || compareQuantities(item.min[name], least) < 0)
        found.push(`${type} min ${name}`);
  }
  const { ingress = "Allowed", egress = "Allowed" } = than.networkPolicy ?? {};
  if (INGRESS_LEVELS.indexOf(held.networkPolicy?.ingress ?? "Allowed") < INGRESS_LEVELS.indexOf(ingress))
    found.push("ingress");
  if (EGRESS_LEVELS.indexOf(held.networkPolicy?.egress ?? "Allowed") < EGRESS_LEVELS.indexOf(egress))
    found.push("egress");
  return found;
}

test("what holds is never looser than the operator's defaults, whatever a spec asks for", () => {
  fc.assert(
    fc.property(anyGuardrails, anyGuardrails, (defaults, own) => {
      expect(looser(stricterOf(defaults, own), defaults)).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

test("what holds is as strict as the spec, save where its range lies outside of the defaults'", () => {
  fc.assert(
    fc.property(anyGuardrails, anyGuardrails, (defaults, own) => {
      const held = stricterOf(defaults, own);
      for (const what of looser(held, own)) {
        const [type = "", bound, name = ""] = what.split(" ");
        expect(["max", "min"]).toContain(bound as string);
        // Its own amount is out of reach: then the nearest that the defaults allow.
        const range = itemOf(stricterOf(defaults, {}), type);
        const end = bound === "max" ? range.min?.[name] : range.max?.[name];
        expect(itemOf(held, type)[bound as "max" | "min"]?.[name]).toBe(end as string);
      }
    }),
    { numRuns: 500 },
  );
});

test("what holds is one that the API server takes: no range is empty, and every default lies in it", () => {
  fc.assert(
    fc.property(anyGuardrails, anyGuardrails, (defaults, own) => {
      for (const { max = {}, min = {}, ...item } of stricterOf(defaults, own).limitRange?.limits ?? []) {
        const ordered = (a: string | undefined, b: string | undefined) =>
          expect(a === undefined || b === undefined ? 0 : compareQuantities(a, b)).toBeLessThanOrEqual(0);
        for (const name of new Set(
          [max, min, item.default ?? {}, item.defaultRequest ?? {}].flatMap(Object.keys),
        )) {
          const limit = item.default?.[name] ?? max[name];
          ordered(min[name], max[name]);
          ordered(min[name], limit);
          ordered(limit, max[name]);
          ordered(min[name], item.defaultRequest?.[name]);
          ordered(item.defaultRequest?.[name], limit);
        }
      }
    }),
    { numRuns: 500 },
  );
});

test("applied to what holds already, the defaults change nothing, and amounts are as the API server stores them", () => {
  fc.assert(
    fc.property(anyGuardrails, anyGuardrails, (defaults, own) => {
      const held = stricterOf(defaults, own);
      expect(stricterOf(defaults, held)).toEqual(held);
      expect(stricterOf(held, {})).toEqual(held);
      for (const amount of Object.values(held.resourceQuota?.hard ?? {}))
        expect(canonicalQuantity(amount)).toBe(amount);
    }),
    { numRuns: 500 },
  );
});

test("without defaults and without a word of the spec nothing is made", () => {
  expect(stricterOf({}, {})).toEqual({});
  expect(stricterOf({ networkPolicy: { ingress: "Allowed" } }, { networkPolicy: {} })).toEqual({});
});

test("of two Pod Security levels the stricter holds, at the latest version", () => {
  const label = "pod-security.kubernetes.io/enforce";
  const held = (asked: Record<string, string>) =>
    withPodSecurity(asked, { podSecurity: { enforce: "baseline" } });
  expect(held({})).toEqual({ [label]: "baseline" });
  expect(held({ [label]: "privileged", [`${label}-version`]: "v1.20" })).toEqual({ [label]: "baseline" });
  expect(held({ [label]: "restricted" })).toEqual({ [label]: "restricted" });
  expect(held({ [label]: "restricted", [`${label}-version`]: "v1.20" })).toEqual({ [label]: "restricted" });
  // Refused by the API server, as without a default: a slip is not to be passed over.
  expect(held({ [label]: "resticted" })).toEqual({ [label]: "resticted" });
});

test("a mode without a default is the project's own, version and all", () => {
  const asked = {
    "pod-security.kubernetes.io/warn": "privileged",
    "pod-security.kubernetes.io/warn-version": "v1.30",
    team: "a",
  };
  expect(withPodSecurity(asked, { podSecurity: { enforce: "baseline" } })).toEqual({
    ...asked,
    "pod-security.kubernetes.io/enforce": "baseline",
  });
});
