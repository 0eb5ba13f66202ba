import { expect } from "bun:test";
import { join } from "node:path";
import { readPage } from "../../docs/page.ts";
import type { Shell } from "../../docs/shell.ts";
import { tellPage } from "../../docs/story.ts";
import { fluxDeployments, standFlux } from "./flux.ts";
import type { Place } from "./place.ts";

const INSTALLED = "test/e2e/installed-by-flux.test.ts";
const SCRAPED = "test/e2e/prometheus.test.ts";

/** Begins with a Flux that is not locked down, and ends with one that is. */
export function installFlux(place: () => Place): void {
  let shell: Shell;
  tellPage(readPage("docs/install-flux.md"), {
    cluster: () => place().cluster,
    shell: () => shell,
    scenes: {
      "gotk-components.yaml": {
        before: async () => {
          shell = await place().terminal();
          expect((await shell.run("projectgitops check")).stdout).toContain(NOT_LOCKED_DOWN);
        },
        instead: async (kustomization) => {
          const files = {
            "kustomization.yaml": kustomization,
            "gotk-components.yaml": await fluxDeployments(),
            "gotk-sync.yaml": SYNC,
          };
          for (const [name, text] of Object.entries(files)) await Bun.write(join(shell.folder, name), text);
          const { stdout, stderr } = await shell.run("kubectl kustomize .");
          expect(stderr).toBe("");
          expect(stdout).toMatch(/^ {2}serviceAccountName: kustomize-controller$/m);
          await standFlux(place(), stdout);
          const checked = (await shell.run("projectgitops check")).stdout;
          expect(checked).toContain("kustomize-controller");
          expect(checked).not.toContain(NOT_LOCKED_DOWN);
        },
      },
      "path: ./deploy": { elsewhere: INSTALLED },
      "kind: RoleBinding": { elsewhere: INSTALLED },
      "path: ./projects": { elsewhere: INSTALLED },
      "kubectl create secret generic shop-git": {
        before: () =>
          shell.must(
            "kubectl delete secret shop-git -n platform; ssh-keygen -q -t ed25519 -N '' -f deploy-key",
          ),
      },
      "scrape_configs:": { elsewhere: SCRAPED },
      "alert: ProjectNotReady": { elsewhere: SCRAPED },
    },
  });
}

const NOT_LOCKED_DOWN = "Flux does not keep projects apart";

/** As `flux bootstrap` writes it. */
const SYNC = `apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec:
  interval: 1m
  ref: {branch: main}
  secretRef: {name: flux-system}
  url: ssh://git@git.acme.dev/platform/fleet.git
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec:
  interval: 10m
  path: ./clusters/production
  prune: true
  sourceRef: {kind: GitRepository, name: flux-system}
`;
