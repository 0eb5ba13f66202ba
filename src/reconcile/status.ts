import type { ProjectGitOps, ProjectGitOpsStatus } from "../api/schema.ts";
import type { BunK8sClient, CallOptions } from "../kube/index.ts";
import { PROJECTS, projectRef } from "./resources.ts";

/**
 * Writes a status, only if it differs, and only onto the version that it was concluded from.
 * @returns the project as it now is; the same object when there was nothing to write
 * @throws K8sApiError 409 when the project changed meanwhile: then it is judged anew
 */
export async function writeStatus(
  client: BunK8sClient,
  project: ProjectGitOps,
  status: ProjectGitOpsStatus,
  options: CallOptions,
): Promise<ProjectGitOps> {
  const changes = mergePatch(project.status ?? {}, status);
  if (changes === undefined) return project;
  const { uid, resourceVersion } = project.metadata;
  return client.patch(
    PROJECTS,
    projectRef(project),
    { metadata: { uid, resourceVersion }, status: changes },
    {
      ...options,
      type: "merge",
      subresource: "status",
    },
  );
}

/** The JSON merge patch (RFC 7386) from one value to another; undefined when they are equal. */
export function mergePatch(before: unknown, after: unknown): unknown {
  if (Bun.deepEquals(before, after)) return undefined;
  if (!isRecord(before) || !isRecord(after)) return after;
  const patch: Record<string, unknown> = {};
  for (const key of Object.keys(before))
    if (after[key] === undefined && before[key] !== undefined) patch[key] = null;
  for (const [key, value] of Object.entries(after)) {
    const change = value === undefined ? undefined : mergePatch(before[key], value);
    if (change !== undefined) patch[key] = change;
  }
  return Object.keys(patch).length === 0 ? undefined : patch;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === "object" && !Array.isArray(value);
