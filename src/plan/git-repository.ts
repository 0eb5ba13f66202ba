import { ANNOTATIONS, gitSecretName, repositoryName } from "../api/names.ts";
import type { Manifest } from "./desired.ts";
import { environmentRef } from "./environments.ts";
import { managedMetadata } from "./metadata.ts";
import type { Scope } from "./scope.ts";

/** Flux's source: where the environment's manifests come from. */
export function gitRepository(scope: Scope): Manifest {
  const { project, environment, inputs } = scope;
  const { git, projectId } = project.spec;
  const metadata = managedMetadata(scope, repositoryName(projectId));
  return {
    apiVersion: "source.toolkit.fluxcd.io/v1",
    kind: "GitRepository",
    metadata: {
      ...metadata,
      annotations: {
        ...metadata.annotations,
        ...(inputs.credentialVersion ? { [ANNOTATIONS.credentialVersion]: inputs.credentialVersion } : {}),
      },
    },
    spec: {
      url: inputs.gitUrl,
      ref: environmentRef(project.spec, environment),
      interval: git.interval,
      timeout: "60s",
      ...(git.credential ? { secretRef: { name: gitSecretName(projectId) } } : {}),
      // Flux uses a GitHub App's fields only when it is told that this is GitHub.
      ...(inputs.gitSecret && "githubAppID" in inputs.gitSecret.data ? { provider: "github" } : {}),
      // Rendered only when true, so that `flux suspend` stays.
      ...(environment.suspend || inputs.fluxSuspended ? { suspend: true } : {}),
    },
  };
}
