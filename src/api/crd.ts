import { z } from "zod";
import { GROUP, KIND, PLURAL, VERSION } from "./names.ts";
import { projectSchema } from "./schema.ts";
import { structural } from "./structural.ts";

/** Name of the CustomResourceDefinition, and of its file in crds/. */
export const CRD_NAME = `${PLURAL}.${GROUP}`;

/** The CustomResourceDefinition that the zod schema describes; pure. */
export function customResourceDefinition() {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: CRD_NAME,
      annotations: {
        // Removing the operator never removes workloads (DESIGN rule 9): neither Helm nor Flux may take this away.
        "helm.sh/resource-policy": "keep",
        "kustomize.toolkit.fluxcd.io/prune": "disabled",
        // Descriptions below may hold ${…}, which Flux's postBuild would empty.
        "kustomize.toolkit.fluxcd.io/substitute": "disabled",
      },
      labels: { "app.kubernetes.io/name": "projectgitops", "app.kubernetes.io/part-of": "projectgitops" },
    },
    spec: {
      group: GROUP,
      scope: "Namespaced",
      names: {
        kind: KIND,
        listKind: `${KIND}List`,
        plural: PLURAL,
        singular: PLURAL,
        shortNames: ["pgops"],
        categories: ["all", "fluxcd"],
      },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: PRINTER_COLUMNS,
          schema: { openAPIV3Schema: rootSchema() },
        },
      ],
    },
  };
}

// A column prints the first value of a list alone, so Environments is a text of the status.
const PRINTER_COLUMNS = [
  { name: "Project", type: "string", jsonPath: ".spec.projectId" },
  { name: "Phase", type: "string", jsonPath: ".status.phase" },
  { name: "Ready", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
  { name: "Status", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].message' },
  { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
  { name: "Environments", type: "string", jsonPath: ".status.environmentsReady", priority: 1 },
];

function rootSchema() {
  const made = z.toJSONSchema(projectSchema, { io: "input", target: "openapi-3.0" });
  const { spec, status } = (made.properties ?? {}) as Record<string, object>;
  return structural({
    description: made.description,
    type: "object",
    required: ["spec"],
    properties: {
      apiVersion: {
        type: "string",
        description: "Version of this form of the object: projectgitops.dev/v1alpha1.",
      },
      kind: { type: "string", description: "ProjectGitOps." },
      metadata: { type: "object" },
      spec,
      // A new object counts as in progress until the operator has seen it (kstatus).
      status: { ...status, default: { observedGeneration: -1 } },
    },
  });
}
