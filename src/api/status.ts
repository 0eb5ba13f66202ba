import { z } from "zod";
import { conditionSchema, TRI_STATE } from "./conditions.ts";
import { CREDENTIAL_KINDS, PROVIDERS } from "./generate.ts";
import { PHASES } from "./phases.ts";

const text = (max: number) => z.string().max(max);
const time = () => z.string().meta({ format: "date-time" });
const int64 = () => z.int().meta({ format: "int64" });

export const fluxHealthSchema = z.object({
  ready: z
    .enum(TRI_STATE)
    .describe("Ready of the Flux object; Unknown while it has not answered for this spec."),
  reason: text(1024).describe("Flux's reason, such as Succeeded or GitOperationFailed."),
  message: text(4096).describe("Flux's message, without the temporary paths that change with each try."),
  revision: text(512)
    .optional()
    .describe("Revision that was fetched or applied last, such as main@sha1:1f3c9ab…"),
  suspended: z
    .boolean()
    .optional()
    .describe("True while the Flux object is suspended; it is then not waited for."),
});
export type FluxHealth = z.infer<typeof fluxHealthSchema>;

export const environmentStatusSchema = z.object({
  name: text(63).describe("Name of the environment."),
  namespace: text(63).describe("Namespace that was made or adopted for it."),
  source: fluxHealthSchema.optional().describe("State of its GitRepository."),
  delivery: fluxHealthSchema.optional().describe("State of its Kustomization or HelmRelease."),
});
export type EnvironmentStatus = z.infer<typeof environmentStatusSchema>;

export const inventoryEntrySchema = z.object({
  id: text(512).describe("namespace_name_group_kind of a managed object; the group is empty for core kinds."),
  v: text(64).describe("API version of that object, such as v1."),
});
export type InventoryEntry = z.infer<typeof inventoryEntrySchema>;

export const setupStatusSchema = z.object({
  uid: text(64).optional().describe("metadata.uid of the ProjectGitOps that this set-up belongs to."),
  attempt: z.int().min(0).meta({ format: "int32" }).optional().describe("Number of this attempt, from 1."),
  generation: int64().optional().describe("metadata.generation that this attempt began with."),
  startedAt: time().optional().describe("Start of this attempt; setup.timeout counts from here."),
  phases: z
    .array(
      z.object({
        name: z.enum(PHASES).describe("Phase that was entered."),
        startedAt: time().describe("When it was entered."),
      }),
    )
    .max(16)
    .meta({ "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"] })
    .optional()
    .describe("When each phase of this attempt began."),
  outcome: z
    .enum(["RollingBack", "Failed"])
    .optional()
    .describe(
      "Absent while the set-up runs or has completed; RollingBack while what it made is removed; Failed at the end of that.",
    ),
  cause: z
    .object({
      reason: text(1024).describe("Reason of the first failure, such as QuotaExceeded."),
      message: text(4096).describe("Message of the first failure: object, the server's answer, next step."),
      object: text(512).optional().describe("Object that failed first, as Kind namespace/name."),
      at: time().optional().describe("When it failed first."),
    })
    .optional()
    .describe("First cause of the failure; later symptoms do not replace it."),
  credentialVersion: text(64)
    .optional()
    .describe("resourceVersion of the credential's Secret in this attempt; another one ends Failed."),
  handledReconcileAt: text(64)
    .optional()
    .describe("reconcile.fluxcd.io/requestedAt as it was in this attempt; another one ends Failed."),
});
export type SetupStatus = z.infer<typeof setupStatusSchema>;

export const suspensionSchema = z.object({
  since: time().describe("When the Flux objects were suspended."),
  message: text(4096).describe("What had failed until then."),
  generation: int64().describe("metadata.generation that failed; another one resumes."),
  credentialVersion: text(64)
    .optional()
    .describe("resourceVersion of the credential's Secret that failed; another one resumes."),
  requestedAt: text(64)
    .optional()
    .describe("reconcile.fluxcd.io/requestedAt as it was; another one resumes."),
});
export type Suspension = z.infer<typeof suspensionSchema>;

export const credentialStatusSchema = z.object({
  kind: z.enum(CREDENTIAL_KINDS).describe("deployKey or accessToken."),
  provider: z.enum(PROVIDERS).describe("What runs at the git host."),
  secretName: text(253).describe("Secret in this namespace that keeps it."),
  title: text(512).describe("Its title at the git host."),
  url: text(1024).optional().describe("Where it is found in the host's pages."),
  fingerprint: text(128).optional().describe("Of a deploy key, as ssh-keygen -l shows it."),
  lastRotated: time().optional().describe("Since when it is in force."),
  nextRotation: time().optional().describe("When it is replaced."),
  expiresAt: time().optional().describe("When it ends by itself."),
  failure: z
    .object({
      reason: text(1024).describe("Why the last step of its life did not succeed, such as HostUnauthorized."),
      message: text(4096).describe("The host's answer, and what to do."),
      since: time().describe("When that began."),
      retryAt: time().describe("Not tried again before; a rotate annotation does not wait."),
    })
    .optional()
    .describe("Set while a rotation or revocation does not succeed."),
});
export type CredentialStatus = z.infer<typeof credentialStatusSchema>;

export const statusSchema = z
  .object({
    observedGeneration: z
      .int()
      .min(-1)
      .meta({ format: "int64" })
      .optional()
      .describe(
        "metadata.generation that this status speaks of; -1 before the operator has seen the object.",
      ),
    phase: z
      .enum(PHASES)
      .optional()
      .describe("Where the project stands; output only, derived anew on every pass."),
    message: text(4096).optional().describe("One line for a person."),
    environmentsReady: text(16)
      .optional()
      .describe("Environments whose source and delivery are Ready, of all, such as 2/3."),
    completedAt: time()
      .optional()
      .describe("First time that the project was COMPLETED; from then on nothing is rolled back."),
    setup: setupStatusSchema.optional().describe("The first set-up, or the latest attempt at it."),
    credential: credentialStatusSchema
      .optional()
      .describe("The git credential of the operator's own making (spec.git.credential.generate)."),
    suspension: suspensionSchema
      .optional()
      .describe("Set while failurePolicy.suspendAfter keeps the Flux objects suspended; any change ends it."),
    lastHandledReconcileAt: text(64)
      .optional()
      .describe("Value of the annotation reconcile.fluxcd.io/requestedAt that was handled last."),
    conditions: z
      .array(conditionSchema)
      .max(16)
      .meta({ "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"] })
      .optional()
      .describe(
        "Ready, Reconciling and Stalled by the rules of kstatus, for kubectl wait and Flux's health checks; CredentialReady where the operator makes the credential.",
      ),
    environments: z
      .array(environmentStatusSchema)
      .max(64)
      .meta({ "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"] })
      .optional()
      .describe("What Flux says of each environment."),
    inventory: z
      .object({
        entries: z
          .array(inventoryEntrySchema)
          .max(1024)
          .meta({ "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["id"] })
          .describe("The managed objects."),
      })
      .optional()
      .describe("Every object that is managed for this project, in the form of Flux's own inventories."),
  })
  .describe("What the operator has seen and done; written by the operator alone.");
export type ProjectGitOpsStatus = z.infer<typeof statusSchema>;
