import type { GitSecretPayload, ImagePullPayload } from "../api/credential.ts";
import type { EnvironmentDefaults } from "../api/environment-defaults.ts";
import type { Environment, ProjectGitOps } from "../api/schema.ts";

/** What the plan needs beside the spec: read by the reconciler, handed in as data. */
export interface PlanInputs {
  /** Normalised to what Flux accepts. */
  readonly gitUrl: string;
  /** Absent for a public repository, and while the referenced Secret cannot be used. */
  readonly gitSecret?: GitSecretPayload;
  /** By name; a pull Secret that cannot be read is missing here and left as it is. */
  readonly pullSecrets: Readonly<Record<string, ImagePullPayload>>;
  /** Version of the Secret that the credential came from; a new one makes Flux fetch again at once. */
  readonly credentialVersion?: string;
  /** The project has failed for longer than its failurePolicy allows: its Flux objects rest until something changes. */
  readonly fluxSuspended?: boolean;
  /** ClusterRole that every deployer is bound to. */
  readonly deployerClusterRole: string;
  /** --environment-defaults: what holds for every environment; absent: nothing. */
  readonly environmentDefaults?: EnvironmentDefaults;
}

/** One environment of one project: what every builder of objects gets. */
export interface Scope {
  readonly project: ProjectGitOps;
  readonly environment: Environment;
  readonly inputs: PlanInputs;
}
