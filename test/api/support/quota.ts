import { join } from "node:path";
import { program } from "../../cluster/binaries.ts";
import { Daemon } from "../../cluster/index.ts";
import type { Scope } from "./scope.ts";

/** Starts the controller that counts what quotas limit; the tests' controller manager runs without it. */
export async function startQuotaController({ cluster }: Pick<Scope, "cluster">): Promise<Daemon> {
  return Daemon.start({
    name: "resourcequota-controller",
    command: [
      await program("kube-controller-manager"),
      `--kubeconfig=${cluster.kubeconfigPath}`,
      "--leader-elect=false",
      "--secure-port=0",
      "--controllers=resourcequota-controller",
      "--resource-quota-sync-period=2s",
    ],
    log: join(cluster.folder, "resourcequota-controller.log"),
  });
}
