import { afterAll, beforeAll, expect, test } from "bun:test";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { load, loadAll } from "js-yaml";
import type { ConfigMap } from "kubernetes-types/core/v1";
import { parseEnvironmentDefaults } from "../../src/api/environment-defaults.ts";
import type { ProjectGitOps } from "../../src/api/schema.ts";
import { kubectl, scratchFolder } from "../cluster/index.ts";
import { blockWith, ROOT, readPage } from "../docs/page.ts";
import { Shell } from "../docs/shell.ts";
import { tellPage } from "../docs/story.ts";
import { need, openScope, PROJECTS, type Scope, uniqueProject, untilPhase } from "./support/scope.ts";

const PAGE = readPage("docs/limits.md");
const folder = scratchFolder("page");
const inFolder = (name: string) => (text: string) => writeFileSync(join(folder, name), text);
const DEFAULTS = blockWith(PAGE, "defaultRequest: {").text;

let scope: Scope;
let shell: Shell;
beforeAll(async () => {
  inFolder("environment-defaults.yaml")(DEFAULTS);
  scope = await openScope({ args: ["--environment-defaults", join(folder, "environment-defaults.yaml")] });
  shell = await Shell.open({ kubeconfigPath: scope.cluster.kubeconfigPath, folder });
  await kubectl(scope.cluster, ["create", "namespace", "team-a"]);
  symlinkSync(ROOT, join(folder, "projectgitops"));
}, 60_000);
afterAll(async () => {
  await scope.stop();
});

tellPage(PAGE, {
  cluster: () => scope.cluster,
  shell: () => shell,
  scenes: {
    "defaultRequest: {": { instead: (text) => expect(text).toBe(DEFAULTS) },
    "kind: Kustomization": {
      instead: async (text) => {
        inFolder("kustomization.yaml")(text);
        const built = loadAll(await shell.must("kubectl kustomize .")) as { kind: string }[];
        const map = built.find(({ kind }) => kind === "ConfigMap") as ConfigMap;
        const defaults = load(map.data?.["environment-defaults.yaml"] ?? "");
        expect(parseEnvironmentDefaults(defaults)).toMatchObject({ ok: true });
        expect(Object.keys(defaults as object)).toEqual(["podSecurity", "networkPolicy"]);
        const name = map.metadata?.name ?? "";
        expect(name).toMatch(/^projectgitops-environment-defaults-./);
        expect(JSON.stringify(built.find(({ kind }) => kind === "Deployment"))).toContain(`"name":"${name}"`);
      },
    },
    "kind: ProjectGitOps": { instead: inFolder("shop.yaml") },
    "projectgitops render": {
      after: ({ stderr }) => {
        for (const line of stderr.trim().split("\n")) expect(PAGE.text).toContain(line.replace("note: ", ""));
      },
    },
  },
});

test("the project of docs/limits.md gets the stricter of both from an operator with its defaults", async () => {
  const [shop] = loadAll(blockWith(PAGE, "kind: ProjectGitOps").text) as [ProjectGitOps];
  const id = uniqueProject();
  const metadata = { name: id, namespace: scope.namespace };
  await scope.admin.create(PROJECTS, { ...shop, metadata, spec: { ...shop.spec, projectId: id } });
  await untilPhase(scope, id, "COMPLETED");
  const quota = (environment: string) =>
    need(scope.admin, "ResourceQuota", `project-${id}-${environment}`, `${id}-quota`);
  expect((await quota("staging"))["spec"]).toMatchObject({ hard: { pods: "10", "requests.cpu": "4" } });
  expect((await quota("production"))["spec"]).toMatchObject({
    hard: { pods: "50", "count/jobs.batch": "5" },
  });
  const production = await need(scope.admin, "Namespace", "", `project-${id}-production`);
  expect(production.metadata.labels?.["pod-security.kubernetes.io/enforce"]).toBe("restricted");
}, 60_000);
