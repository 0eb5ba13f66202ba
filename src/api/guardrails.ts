import { z } from "zod";
import { canonicalQuantity, compareQuantities, quantity } from "./quantity.ts";
import { type Rule, ruled } from "./rules.ts";

/**
 * What holds an environment within its limits: the objects ResourceQuota, LimitRange and NetworkPolicy in its
 * namespace. The operator's defaults and a project's spec say it in the same form, and the stricter of both holds.
 */

/** What a quota counts beside names with a slash; source: k8s.io/kubernetes, pkg/apis/core/helper, standardQuotaResources. */
const COUNTED = [
  "cpu",
  "memory",
  "ephemeral-storage",
  "requests.cpu",
  "requests.memory",
  "requests.storage",
  "requests.ephemeral-storage",
  "limits.cpu",
  "limits.memory",
  "limits.ephemeral-storage",
  "pods",
  "services",
  "services.nodeports",
  "services.loadbalancers",
  "replicationcontrollers",
  "resourcequotas",
  "secrets",
  "configmaps",
  "persistentvolumeclaims",
];
const MOST_AMOUNTS = 32;
const LIMITED = ["cpu", "memory", "ephemeral-storage", "storage"];

export const resourceQuotaSchema = z.object({
  hard: amounts(
    COUNTED,
    "must be what a ResourceQuota counts, such as requests.cpu, limits.memory, pods, or count/jobs.batch",
  ).describe('The most of each, such as requests.cpu: "4", limits.memory: 16Gi, pods: "50".'),
});
export type ResourceQuotaLimits = z.infer<typeof resourceQuotaSchema>;

const LIMIT_TYPES = ["Container", "Pod", "PersistentVolumeClaim"] as const;
const limited = () =>
  amounts(
    LIMITED,
    "must be what a LimitRange limits: cpu, memory, ephemeral-storage, storage, or a name with /",
  );

export const limitRangeItemSchema = ruled(
  z.object({
    type: z.enum(LIMIT_TYPES).describe("What each of is limited."),
    max: limited().optional().describe("The most that one may ask for or be allowed."),
    min: limited().optional().describe("The least that one may ask for."),
    default: limited().optional().describe("Limits of a container that names none."),
    defaultRequest: limited().optional().describe("Requests of a container that names none."),
  }),
  {
    cel: "self.type == 'Container' || (!has(self.default) && !has(self.defaultRequest))",
    message: "default and defaultRequest are for type Container alone: remove them",
    holds: (item) =>
      item.type === "Container" || (item.default === undefined && item.defaultRequest === undefined),
  },
  {
    cel: "self.type != 'PersistentVolumeClaim' || (has(self.max) && 'storage' in self.max) || (has(self.min) && 'storage' in self.min)",
    message: "type PersistentVolumeClaim needs storage in max or min",
    holds: ({ type, max, min }) =>
      type !== "PersistentVolumeClaim" || max?.["storage"] !== undefined || min?.["storage"] !== undefined,
  },
  {
    // CEL has quantities only since Kubernetes 1.29; the operator says it with the condition Stalled.
    message: "min is more than max: no container could be made",
    holds: ({ max = {}, min = {} }) =>
      Object.entries(min).every(([name, least]) => {
        const most = max[name];
        return most === undefined || compareQuantities(least, most) <= 0;
      }),
  },
);
export type LimitRangeItem = z.infer<typeof limitRangeItemSchema>;

export const limitRangeSchema = z.object({
  limits: ruled(z.array(limitRangeItemSchema).min(1).max(LIMIT_TYPES.length), {
    message: "names a type twice",
    holds: (items) => new Set(items.map(({ type }) => type)).size === items.length,
  })
    .meta({ "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"] })
    .describe("One entry for each type."),
});
export type LimitRangeLimits = z.infer<typeof limitRangeSchema>;

/** From the loosest to the strictest. */
export const INGRESS_LEVELS = ["Allowed", "OtherProjectsDenied", "OtherNamespacesDenied"] as const;
export type IngressLevel = (typeof INGRESS_LEVELS)[number];
export const EGRESS_LEVELS = ["Allowed", "DNSAndGit"] as const;
export type EgressLevel = (typeof EGRESS_LEVELS)[number];

export const networkPolicySchema = z.object({
  ingress: z
    .enum(INGRESS_LEVELS)
    .optional()
    .describe(
      "Who reaches the Pods. OtherProjectsDenied: this project's namespaces, and those of no project, such as an ingress controller's; OtherNamespacesDenied: the environment's own namespace.",
    ),
  egress: z
    .enum(EGRESS_LEVELS)
    .optional()
    .describe(
      "What the Pods reach. DNSAndGit: ports 53, 22, 443 and the one of git.url, and this project's namespaces.",
    ),
});
export type NetworkPolicyLevels = z.infer<typeof networkPolicySchema>;

/** The fields of that name in an environment, and in the operator's defaults. */
export interface Guardrails {
  readonly resourceQuota?: ResourceQuotaLimits | undefined;
  readonly limitRange?: LimitRangeLimits | undefined;
  readonly networkPolicy?: NetworkPolicyLevels | undefined;
}

/** Amounts by name, in the form in which the API server stores them. */
export type Amounts = Readonly<Record<string, string>>;

export const canonicalAmounts = (amounts: Amounts): Record<string, string> =>
  Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [name, canonicalQuantity(amount)]));

function amounts(known: readonly string[], message: string) {
  const rule: Rule<Record<string, string>> = {
    cel: `self.all(k, k.contains('/') || k in [${known.map((name) => `'${name}'`).join(", ")}])`,
    message,
    holds: (map) => Object.keys(map).every((name) => name.includes("/") || known.includes(name)),
  };
  return ruled(z.record(z.string(), quantity()), rule)
    .refine((map) => Object.keys(map).length <= MOST_AMOUNTS, `must have at most ${MOST_AMOUNTS} entries`)
    .meta({ maxProperties: MOST_AMOUNTS });
}
