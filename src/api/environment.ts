import { z } from "zod";
import {
  decryptionSchema,
  deliverySchema,
  healthChecksSchema,
  imagesSchema,
  patchesSchema,
  postBuildSchema,
  relativePath,
} from "./delivery.ts";
import { duration } from "./duration.ts";
import { DNS_LABEL, LIST_MAP_BY_NAME, objectName } from "./fields.ts";
import { gitRefSchema } from "./git-spec.ts";
import { limitRangeSchema, networkPolicySchema, resourceQuotaSchema } from "./guardrails.ts";
import { namespaceMetadataSchema } from "./metadata.ts";
import { matches, matchesNot, ruled } from "./rules.ts";

export const DELETION_POLICIES = ["Delete", "Orphan"] as const;
export type DeletionPolicy = (typeof DELETION_POLICIES)[number];

const ENVIRONMENT_NAME = "^[a-z]([-a-z0-9]{0,12}[a-z0-9])?$";
/** Options that only a Kustomization knows. */
const KUSTOMIZATION_ONLY = [
  "path",
  "postBuild",
  "patches",
  "images",
  "decryption",
  "healthChecks",
  "retryInterval",
  "force",
] as const;

export const environmentNameSchema = ruled(
  z.string().min(1).max(14),
  matches(
    ENVIRONMENT_NAME,
    "must be 1 to 14 lower-case letters, digits and -, beginning with a letter and not ending with -",
  ),
);

export const environmentSchema = ruled(
  z.object({
    name: environmentNameSchema.describe(
      "Name of the environment, such as development; at most 14 characters.",
    ),
    ref: gitRefSchema
      .optional()
      .describe("Another ref than the project's, such as a tag for production; at most one of its fields."),
    namespace: ruled(
      z.string().min(1).max(63),
      matches(DNS_LABEL, "must be the name of a namespace: lower-case letters, digits and -"),
      matchesNot(
        "^(kube-.*|default|flux-system|projectgitops-system)$",
        "is a namespace of the cluster itself: choose another, or leave it out",
      ),
    )
      .optional()
      .describe(
        "Namespace to use instead of project-{projectId}-{name}. It must carry the label projectgitops.dev/adopt: {projectId}, which an administrator sets. Cannot be changed.",
      ),
    metadata: namespaceMetadataSchema.optional().describe("Labels and annotations for the Namespace."),
    targetNamespace: z
      .boolean()
      .default(true)
      .describe(
        "True: everything is deployed into this environment's namespace. False: Flux leaves namespaces in the manifests alone.",
      ),
    path: relativePath("a folder of the repository")
      .optional()
      .describe("Folder in the repository to deploy. Default ./k8s/overlays/{name}."),
    interval: duration().default("5m").describe("How often Flux applies again, such as 5m; at least 10s."),
    retryInterval: duration()
      .optional()
      .describe("How soon Flux tries again after a failure. Default: the interval."),
    timeout: duration()
      .default("3m")
      .describe("How long Flux waits for one apply and its health checks; at least 10s."),
    prune: z.boolean().default(true).describe("True: Flux deletes what is no longer in the repository."),
    wait: z
      .boolean()
      .optional()
      .describe(
        "True: Ready waits until everything that was applied is healthy. Default true, or false where healthChecks are given.",
      ),
    healthChecks: healthChecksSchema
      .optional()
      .describe("Objects to wait for instead of everything, in the environment's namespace."),
    dependsOn: ruled(z.array(environmentNameSchema).max(19), {
      message: "names an environment twice",
      holds: (names) => new Set(names).size === names.length,
    })
      .meta({ "x-kubernetes-list-type": "set" })
      .optional()
      .describe(
        "Environments of this project that must be Ready before this one is applied, such as staging. Each fetches for itself, so a push may reach this one first while the others are Ready: give it a tag or semver to promote.",
      ),
    force: z
      .boolean()
      .default(false)
      .describe(
        "True: Flux deletes and creates anew what cannot be changed in place, such as a Job. Loses data where that holds data.",
      ),
    postBuild: postBuildSchema
      .optional()
      .describe(
        "Where given, even empty, Flux replaces the variables project and environment, and those named here, in the manifests. Every other one without a default stops the deployment (Flux before 2.9 empties it), a second $ before it keeps it. Absent: manifests stay as they are.",
      ),
    patches: patchesSchema.optional().describe("Kustomize patches over the manifests."),
    images: imagesSchema.optional().describe("Other names, tags or digests for images in the manifests."),
    decryption: decryptionSchema.optional().describe("How Flux decrypts Secrets in the repository."),
    delivery: deliverySchema
      .optional()
      .describe("Another way of delivery than a Kustomization over the folder path."),
    suspend: z.boolean().default(false).describe("True: Flux leaves this environment as it is."),
    imagePullSecrets: z
      .array(z.object({ name: objectName("Secret").describe("Name of the Secret.") }))
      .max(8)
      .meta(LIST_MAP_BY_NAME)
      .optional()
      .describe(
        "Secrets for container registries, copied from the namespace of this object; types kubernetes.io/dockerconfigjson and kubernetes.io/dockercfg.",
      ),
    resourceQuota: resourceQuotaSchema
      .optional()
      .describe(
        "A ResourceQuota for the namespace. Where the operator's defaults have one too, the lesser amount holds, resource by resource.",
      ),
    limitRange: limitRangeSchema
      .optional()
      .describe(
        "A LimitRange for the namespace. Where the operator's defaults have one too, amounts are kept within its min and max.",
      ),
    networkPolicy: networkPolicySchema
      .optional()
      .describe(
        "A NetworkPolicy for all Pods of the namespace. Where the operator's defaults have one too, the stricter holds.",
      ),
    deletionPolicy: z
      .enum(DELETION_POLICIES)
      .optional()
      .describe(
        "What happens when the environment goes: Delete removes all, Orphan leaves all in place. Default: the project's.",
      ),
    protected: z
      .boolean()
      .default(false)
      .describe(
        "True: removal waits until this object carries the annotation projectgitops.dev/confirm-delete with the namespace's name.",
      ),
  }),
  {
    // namespace is a reserved word of CEL: unescaped, its length is unknown and the rule breaks the cost budget.
    cel: "has(self.__namespace__) == has(oldSelf.__namespace__) && (!has(self.__namespace__) || self.__namespace__ == oldSelf.__namespace__)",
    message: "cannot be changed, added or removed: remove the environment and add it under another name",
    fieldPath: ".namespace",
  },
  {
    cel: "!has(self.healthChecks) || !has(self.wait) || !self.wait",
    message: "wait: true makes Flux ignore healthChecks: remove one of the two",
    holds: ({ healthChecks, wait }) => healthChecks === undefined || wait !== true,
  },
  {
    cel: `!has(self.delivery) || !(${KUSTOMIZATION_ONLY.map((field) => (field === "force" ? "self.force" : `has(self.${field})`)).join(" || ")})`,
    message: `delivery.helm stands in place of a Kustomization: remove ${KUSTOMIZATION_ONLY.join(", ")}`,
    holds: (environment) =>
      environment.delivery === undefined ||
      KUSTOMIZATION_ONLY.every((field) => environment[field] === undefined || environment[field] === false),
  },
);
export type Environment = z.infer<typeof environmentSchema>;
