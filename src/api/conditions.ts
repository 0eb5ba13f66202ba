import { z } from "zod";

/** The conditions that a ProjectGitOps carries, by the rules of kstatus. */
export const CONDITION_TYPES = ["Ready", "Reconciling", "Stalled", "CredentialReady"] as const;
export type ConditionType = (typeof CONDITION_TYPES)[number];

export const TRI_STATE = ["True", "False", "Unknown"] as const;
export type TriState = (typeof TRI_STATE)[number];

/** The standard Kubernetes condition (metav1.Condition). */
export const conditionSchema = z
  .object({
    type: z.string().min(1).max(316).describe("Ready, Reconciling, Stalled or CredentialReady."),
    status: z.enum(TRI_STATE).describe("True, False or Unknown."),
    reason: z
      .string()
      .min(1)
      .max(1024)
      .describe("One word in UpperCamelCase that says why; stable, for programs."),
    message: z
      .string()
      .max(32768)
      .describe("One or two lines for a person: what is so, and what to do about it."),
    lastTransitionTime: z
      .string()
      .meta({ format: "date-time" })
      .describe("When the status of this condition last changed."),
    observedGeneration: z
      .int()
      .min(-1)
      .optional()
      .meta({ format: "int64" })
      .describe("metadata.generation of the spec that this condition speaks of."),
  })
  .describe("One side of the state, in Kubernetes' standard form.");
export type Condition = z.infer<typeof conditionSchema>;
