import { credentialSecretOf } from "../api/credential.ts";
import type { ProjectGitOps } from "../api/schema.ts";
import { expiryOf } from "../git/index.ts";
import type { Projects, Secrets } from "../reconcile/index.ts";
import type { ProjectInfo } from "./metrics.ts";

/** What project_info shows: one row for each project that was read. */
export function projectInfos(projects: Projects, secrets: Secrets): ProjectInfo[] {
  return projects.keys().flatMap((key) => {
    const project = projects.get(key);
    if (project === undefined) return [];
    const { metadata, spec, status } = project;
    const expiry = expiryOfCredential(project, secrets);
    return [
      {
        namespace: metadata.namespace,
        name: metadata.name,
        project: spec?.projectId ?? "",
        phase: status?.phase ?? "",
        ready: status?.conditions?.find(({ type }) => type === "Ready")?.status ?? "Unknown",
        suspended: spec?.suspend === true,
        ...(expiry === undefined ? {} : { credentialExpiry: expiry / 1000 }),
      },
    ];
  });
}

/** From the status where the operator makes the credential, else as the Secret itself says. */
function expiryOfCredential({ metadata, spec, status }: ProjectGitOps, secrets: Secrets): number | undefined {
  const generated = status?.credential?.expiresAt;
  if (generated !== undefined) return Date.parse(generated);
  const name = spec?.git === undefined ? undefined : credentialSecretOf(spec);
  const secret = name === undefined ? undefined : secrets.lastRead(metadata.namespace, name);
  const expiry = secret && expiryOf(secret);
  return expiry?.kind === "at" ? expiry.time : undefined;
}
