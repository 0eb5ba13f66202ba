import { expect } from "bun:test";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { blockWith, readPage } from "../../docs/page.ts";
import type { Shell } from "../../docs/shell.ts";
import { tellPage } from "../../docs/story.ts";
import type { Place } from "./place.ts";

const PAGE = readPage("docs/install.md");

/**
 * Each way in, and out again by its own commands further down: begins with a locked-down Flux and nothing of ours,
 * and ends so but for the CRD.
 */
export function install(place: () => Place): void {
  let shell: Shell;
  const removals: string[] = [];
  /** Runs a block of the page's last part now, on what it is for. */
  const removedBy = (text: string, typed?: string[]) => async () => {
    const block = blockWith(PAGE, text).text;
    const { code, stdout, stderr } = await (typed ? shell.runTyping(block, typed) : shell.run(block));
    expect({ code, said: stdout + stderr }).toMatchObject({ code: 0 });
    await shell.must("kubectl wait --for=delete namespace/projectgitops-system --timeout=60s");
    await shell.must(`kubectl get ${CRD}`);
    removals.push(block);
  };
  const wasRun = { instead: (text: string) => expect(removals).toContain(text) };

  tellPage(PAGE, {
    cluster: () => place().cluster,
    shell: () => shell,
    begin: async () => {
      shell = await place().terminal({ programs: ["helm"] });
      symlinkSync(place().checkout, join(shell.folder, "projectgitops"));
      symlinkSync(join(place().checkout, "deploy"), join(shell.folder, "deploy"));
    },
    scenes: {
      "projectgitops install --image": { after: removedBy("projectgitops uninstall", ["projectgitops"]) },
      "kind: Kustomization": {
        instead: (kustomization) => Bun.write(join(shell.folder, "kustomization.yaml"), kustomization),
      },
      "kind: HelmRelease": { elsewhere: "test/e2e/chart-rendered.test.ts" },
      "kubectl apply --server-side -k .": {
        after: async () => {
          const path = "jsonpath={.spec.template.spec.containers[0].image}";
          const image = await shell.must(
            `kubectl get deployment projectgitops -n projectgitops-system -o ${path}`,
          );
          expect(image).toBe("registry.acme.dev/projectgitops:0.1.0");
          await removedBy("kubectl delete -k deploy/")();
        },
      },
      "helm install": {
        before: () => shell.must(`kubectl delete ${CRD}`),
        after: removedBy("helm uninstall"),
      },
      "kubectl annotate namespace team-a": { before: () => shell.must("kubectl create namespace team-a") },
      "projectgitops uninstall": wasRun,
      "kubectl delete -k deploy/": wasRun,
      "helm uninstall": wasRun,
    },
  });
}

const CRD = "crd projectgitops.projectgitops.dev";
