import type { InstallationTokens } from "./github-app.ts";
import type { HostCallOptions } from "./host.ts";
import type { HostBudget } from "./host-budget.ts";

/** What adapters are given beside the repository and the sign-in. */
export interface HostDeps extends HostCallOptions {
  /** --git-hosts; undefined: the well-known ones. */
  allowed: readonly string[] | undefined;
  /** One for the process. */
  budget: HostBudget;
  /** Epoch milliseconds. */
  clock: () => number;
  /** One for the process; default one of this host object alone. */
  installationTokens?: InstallationTokens;
}
