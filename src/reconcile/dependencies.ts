import type { Milliseconds } from "../api/duration.ts";
import type { EnvironmentDefaults } from "../api/environment-defaults.ts";
import type { BunK8sClient } from "../kube/index.ts";
import type { GitHosts } from "./credential/hosts.ts";
import type { DriftLog } from "./drift-log.ts";
import type { HoldingNamespaces } from "./holding-namespaces.ts";
import type { Projects } from "./projects.ts";
import type { Secrets } from "./secrets.ts";
import type { World } from "./world.ts";

/** What every pass shares with the process around it. */
export interface Dependencies {
  readonly client: BunK8sClient;
  readonly world: World;
  readonly projects: Projects;
  readonly secrets: Secrets;
  readonly drift: DriftLog;
  readonly holding: HoldingNamespaces;
  readonly hosts: GitHosts;
  readonly settings: {
    readonly deployerClusterRole: string;
    /** What holds for every environment, unless its spec asks for something stricter. */
    readonly environmentDefaults: EnvironmentDefaults;
    /** Hosts that repositories may be on; absent: any. */
    readonly gitHosts?: readonly string[];
    /** What no annotation allows is not allowed. */
    readonly strictTenancy: boolean;
    /** Name under which events are reported, such as the Pod's. */
    readonly instance: string;
  };
  /** Milliseconds since the epoch. */
  readonly clock: () => Milliseconds;
  /** When this process first read the API server. */
  readonly watchedSince: Milliseconds;
  /** Ends every request when the process stops. */
  readonly signal: AbortSignal;
}
