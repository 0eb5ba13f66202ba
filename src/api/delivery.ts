import { z } from "zod";
import { LIST_MAP_BY_NAME, objectName, secretRef, word } from "./fields.ts";
import { matches, matchesNot, ruled } from "./rules.ts";

/** What the options of Flux's Kustomization and HelmRelease look like here. */

const VARIABLE = "^[_a-zA-Z][_a-zA-Z0-9]*$";
/** Variables that the operator sets itself when postBuild is on. */
export const OWN_VARIABLES = ["project", "environment"] as const;

const sourceOfValues = z.object({
  kind: z.enum(["ConfigMap", "Secret"]).describe("ConfigMap or Secret."),
  name: objectName("ConfigMap or Secret").describe("Its name, in the environment's namespace."),
  optional: z.boolean().optional().describe("True: go on without it where it is missing."),
});

export const postBuildSchema = z.object({
  substitute: ruled(
    z.record(z.string(), z.string().max(4096)),
    {
      cel: `self.all(k, k.matches(r'${VARIABLE}'))`,
      message: "a variable's name must begin with a letter or _ and go on with letters, digits and _",
      holds: (map) => Object.keys(map).every((key) => new RegExp(VARIABLE).test(key)),
    },
    {
      cel: "!self.exists(k, k in ['project', 'environment'])",
      message: "project and environment are set by the operator: remove them or choose other names",
      holds: (map) => !OWN_VARIABLES.some((key) => Object.hasOwn(map, key)),
    },
  )
    .refine((map) => Object.keys(map).length <= 64, "must have at most 64 variables")
    .meta({ maxProperties: 64 })
    .optional()
    .describe("Variables and their values, beside project and environment."),
  substituteFrom: z
    .array(sourceOfValues)
    .max(16)
    .meta({ "x-kubernetes-list-type": "atomic" })
    .optional()
    .describe("ConfigMaps and Secrets of the environment's namespace whose keys are variables."),
});

export const patchSchema = z.object({
  patch: z
    .string()
    .min(1)
    .max(16384)
    .describe("A strategic merge patch, or a JSON 6902 patch with a target, as YAML."),
  target: z
    .object({
      group: z.string().max(253).optional().describe("API group, as an expression."),
      version: z.string().max(63).optional().describe("API version, as an expression."),
      kind: z.string().max(63).optional().describe("Kind, as an expression."),
      name: z.string().max(253).optional().describe("Name, as an expression."),
      namespace: z.string().max(63).optional().describe("Namespace, as an expression."),
      labelSelector: z.string().max(1024).optional().describe("Label selector, such as app=web."),
      annotationSelector: z.string().max(1024).optional().describe("Annotation selector."),
    })
    .optional()
    .describe("Which objects the patch is for."),
});

export const imageSchema = ruled(
  z.object({
    name: word(512, "the name of an image").describe("Image as it stands in the manifests, without tag."),
    newName: word(512, "the name of an image").optional().describe("Image to take instead."),
    newTag: word(128, "a tag").optional().describe("Tag to take instead."),
    digest: ruled(
      z.string().max(128),
      matches("^sha256:[0-9a-f]{64}$", "must be sha256: and 64 characters 0-9 a-f"),
    )
      .optional()
      .describe("Digest to take instead of a tag."),
  }),
  {
    cel: "!(has(self.newTag) && has(self.digest))",
    message: "newTag and digest exclude each other: remove one",
    holds: (image) => image.newTag === undefined || image.digest === undefined,
  },
);

export const decryptionSchema = z.object({
  provider: z.enum(["sops"]).describe("What the manifests are encrypted with: sops."),
  secretRef: secretRef(
    "Secret with the keys, in the environment's namespace; the operator neither makes nor copies it.",
  ).optional(),
});

export const healthCheckSchema = z.object({
  apiVersion: word(253, "an API version").describe("API version, such as apps/v1."),
  kind: word(63, "a kind").describe("Kind, such as Deployment."),
  name: objectName("object").describe("Name, in the environment's namespace."),
});

export const relativePath = (what: string) =>
  ruled(
    z.string().min(1).max(512),
    matchesNot("(^|/)[.][.](/|$)", `must not leave the repository: write ${what} without ..`),
    matches("^[^\\x00-\\x1f\\x7f]+$", "must not contain control characters"),
  );

export const helmSchema = z.object({
  chart: relativePath("the chart's folder").describe(
    "Folder of the chart in the repository, such as ./charts/shop.",
  ),
  values: z
    .record(z.string(), z.unknown())
    .meta({ "x-kubernetes-preserve-unknown-fields": true })
    .optional()
    .describe("Values for the chart; they win over valuesFrom."),
  valuesFrom: z
    .array(
      sourceOfValues.extend({
        valuesKey: word(253, "a key").optional().describe("Key with the values; default values.yaml."),
        targetPath: z
          .string()
          .min(1)
          .max(250)
          .optional()
          .describe("Place in the values for a single value, such as db.password."),
      }),
    )
    .max(16)
    .meta({ "x-kubernetes-list-type": "atomic" })
    .optional()
    .describe("ConfigMaps and Secrets of the environment's namespace that hold values, later ones winning."),
});

export const deliverySchema = z.object({
  helm: helmSchema.describe("Deploys a Helm chart of the repository by a HelmRelease."),
});

export const patchesSchema = z.array(patchSchema).max(32).meta({ "x-kubernetes-list-type": "atomic" });
export const imagesSchema = z.array(imageSchema).max(32).meta(LIST_MAP_BY_NAME);
export const healthChecksSchema = z
  .array(healthCheckSchema)
  .max(32)
  .meta({ "x-kubernetes-list-type": "atomic" });

export type PostBuild = z.infer<typeof postBuildSchema>;
export type HelmDelivery = z.infer<typeof helmSchema>;
