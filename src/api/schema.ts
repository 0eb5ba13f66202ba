import type { ObjectMeta } from "kubernetes-types/meta/v1";
import { z } from "zod";
import { API_VERSION, KIND } from "./names.ts";
import { inOurWords, type Problem, problemsOf } from "./problems.ts";
import { type ProjectGitOpsSpec, specSchema } from "./spec.ts";
import { type ProjectGitOpsStatus, statusSchema } from "./status.ts";

export type { Condition, ConditionType, TriState } from "./conditions.ts";
export type { HelmDelivery, PostBuild } from "./delivery.ts";
export type { DeletionPolicy, Environment } from "./environment.ts";
export type { GitRef, GitSpec } from "./git-spec.ts";
export type { Phase, SetupPhase } from "./phases.ts";
export type { Problem } from "./problems.ts";
export type { Reason } from "./reasons.ts";
export type { ProjectGitOpsSpec, ProjectGitOpsSpecInput } from "./spec.ts";
export type {
  CredentialStatus,
  EnvironmentStatus,
  FluxHealth,
  InventoryEntry,
  ProjectGitOpsStatus,
  SetupStatus,
  Suspension,
} from "./status.ts";

/** One project: the source of the TypeScript types and, by `npm run generate`, of the CRD. */
export const projectSchema = z
  .object({ spec: specSchema.describe("What the project should be."), status: statusSchema.optional() })
  .describe(
    "A project on Flux: for each environment a namespace, the git credential, a deployer identity and the Flux objects that deploy from git.",
  );

export interface ProjectGitOps {
  apiVersion: typeof API_VERSION;
  kind: typeof KIND;
  metadata: ObjectMeta & { name: string; namespace: string };
  spec: ProjectGitOpsSpec;
  status?: ProjectGitOpsStatus;
}

export type ParsedProject = { ok: true; project: ProjectGitOps } | { ok: false; problems: Problem[] };

/**
 * Checks an object as the API server gives it, fills in defaults, and drops what the schema does not know. Admission
 * refuses most of this already; objects written before an upgrade, and manifests that were not sent yet, come here
 * unchecked. A status field that cannot be read is left out, never a reason to refuse the object.
 */
export function parseProject(value: unknown): ParsedProject {
  const head = headSchema.safeParse(value, { error: inOurWords });
  if (!head.success) return { ok: false, problems: problemsOf(head.error) };
  const spec = specSchema.safeParse(head.data.spec, { error: inOurWords });
  if (!spec.success) return { ok: false, problems: problemsOf(spec.error, ["spec"]) };
  const status = readStatus(head.data.status);
  const project: ProjectGitOps = {
    apiVersion: API_VERSION,
    kind: KIND,
    metadata: head.data.metadata as ProjectGitOps["metadata"],
    spec: spec.data,
    ...(status ? { status } : {}),
  };
  return { ok: true, project };
}

const headSchema = z.object({
  apiVersion: z.literal(API_VERSION, `must be ${API_VERSION}`),
  kind: z.literal(KIND, `must be ${KIND}`),
  metadata: z.looseObject({ name: z.string(), namespace: z.string() }),
  spec: z.unknown().optional(),
  status: z.unknown().optional(),
});

function readStatus(value: unknown): ProjectGitOpsStatus | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const readable = Object.entries(value).filter(([key, field]) => {
    const schema = (statusSchema.shape as Record<string, z.ZodType | undefined>)[key];
    return schema?.safeParse(field).success;
  });
  return statusSchema.parse(Object.fromEntries(readable));
}
