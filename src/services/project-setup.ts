import { API_VERSION, credentialSecretName, KIND } from "../api/names.ts";
import type { EnvironmentStatus, ProjectGitOps, ProjectGitOpsSpecInput } from "../api/schema.ts";
import type { GitCredential } from "../git/index.ts";

/** Fields as in the spec of a ProjectGitOps (docs/reference.md), with the credential itself in place of a reference. */
export interface ProjectSetup extends Omit<ProjectGitOpsSpecInput, "git"> {
  git: Omit<ProjectGitOpsSpecInput["git"], "credential">;
  /** Absent for a public repository. */
  credential?: GitCredential | undefined;
  /** Of the ProjectGitOps and its credential; default the namespace of the client's context. It must exist. */
  namespace?: string;
  /** Milliseconds to wait; default setup.timeout (10 minutes) and one minute for the rollback. */
  timeoutMs?: number;
  /** Ends the waiting; what is written stays, and the operator goes on. */
  signal?: AbortSignal;
}

export interface SetupResult {
  phase: "COMPLETED";
  /** Name, namespace and, as far as Flux has answered, source and delivery of each environment. */
  environments: EnvironmentStatus[];
}

/** The ProjectGitOps that a call asks for, named as its project. */
export function projectOf(setup: ProjectSetup, namespace: string): ProjectGitOps {
  const { credential, namespace: _, timeoutMs: __, signal: ___, ...spec } = setup;
  const secretRef = { name: credentialSecretName(spec.projectId) };
  const git = { ...spec.git, ...(credential && { credential: { secretRef } }) };
  return {
    apiVersion: API_VERSION,
    kind: KIND,
    metadata: { namespace, name: spec.projectId },
    // The API server fills in the defaults.
    spec: { ...spec, git } as ProjectGitOps["spec"],
  };
}
