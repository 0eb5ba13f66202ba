import { cpSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { DEPLOYMENTS } from "../../../src/kube/index.ts";
import { scratchFolder } from "../../cluster/index.ts";
import { ROOT } from "../../docs/page.ts";
import { Shell, type ShellOptions } from "../../docs/shell.ts";
import { type Bare, openBare } from "../installed-by-flux/bare.ts";
import { type FakePod, fakeKubeletRuns } from "../installed-by-flux/fake-kubelet.ts";
import { appFiles } from "../support/app.ts";

/** Where the pages are read: a cluster with Flux and nothing of ours, a git host, and a copy of this repository. */
export interface Place extends Bare {
  /** The repository as a person has it after a clone and npm ci. */
  checkout: string;
  /** A terminal on this cluster; an operator that is started in it does not keep a test waiting. */
  terminal(options?: Partial<ShellOptions>): Promise<Shell>;
  /** Does the kubelet's part: the operator's Pod as its Deployment has it now, none where that has no replicas. */
  rollOut(): Promise<void>;
  pod: FakePod | undefined;
}

export async function openPlace(): Promise<Place> {
  const bare = await openBare();
  const place: Place = {
    ...bare,
    pod: undefined,
    checkout: copyOfRepository(),
    terminal: (options = {}) =>
      Shell.open({
        kubeconfigPath: bare.cluster.kubeconfigPath,
        ...options,
        env: { ...FAST, ...options.env },
      }),
    rollOut: async () => {
      await place.pod?.stop();
      const { spec } = await bare.admin.get(DEPLOYMENTS, OPERATOR);
      if (spec?.replicas !== 0) place.pod = await fakeKubeletRuns(bare.cluster, bare.admin, OPERATOR, FAST);
    },
    stop: async () => {
      await place.pod?.stop();
      await bare.stop();
    },
  };
  return place;
}

const OPERATOR = { namespace: "projectgitops-system", name: "projectgitops" };
const FAST = { PROJECTGITOPS_POLL_INTERVAL: "500ms", PROJECTGITOPS_RESYNC_INTERVAL: "2s" };

/** The application that the pages speak of, as acme/shop at the git host. */
export async function pushShop({ gitea }: Place, environments: readonly string[]): Promise<void> {
  const repository = await gitea.createRepository("shop");
  await repository.push(appFiles("one", environments));
  await repository.tag("v1.0.0");
}

/** What the pages ask the reader to do at the git host. */
export const registerDeployKey = (
  { gitea }: Place,
  repository: string,
  publicKeyFile: string,
): Promise<number> => gitea.api.addDeployKey(repository, readFileSync(publicKeyFile, "utf8").trim());

function copyOfRepository(): string {
  const folder = scratchFolder("checkout");
  for (const part of COPIED) cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  return folder;
}

const COPIED = [
  "package.json",
  "package-lock.json",
  "tsconfig.json",
  "src",
  "scripts",
  "deploy",
  "crds",
  "overlays",
  "test",
];
