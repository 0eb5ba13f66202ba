import { expect } from "bun:test";
import { join } from "node:path";
import { eventually, freePort } from "../../cluster/index.ts";
import { readPage } from "../../docs/page.ts";
import type { Shell } from "../../docs/shell.ts";
import { tellPage } from "../../docs/story.ts";
import { fluxDeployments, standFlux } from "./flux.ts";
import { type Place, pushShop, registerDeployKey } from "./place.ts";

/** From a cluster that has Flux and nothing of ours to one that has nothing of ours again but the CRD. */
export function quickStart(place: () => Place): void {
  let shell: Shell;
  const listen = { address: "" };
  tellPage(readPage("docs/quick-start.md"), {
    cluster: () => place().cluster,
    shell: () => shell,
    replace: () => ({
      "git@github.com:acme/shop.git": place().gitea.sshUrl("shop"),
      // A host of one's own has no published keys.
      "--from-file=identity=./deploy-key":
        "--from-file=identity=./deploy-key --from-file=known_hosts=./known_hosts",
    }),
    scenes: {
      "npm run build": {
        before: async () => {
          listen.address = `127.0.0.1:${await freePort()}`;
          const { checkout, terminal, gitea } = place();
          shell = await terminal({ folder: checkout, env: { PROJECTGITOPS_LISTEN: listen.address } });
          await Bun.write(join(checkout, "known_hosts"), gitea.knownHosts);
          await standFlux(place(), await fluxDeployments());
          await pushShop(place(), ["development", "staging", "production"]);
        },
        after: async () => {
          const { stdout } = await shell.run("command -v projectgitops; kubectl projectgitops version");
          expect(stdout).toStartWith(`${place().checkout}/dist/projectgitops\n`);
        },
      },
      "projectgitops check": {
        exit: 1,
        after: ({ stdout }) =>
          expect(stdout).toMatch(/is not installed in this cluster.*does not keep projects apart/s),
      },
      "projectgitops run": {
        stays: {
          name: "projectgitops run",
          ready: async () => (await fetch(`http://${listen.address}/readyz`)).ok,
        },
      },
      "ssh-keygen": { after: () => registerDeployKey(place(), "shop", join(shell.folder, "deploy-key.pub")) },
      "kubectl delete secret": {
        after: () =>
          eventually(
            async () =>
              (await shell.run("kubectl get secret -n project-shop-development shop-git-auth")).code === 0,
            { description: "the Secret is back" },
          ),
      },
      "projectgitops diagnose": {
        exit: 1,
        after: ({ stdout }) => expect(stdout).toContain("FluxNotLockedDown"),
      },
      "projectgitops delete": { typed: ["shop"], after: ({ stdout }) => expect(stdout).toContain("is gone") },
    },
  });
}
