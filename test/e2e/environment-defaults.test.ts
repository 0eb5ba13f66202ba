import { beforeAll, expect, test } from "bun:test";
import { join, relative } from "node:path";
import { dump, load, loadAll } from "js-yaml";
import type { Deployment } from "kubernetes-types/apps/v1";
import type { ConfigMap } from "kubernetes-types/core/v1";
import { parseEnvironmentDefaults } from "../../src/api/environment-defaults.ts";
import { kubectl, scratchFolder, sharedCluster } from "../cluster/index.ts";
import { CHART, helmRun, type Manifest } from "./support/chart.ts";

const DEPLOY = join(CHART, "..");
const FILE = join(DEPLOY, "components", "environment-defaults", "environment-defaults.yaml");

let defaults: object;
beforeAll(async () => {
  defaults = load(await Bun.file(FILE).text()) as object;
  await sharedCluster();
}, 60_000);

const of = <T>(manifests: Manifest[], kind: string): T | undefined =>
  manifests.find((manifest) => manifest.kind === kind) as T | undefined;

/** An overlay over deploy/ with these components. */
async function overlay(...components: string[]): Promise<Manifest[]> {
  const folder = scratchFolder("overlay");
  const to = (path: string) => relative(folder, join(DEPLOY, path));
  const kustomization = {
    apiVersion: "kustomize.config.k8s.io/v1beta1",
    kind: "Kustomization",
    resources: [to(".")],
    components: components.map((name) => to(join("components", name))),
  };
  await Bun.write(join(folder, "kustomization.yaml"), dump(kustomization));
  const { code, stdout, stderr } = await kubectl(await sharedCluster(), ["kustomize", folder]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return loadAll(stdout) as Manifest[];
}

test("the component's file is one that the operator takes, with every field", () => {
  expect(parseEnvironmentDefaults(defaults)).toMatchObject({ ok: true });
  expect(Object.keys(defaults)).toEqual(["podSecurity", "resourceQuota", "limitRange", "networkPolicy"]);
});

test.each([
  [["environment-defaults"]],
  [["environment-defaults", "high-availability"]],
  [["high-availability", "environment-defaults"]],
])("the components %p mount the file and name it to the operator", async (components) => {
  const manifests = await overlay(...components);
  const map = of<ConfigMap>(manifests, "ConfigMap");
  expect(load(map?.data?.["environment-defaults.yaml"] ?? "")).toEqual(defaults);
  const { containers = [], volumes } = of<Deployment>(manifests, "Deployment")?.spec?.template.spec ?? {};
  const [container] = containers as [NonNullable<typeof containers>[number]];
  expect(container.env).toEqual([
    { name: "PROJECTGITOPS_ENVIRONMENT_DEFAULTS", value: "/etc/projectgitops/environment-defaults.yaml" },
  ]);
  expect(container.args).toEqual(["run", "--leader-elect"]);
  // With the sum of the file in its name, so that a change starts the operator anew.
  expect(map?.metadata?.name).toMatch(/^projectgitops-environment-defaults-[a-z0-9]+$/);
  expect(volumes).toEqual([{ name: "environment-defaults", configMap: { name: map?.metadata?.name ?? "" } }]);
  expect(container.volumeMounts?.[0]).toMatchObject({
    name: "environment-defaults",
    mountPath: "/etc/projectgitops",
  });
});

test("the chart with the same file in its values hands the operator the same, and another sum for another file", async () => {
  const rendered = async (environmentDefaults: object) => {
    const file = join(scratchFolder("values"), "values.yaml");
    await Bun.write(file, dump({ environmentDefaults }));
    const args = ["template", "projectgitops", CHART, "-n", "projectgitops-system", "--values", file];
    const { code, stdout, stderr } = await helmRun(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    return (loadAll(stdout) as (Manifest | null)[]).filter((each) => each !== null);
  };
  const manifests = await rendered(defaults);
  const map = of<ConfigMap>(manifests, "ConfigMap");
  expect(load(map?.data?.["environment-defaults.yaml"] ?? "")).toEqual(defaults);
  const sumOf = (all: Manifest[]) =>
    of<Deployment>(all, "Deployment")?.spec?.template.metadata?.annotations?.[
      "projectgitops.dev/environment-defaults"
    ];
  const other = await rendered({ podSecurity: { enforce: "baseline" } });
  expect(sumOf(manifests)).toMatch(/^[0-9a-f]{64}$/);
  expect(sumOf(other)).not.toBe(sumOf(manifests) as string);
});
