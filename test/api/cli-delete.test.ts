import { afterAll, beforeAll, expect, test } from "bun:test";
import { isNotFound } from "../../src/kube/index.ts";
import { eventually } from "../cluster/index.ts";
import { deadKubeconfig, nobodysKubeconfig, withKubeconfig } from "./cli-support.ts";
import {
  condition,
  getProject,
  giveCredential,
  openScope,
  PROJECTS,
  projectObject,
  type Scope,
  uniqueProject,
  untilPhase,
  untilProject,
} from "./support/scope.ts";

let scope: Scope;
beforeAll(async () => {
  scope = await openScope();
  await giveCredential(scope);
}, 60_000);
afterAll(() => scope.stop());

const asAdmin = (commandLine: string, io: Parameters<ReturnType<typeof withKubeconfig>>[1] = {}) =>
  withKubeconfig(scope.cluster.kubeconfigPath)(`${commandLine} -n ${scope.namespace}`, io);

const isGone = (name: string) => getProject(scope, name).then(() => false, isNotFound);

async function newProject(environments: object[]): Promise<string> {
  const name = uniqueProject();
  await scope.admin.create(PROJECTS, projectObject(scope.namespace, name, { environments } as never));
  await untilPhase(scope, name, "COMPLETED");
  return name;
}

test("delete shows what becomes of each environment; without a terminal and --yes it deletes nothing", async () => {
  const name = await newProject([
    { name: "development" },
    { name: "staging", deletionPolicy: "Orphan" },
    { name: "production", protected: true },
  ]);
  const dry = await asAdmin(`delete ${name} --dry-run`);
  expect({ code: dry.code, stderr: dry.stderr }).toEqual({ code: 0, stderr: "" });
  const fates = dry.stdout.split("\n").map((line) => line.trim().split(/ {2,}/).slice(0, 3));
  expect(fates.slice(2, 5)).toEqual([
    ["development", `project-${name}-development`, "goes"],
    ["staging", `project-${name}-staging`, "stays"],
    ["production", `project-${name}-production`, "protected"],
  ]);

  const refused = await asAdmin(`delete ${name}`);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toBe(
    `error: nothing was deleted: there is no terminal to ask on\n  next: projectgitops delete ${name} -n ${scope.namespace} --yes\n`,
  );
  const other = await asAdmin(`delete ${name}`, { prompt: () => Promise.resolve("yes") });
  expect(other).toMatchObject({ code: 1, stderr: "error: nothing was deleted\n" });
  expect((await getProject(scope, name)).metadata.deletionTimestamp).toBeUndefined();

  const kept = await asAdmin(`delete ${name} --yes`);
  expect(kept.code).toBe(1);
  expect(kept.stderr).toContain(
    ` is kept: an environment is protected\n  protected, so kept: project-${name}-production. To let go: kubectl annotate `,
  );
  await untilProject(
    scope,
    name,
    (one) => condition(one, "Ready")?.reason === "DeletionProtected",
    "is kept",
  );
});

test("who types the name deletes it, and the command waits until it is gone", async () => {
  const name = await newProject([{ name: "development" }]);
  const { code, stdout, stderr } = await asAdmin(`delete ${name}`, { prompt: () => Promise.resolve(name) });
  expect({ code, stderr: stderr.includes("error") }).toEqual({ code: 0, stderr: false });
  expect(stdout).toEndWith(`\n${scope.namespace}/${name} is gone\n`);
  expect(await isGone(name)).toBe(true);
});

test("--no-wait leaves the rest to the operator", async () => {
  const name = await newProject([{ name: "development" }]);
  expect((await asAdmin(`delete ${name} --yes --no-wait`)).stdout).toEndWith(" is being deleted\n");
  await eventually(() => isGone(name), { description: "it is gone", deadlineMs: 40_000 });
});

test("an unknown project is a no, without rights or a cluster it could not ask", async () => {
  expect(await asAdmin("delete nobody --yes")).toMatchObject({ code: 1, stdout: "" });
  const asNobody = withKubeconfig(await nobodysKubeconfig(scope.cluster, scope.namespace));
  expect(await asNobody(`delete shop --yes -n ${scope.namespace}`)).toMatchObject({ code: 2, stdout: "" });
  const offline = withKubeconfig(await deadKubeconfig(scope.cluster, scope.namespace));
  expect(await offline("delete shop --yes")).toMatchObject({ code: 2, stdout: "" });
});
