import { NO_DEFAULTS } from "../api/environment-defaults.ts";
import { gitHostOf, parseGitUrl } from "../api/git-url.ts";
import { ANNOTATIONS } from "../api/names.ts";
import type { Manifest } from "./desired.ts";
import { environmentDeletionPolicy, environmentNamespace } from "./environments.ts";
import { managedMetadata, tenantLabel } from "./metadata.ts";
import { withPodSecurity } from "./pod-security.ts";
import type { Scope } from "./scope.ts";

/**
 * The environment's Namespace. It carries the policy and the protection itself, because an
 * environment that has left the spec can be asked nowhere else.
 */
export function namespace(scope: Scope): Manifest {
  const { environment, project, inputs } = scope;
  const { labels, annotations } = managedMetadata(scope, environmentNamespace(project.spec, environment));
  const own = withPodSecurity(environment.metadata?.labels ?? {}, inputs.environmentDefaults ?? NO_DEFAULTS);
  return {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: {
      name: environmentNamespace(project.spec, environment),
      labels: { ...own, ...labels, ...tenantLabel(scope) },
      annotations: {
        ...environment.metadata?.annotations,
        ...annotations,
        [ANNOTATIONS.protected]: String(environment.protected ?? false),
        [ANNOTATIONS.deletionPolicy]: environmentDeletionPolicy(project.spec, environment),
        ...gitHost(scope),
      },
    },
  };
}

/** Where the copy of the credential may go; a change of it needs the Secret's word (rule 10). */
function gitHost({ project, inputs }: Scope): Record<string, string> {
  const url = parseGitUrl(inputs.gitUrl);
  if (project.spec.git.credential === undefined || url.kind !== "ok") return {};
  return { [ANNOTATIONS.gitHost]: gitHostOf(url) };
}
