import type { EnvironmentDefaults } from "../api/environment-defaults.ts";
import {
  type Amounts,
  canonicalAmounts,
  EGRESS_LEVELS,
  type Guardrails,
  INGRESS_LEVELS,
  type LimitRangeItem,
  type LimitRangeLimits,
  type NetworkPolicyLevels,
} from "../api/guardrails.ts";
import { greaterQuantity, lesserQuantity } from "../api/quantity.ts";

/**
 * What holds for an environment: the stricter of the operator's defaults and the spec, key by key. What the spec asks
 * for beside the defaults is added. Asking for something looser is no error: the platform may have tightened since.
 */
export function stricterOf(defaults: EnvironmentDefaults, own: Guardrails): Guardrails {
  const hard = leastOf(defaults.resourceQuota?.hard ?? {}, own.resourceQuota?.hard ?? {});
  const limits = limitsOf(defaults.limitRange?.limits ?? [], own.limitRange?.limits ?? []);
  const levels = strictestOf(defaults.networkPolicy ?? {}, own.networkPolicy ?? {});
  return {
    ...(isEmpty(hard) ? {} : { resourceQuota: { hard } }),
    ...(limits.length > 0 ? { limitRange: { limits } } : {}),
    ...(levels.ingress !== "Allowed" || levels.egress !== "Allowed" ? { networkPolicy: levels } : {}),
  };
}

function leastOf(defaults: Amounts, own: Amounts): Record<string, string> {
  return joined(canonicalAmounts(defaults), canonicalAmounts(own), lesserQuantity);
}

type Limits = LimitRangeLimits["limits"];

function limitsOf(defaults: Limits, own: Limits): LimitRangeItem[] {
  const types = [...new Set([...defaults, ...own].map(({ type }) => type))].sort();
  return types.map((type) => {
    const of = (items: Limits) => canonicalItem(items.find((item) => item.type === type) ?? { type });
    return itemOf(of(defaults), of(own));
  });
}

/** The project's amounts are brought into the range of the defaults, so that no range is ever empty. */
function itemOf(defaults: CanonicalItem, own: CanonicalItem): LimitRangeItem {
  const [max, min] = [
    { ...defaults.max, ...within(own.max, defaults) },
    { ...defaults.min, ...within(own.min, defaults) },
  ];
  const limits = within({ ...defaults.default, ...own.default }, { max, min });
  const requests = within({ ...defaults.defaultRequest, ...own.defaultRequest }, { max, min });
  // The API server takes max for a limit that is not named, and no request above its limit.
  const defaultRequest = within(requests, { max: { ...max, ...limits }, min: {} });
  return {
    type: defaults.type,
    ...(isEmpty(max) ? {} : { max }),
    ...(isEmpty(min) ? {} : { min }),
    ...(isEmpty(limits) ? {} : { default: limits }),
    ...(isEmpty(defaultRequest) ? {} : { defaultRequest }),
  };
}

interface CanonicalItem {
  readonly type: LimitRangeItem["type"];
  readonly max: Amounts;
  readonly min: Amounts;
  readonly default: Amounts;
  readonly defaultRequest: Amounts;
}

const canonicalItem = (item: LimitRangeItem): CanonicalItem => ({
  type: item.type,
  max: canonicalAmounts(item.max ?? {}),
  min: canonicalAmounts(item.min ?? {}),
  default: canonicalAmounts(item.default ?? {}),
  defaultRequest: canonicalAmounts(item.defaultRequest ?? {}),
});

const within = (amounts: Amounts, { max, min }: { max: Amounts; min: Amounts }): Record<string, string> =>
  Object.fromEntries(
    Object.entries(amounts).map(([name, amount]) => {
      const least = greaterQuantity(min[name] ?? amount, amount);
      return [name, lesserQuantity(max[name] ?? least, least)];
    }),
  );

function strictestOf(defaults: NetworkPolicyLevels, own: NetworkPolicyLevels): Required<NetworkPolicyLevels> {
  return {
    ingress: stricter(INGRESS_LEVELS, defaults.ingress, own.ingress),
    egress: stricter(EGRESS_LEVELS, defaults.egress, own.egress),
  };
}

/** @param levels from the loosest to the strictest */
export function stricter<L extends string>(levels: readonly L[], ...asked: readonly (L | undefined)[]): L {
  const places = asked.map((level) => (level === undefined ? 0 : levels.indexOf(level)));
  return levels[Math.max(0, ...places)] as L;
}

function joined(a: Amounts, b: Amounts, both: (a: string, b: string) => string): Record<string, string> {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
  return Object.fromEntries(
    names.map((name) => {
      const [first, second] = [a[name], b[name]];
      if (first === undefined) return [name, second as string];
      return [name, second === undefined ? first : both(first, second)];
    }),
  );
}

const isEmpty = (amounts: Amounts): boolean => Object.keys(amounts).length === 0;
