import { beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { loadAll } from "js-yaml";
import { kubectl, scratchFolder, sharedCluster, uniqueName } from "../cluster/index.ts";
import { typed } from "../unit/cli/typed.ts";

const ROOT = join(import.meta.dir, "..", "..");
const PAGES = ["README.md", "docs/install.md"];

interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { namespace?: string };
}

/** What stands between ```yaml and ``` on a page. */
async function yamlBlocks(page: string): Promise<string[]> {
  const text = await Bun.file(join(ROOT, page)).text();
  return [...text.matchAll(/```yaml\n(.*?)```/gs)].map(([, block = ""]) => block);
}

const blocks = (await Promise.all(PAGES.map(yamlBlocks))).flat();
const manifests = blocks.flatMap((block) => loadAll(block) as Manifest[]);
const forCluster = manifests.filter(({ apiVersion }) => !apiVersion.startsWith("kustomize.config.k8s.io"));

describe("the manifests in README.md and docs/install.md", () => {
  const namespace = uniqueName("docs");
  beforeAll(async () => {
    await kubectl(await sharedCluster(), ["create", "namespace", namespace]);
  }, 60_000);

  test("are there", () => {
    expect(forCluster.map(({ kind }) => kind)).toEqual([
      "ProjectGitOps",
      "GitRepository",
      "Kustomization",
      "RoleBinding",
    ]);
  });

  test.each(forCluster.map((manifest) => [manifest.kind, manifest] as const))(
    "pass strict validation: %s",
    async (_, manifest) => {
      const elsewhere = { ...manifest, metadata: { ...manifest.metadata, namespace } };
      const args = ["create", "--dry-run=server", "--validate=strict", "-f", "-"];
      const { code, stderr } = await kubectl(await sharedCluster(), args, JSON.stringify(elsewhere));
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    },
  );

  test("name an overlay that sets the operator's image", async () => {
    const overlay = blocks.find((block) => block.includes("kustomize.config.k8s.io")) ?? "";
    const folder = scratchFolder("overlay");
    mkdirSync(join(folder, "projectgitops"));
    for (const part of ["deploy", "crds"]) symlinkSync(join(ROOT, part), join(folder, "projectgitops", part));
    await Bun.write(join(folder, "kustomization.yaml"), overlay);
    const { code, stdout, stderr } = await kubectl(await sharedCluster(), ["kustomize", folder]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("image: registry.acme.dev/projectgitops:0.1.0\n");
    expect(stdout).not.toContain("registry.example.com");
  });
});

test("the README's table names just the verbs that the help names", async () => {
  const readme = await Bun.file(join(ROOT, "README.md")).text();
  const documented = [...readme.matchAll(/^\| `([a-z-]+)[^`]*` \|/gm)].map(([, verb]) => verb);
  const help = (await typed("--help")).stdout;
  const offered = [...help.slice(help.indexOf("Commands:")).matchAll(/^ {2}([a-z-]+) /gm)].map(
    ([, verb]) => verb,
  );
  expect(documented).toEqual(offered.filter((verb) => verb !== "help"));
});
