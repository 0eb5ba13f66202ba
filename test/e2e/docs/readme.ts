import { join } from "node:path";
import type { Daemon } from "../../cluster/daemon.ts";
import { readPage } from "../../docs/page.ts";
import type { Shell } from "../../docs/shell.ts";
import { tellPage } from "../../docs/story.ts";
import { paste } from "../installed-by-flux/bare.ts";
import { type Place, registerDeployKey } from "./place.ts";

/** Begins with a Flux that is locked down; ends with an installed operator that runs, and the project shop. */
export function readme(place: () => Place): void {
  let shell: Shell;
  let operator: Daemon;
  tellPage(readPage("README.md"), {
    cluster: () => place().cluster,
    shell: () => shell,
    replace: () => ({
      "git@github.com:acme/shop.git": place().gitea.sshUrl("shop"),
      // A host of one's own has no published keys.
      "--from-file=identity=./deploy-key":
        "--from-file=identity=./deploy-key --from-file=known_hosts=./known_hosts",
    }),
    scenes: {
      "npm run demo\n": { elsewhere: "test/api/cli-demo.test.ts" },
      "$ npm run demo -- --once": { elsewhere: "test/api/cli-demo.test.ts" },
      "$ npm run demo -- --flux --once": { elsewhere: "test/e2e/demo-flux.test.ts" },
      "name: shop-git": {
        before: async () => {
          shell = await place().terminal({ folder: place().checkout });
          await shell.must("rm -f deploy-key*; ssh-keygen -q -t ed25519 -N '' -f deploy-key");
          await shell.must("kubectl delete secret shop-git -n platform");
          await registerDeployKey(place(), "shop", join(shell.folder, "deploy-key.pub"));
        },
        instead: (manifest) => paste(place().cluster, manifest),
      },
      // The page installs the operator further down.
      "kubectl get pgops": {
        before: async () => {
          operator = await shell.start("projectgitops run --listen 127.0.0.1:0", {
            name: "projectgitops run",
          });
        },
        after: () => operator.stop(),
      },
      "install --export": { after: () => place().rollOut() },
    },
  });
}
