import {
  type Amounts,
  EGRESS_LEVELS,
  type Guardrails,
  INGRESS_LEVELS,
  type LimitRangeItem,
} from "../api/guardrails.ts";
import {
  isPodSecurityLevel,
  POD_SECURITY_LEVELS,
  POD_SECURITY_MODES,
  podSecurityLabel,
  podSecurityVersionLabel,
} from "../api/pod-security.ts";
import { compareQuantities } from "../api/quantity.ts";

/** Something that a spec asks for and does not get, for the operator's defaults are stricter. */
export interface Beyond {
  /** Inside the environment, such as resourceQuota, hard, pods. */
  readonly path: readonly (string | number)[];
  readonly asked: string;
  /** What holds in its place; absent: nothing does. */
  readonly held?: string;
}

type Labels = Readonly<Record<string, string>>;

/**
 * @param own an environment of the spec
 * @param held what holds, by the plan or by the objects that are there
 * @param labels those of the Namespace
 */
export function beyond(
  own: Guardrails & { metadata?: { labels?: Labels | undefined } | undefined },
  held: Guardrails,
  labels: Labels,
): Beyond[] {
  return [
    ...amountsBeyond(["resourceQuota", "hard"], own.resourceQuota?.hard, held.resourceQuota?.hard, isLess),
    ...(own.limitRange?.limits ?? []).flatMap((item, at) => itemBeyond(at, item, held)),
    ...levelBeyond("ingress", INGRESS_LEVELS, own, held),
    ...levelBeyond("egress", EGRESS_LEVELS, own, held),
    ...labelsBeyond(own.metadata?.labels ?? {}, labels),
  ];
}

/** `resourceQuota.hard.pods: 500 asked, 50 holds` */
export const beyondText = ({ path, asked, held }: Beyond): string =>
  `${path.join(".")}: ${asked} asked, ${held ?? "the latest"} holds`;

type Compares = (held: string, asked: string) => boolean;
const isLess: Compares = (held, asked) => compareQuantities(held, asked) < 0;
const isMore: Compares = (held, asked) => compareQuantities(held, asked) > 0;
const isOther: Compares = (held, asked) => compareQuantities(held, asked) !== 0;

function itemBeyond(at: number, item: LimitRangeItem, { limitRange }: Guardrails): Beyond[] {
  const held = limitRange?.limits.find(({ type }) => type === item.type);
  const of = (field: "max" | "min" | "default" | "defaultRequest", compares: Compares) =>
    amountsBeyond(["limitRange", "limits", at, field], item[field], held?.[field], compares);
  return [
    ...of("max", isLess),
    ...of("min", isMore),
    ...of("default", isOther),
    ...of("defaultRequest", isOther),
  ];
}

const amountsBeyond = (
  path: Beyond["path"],
  own: Amounts = {},
  held: Amounts = {},
  compares: Compares,
): Beyond[] =>
  Object.entries(own).flatMap(([name, asked]) => {
    const holds = held[name];
    return holds !== undefined && compares(holds, asked)
      ? [{ path: [...path, name], asked, held: holds }]
      : [];
  });

function levelBeyond(
  direction: "ingress" | "egress",
  levels: readonly string[],
  own: Guardrails,
  held: Guardrails,
): Beyond[] {
  const asked = own.networkPolicy?.[direction];
  const holds = held.networkPolicy?.[direction];
  if (asked === undefined || holds === undefined) return [];
  return levels.indexOf(holds) > levels.indexOf(asked)
    ? [{ path: ["networkPolicy", direction], asked, held: holds }]
    : [];
}

const labelsBeyond = (own: Labels, held: Labels): Beyond[] =>
  POD_SECURITY_MODES.flatMap((mode) => {
    const [label, version] = [podSecurityLabel(mode), podSecurityVersionLabel(mode)];
    const [asked, holds, pinned] = [own[label], held[label], own[version]];
    const found: Beyond[] = [];
    if (asked !== undefined && holds !== undefined && isLooser(asked, holds))
      found.push({ path: ["metadata", "labels", label], asked, held: holds });
    if (pinned !== undefined && pinned !== "latest" && held[version] === undefined)
      found.push({ path: ["metadata", "labels", version], asked: pinned });
    return found;
  });

const isLooser = (asked: string, held: string): boolean =>
  isPodSecurityLevel(asked) &&
  isPodSecurityLevel(held) &&
  POD_SECURITY_LEVELS.indexOf(asked) < POD_SECURITY_LEVELS.indexOf(held);
