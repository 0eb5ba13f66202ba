import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { load, loadAll } from "js-yaml";
import type { ProjectGitOpsSpecInput } from "../../src/api/schema.ts";
import { CONFIG_MAPS } from "../../src/kube/index.ts";
import type { Manifest } from "../../src/plan/index.ts";
import { need, projectObject, uniqueProject, untilProject } from "../api/support/scope.ts";
import { applyCrds, eventually, helmCrds, kubectl } from "../cluster/index.ts";
import { fluxManifests, helm, playHelmController, type ReleaseSpec } from "./support/helm.ts";
import { namespaceOf, publicly } from "./support/options.ts";
import {
  applyProject,
  condition,
  deleteProject,
  type E2e,
  openE2e,
  PROJECTS,
  readyOf,
  untilReady,
} from "./support/project.ts";

const SAMPLE = join(import.meta.dir, "..", "..", "deploy", "samples", "helm");
const CHART = join(SAMPLE, "chart");

let e2e: E2e;
beforeAll(async () => {
  e2e = await openE2e();
  await applyCrds(e2e.cluster, await helmCrds());
});
afterAll(() => e2e.stop());

describe("what is rendered passes the strict validation of Flux's own CRDs", () => {
  const everything: ProjectGitOpsSpecInput["environments"] = [
    { name: "plain", delivery: { helm: { chart: "./chart" } } },
    {
      name: "full",
      dependsOn: ["plain"],
      suspend: true,
      targetNamespace: false,
      delivery: {
        helm: {
          chart: "./chart",
          values: { deep: { list: [1, "two", { three: true }] } },
          valuesFrom: [
            {
              kind: "Secret",
              name: "values",
              valuesKey: "db.yaml",
              targetPath: "db.password",
              optional: true,
            },
            { kind: "ConfigMap", name: "values" },
          ],
        },
      },
    },
    { name: "kustomized", path: "./k8s", retryInterval: "30s", force: true, prune: false },
    {
      name: "optioned",
      dependsOn: ["kustomized"],
      postBuild: { substitute: { a: "b" }, substituteFrom: [{ kind: "Secret", name: "s", optional: true }] },
      patches: [
        { patch: "- {op: remove, path: /data/a}", target: { kind: "ConfigMap", labelSelector: "a=b" } },
      ],
      images: [{ name: "a", newName: "b", newTag: "c" }],
      decryption: { provider: "sops", secretRef: { name: "s" } },
      healthChecks: [{ apiVersion: "apps/v1", kind: "Deployment", name: "web" }],
    },
  ];
  const PROJECTS: Record<string, () => object> = {
    "the sample of a Helm project": () => sample(),
    "every option of both ways of delivery": () =>
      projectObject(e2e.namespace, uniqueProject(), { environments: everything }),
  };

  test.each(Object.entries(PROJECTS))("%s", async (_, project) => {
    const objects = await withNamespaces(fluxManifests(project()));
    const { code, stderr, stdout } = await dryRun(objects);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.trim().split("\n")).toHaveLength(objects.length);
  });

  test("which refuses a field that Flux does not know", async () => {
    const [object] = await withNamespaces(
      fluxManifests(sample()).filter(({ kind }) => kind === "HelmRelease"),
    );
    const spec = { ...(object?.["spec"] as object), charts: {} };
    const { code, stderr } = await dryRun([{ ...object, spec }]);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/unknown field .*charts/);
  });
});

test("the sample itself is accepted", async () => {
  const metadata = { name: "shop-helm", namespace: e2e.namespace };
  expect(await dryRun([{ ...sample(), metadata }])).toMatchObject({ code: 0, stderr: "" });
});

test("the sample chart is rendered by Helm with each environment's values, and the API server takes it", async () => {
  const releases = fluxManifests(sample()).filter(({ kind }) => kind === "HelmRelease");
  const seen: unknown[] = [];
  for (const { metadata, spec } of releases as unknown as {
    metadata: { namespace: string };
    spec: ReleaseSpec;
  }[]) {
    await withNamespaces([{ metadata } as unknown as Manifest]);
    const args = ["template", spec.releaseName, CHART, "--namespace", metadata.namespace];
    const objects = loadAll(await helm(args, spec.values)) as Record<string, never>[];
    const { code, stderr } = await dryRun(objects, metadata.namespace);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const find = (kind: string) => objects.find((object) => object["kind"] === kind) as never as Rendered;
    const { replicas, template } = find("Deployment").spec;
    seen.push([
      metadata.namespace,
      replicas,
      template.spec.containers[0]?.image,
      find("ConfigMap").data.greeting,
    ]);
  }
  expect(seen).toEqual([
    ["project-shop-helm-staging", 1, "registry.example.com/acme/shop:1.4.2", "Hello"],
    ["project-shop-helm-production", 3, "registry.example.com/acme/shop:1.4.2", "Welcome"],
  ]);
});

test("a chart in the repository is packaged by source-controller, installed with the deployer's rights, and Ready follows", async () => {
  const id = uniqueProject();
  const repository = await e2e.gitea.createRepository(id, { private: false });
  const commit = await repository.push(chartFiles("chart"));
  const app = { id, repository, commit };
  const delivery = { helm: { chart: "./chart", values: { greeting: "by helm" } } };
  await applyProject(e2e, app, {
    git: publicly(e2e, app),
    environments: [{ name: "development", delivery }],
  });
  const waiting = await untilProject(e2e, id, ({ status }) => status?.phase === "COMPLETED", "is COMPLETED");
  expect(readyOf(waiting)).not.toBe("True");
  const release = await need(e2e.admin, "HelmRelease", namespaceOf(app), `${id}-development`);
  const version = await playHelmController(e2e, release);
  // The commit is in the version: a chart that changes without a new version number is deployed too.
  expect(version).toBe(`0.1.0+${commit.slice(0, 12)}`);
  const project = await untilReady(e2e, app);
  expect(project.status?.environments?.[0]).toMatchObject({
    source: { ready: "True", revision: `main@sha1:${commit}` },
    delivery: { ready: "True", revision: version },
  });
  expect(condition(project, "Stalled")).toBeUndefined();
  const { data } = await e2e.admin.get(CONFIG_MAPS, { namespace: namespaceOf(app), name: id });
  expect(data).toEqual({ greeting: "by helm" });
});

test("a HelmRelease takes changed values, and goes with its project", async () => {
  const id = uniqueProject();
  const repository = await e2e.gitea.createRepository(id, { private: false });
  const app = { id, repository, commit: await repository.push(chartFiles("chart")) };
  const environments = (greeting: string) => [
    { name: "development", delivery: { helm: { chart: "./chart", values: { greeting } } } },
  ];
  await applyProject(e2e, app, { git: publicly(e2e, app), environments: environments("one") });
  await untilProject(e2e, id, ({ status }) => status?.phase === "COMPLETED", "is COMPLETED");
  const ref = { namespace: e2e.namespace, name: id };
  await e2e.admin.patch(PROJECTS, ref, { spec: { environments: environments("two") } }, { type: "merge" });
  await eventually(
    async () => {
      const { spec } = await need(e2e.admin, "HelmRelease", namespaceOf(app), `${id}-development`);
      const { values } = spec as { values?: { greeting?: string } };
      return values?.greeting === "two";
    },
    { description: "the HelmRelease has the new value" },
  );
  await deleteProject(e2e, app, ["development"]);
}, 60_000);

interface Rendered {
  spec: { replicas: number; template: { spec: { containers: { image: string }[] } } };
  data: { greeting: string };
}

const sample = (): object => load(readFileSync(join(SAMPLE, "project.yaml"), "utf8")) as object;

/** @param namespace of the objects that name none */
const dryRun = (objects: readonly object[], namespace?: string) =>
  kubectl(
    e2e.cluster,
    ["apply", "--dry-run=server", "--validate=strict", "-f", "-"].concat(
      namespace ? ["--namespace", namespace] : [],
    ),
    JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }),
  );

/** A server-side dry run needs the namespaces. */
async function withNamespaces(objects: Manifest[]): Promise<Manifest[]> {
  for (const namespace of new Set(objects.map(({ metadata }) => metadata.namespace ?? "")))
    if (!(await e2e.admin.namespaceExists(namespace))) await e2e.admin.createNamespace(namespace);
  return objects;
}

/** The sample chart's files, under this folder of a repository. */
function chartFiles(folder: string): Record<string, string> {
  const names = readdirSync(CHART, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return Object.fromEntries(
    names.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [path.replace(CHART, folder), readFileSync(path, "utf8")];
    }),
  );
}
