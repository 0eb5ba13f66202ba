import type { Projects } from "../reconcile/index.ts";
import type { ProjectInfo } from "./metrics.ts";

/** What project_info shows: one row for each project that was read. */
export function projectInfos(projects: Projects): ProjectInfo[] {
  return projects.keys().flatMap((key) => {
    const project = projects.get(key);
    if (project === undefined) return [];
    const { metadata, spec, status } = project;
    const expiresAt = status?.credential?.expiresAt;
    return [
      {
        namespace: metadata.namespace,
        name: metadata.name,
        project: spec?.projectId ?? "",
        phase: status?.phase ?? "",
        ready: status?.conditions?.find(({ type }) => type === "Ready")?.status ?? "Unknown",
        suspended: spec?.suspend === true,
        ...(expiresAt ? { credentialExpiry: Date.parse(expiresAt) / 1000 } : {}),
      },
    ];
  });
}
