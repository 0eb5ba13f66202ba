import { z } from "zod";
import { LABELS, RESERVED_KEYS, RESERVED_PREFIX } from "./names.ts";
import { celString, type Rule, ruled } from "./rules.ts";

const KEY = "^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$";
const LABEL_VALUE = "^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$";
const RESERVED = [...RESERVED_KEYS, "kubernetes.io/metadata.name"];

/** Labels and annotations that people add to an environment's Namespace: Pod Security, mesh, cost. */
export const namespaceMetadataSchema = z.object({
  labels: ruled(
    z.record(z.string(), z.string().max(63)),
    {
      ...wellFormed("label"),
      message: "a label's key must be like name or example.com/name, with at most 63 characters in the name",
    },
    {
      cel: `self.all(k, self[k].matches(${celString(LABEL_VALUE)}))`,
      message: "a label's value must be empty or letters, digits, - _ . with a letter or digit at both ends",
      holds: (map) => Object.values(map).every((value) => new RegExp(LABEL_VALUE).test(value)),
    },
    notReserved(),
  )
    .refine((map) => Object.keys(map).length <= 32, "must have at most 32 labels")
    .meta({ maxProperties: 32 })
    .optional()
    .describe("Labels for the Namespace, such as pod-security.kubernetes.io/enforce: restricted."),
  annotations: ruled(
    z.record(z.string(), z.string().max(4096)),
    {
      ...wellFormed("annotation"),
      message:
        "an annotation's key must be like name or example.com/name, with at most 63 characters in the name",
    },
    notReserved(),
  )
    .refine((map) => Object.keys(map).length <= 32, "must have at most 32 annotations")
    .meta({ maxProperties: 32 })
    .optional()
    .describe("Annotations for the Namespace, such as scheduler.alpha.kubernetes.io/node-selector."),
});

function wellFormed(_what: "label" | "annotation"): Omit<Rule<Record<string, string>>, "message"> {
  return {
    cel: `self.all(k, k.matches(${celString(KEY)}))`,
    holds: (map) => Object.keys(map).every((key) => new RegExp(KEY).test(key)),
  };
}

function notReserved(): Rule<Record<string, string>> {
  const list = RESERVED.map((key) => `'${key}'`).join(", ");
  return {
    cel: `self.all(k, !k.startsWith('${RESERVED_PREFIX}') && !(k in [${list}]))`,
    message: `keys that begin with ${RESERVED_PREFIX}, and ${LABELS.managedBy}, ${LABELS.tenant} and kubernetes.io/metadata.name, are set by the operator: remove them`,
    holds: (map) =>
      Object.keys(map).every((key) => !key.startsWith(RESERVED_PREFIX) && !RESERVED.includes(key)),
  };
}
