import { afterAll, beforeAll, expect, test } from "bun:test";
import { EVENTS } from "../../src/kube/index.ts";
import { eventually } from "../cluster/index.ts";
import { deadKubeconfig, nobodysKubeconfig, withKubeconfig } from "./cli-support.ts";
import {
  giveCredential,
  openScope,
  PROJECTS,
  projectObject,
  type Scope,
  uniqueProject,
  untilPhase,
} from "./support/scope.ts";

let scope: Scope;
const name = uniqueProject();
const asAdmin = (commandLine: string, io: Parameters<ReturnType<typeof withKubeconfig>>[1] = {}) =>
  withKubeconfig(scope.cluster.kubeconfigPath)(`${commandLine} -n ${scope.namespace}`, io);

/** An event as kustomize-controller writes it. */
const ofFlux = (kind: string, regarding: string, note: string, seconds = 0) => {
  const namespace = `project-${name}-development`;
  return scope.admin.create(EVENTS, {
    metadata: { namespace, name: `${regarding}.${crypto.randomUUID().slice(0, 8)}` },
    eventTime: new Date(Date.now() + seconds * 1000).toISOString().replace("Z", "000Z"),
    reportingController: "kustomize-controller",
    reportingInstance: "test",
    action: "Reconcile",
    reason: "BuildFailed",
    type: "Warning",
    note,
    regarding: { kind, namespace, name: regarding },
  });
};

beforeAll(async () => {
  scope = await openScope();
  await giveCredential(scope);
  await scope.admin.create(PROJECTS, projectObject(scope.namespace, name));
  await untilPhase(scope, name, "COMPLETED");
  await eventually(async () => (await asAdmin(`events ${name}`)).stdout !== "", { description: "an event" });
  await ofFlux("Kustomization", `${name}-development`, "kustomize build failed", 5);
  await ofFlux("Kustomization", "of-somebody-else", "not ours", 5);
}, 60_000);
afterAll(() => scope.stop());

test("events of the project and of its Flux objects are told together, the newest last, and no others", async () => {
  const { code, stdout } = await asAdmin(`events ${name}`);
  const lines = stdout
    .trimEnd()
    .split("\n")
    .map((line) => line.split(/ {2,}/));
  expect(code).toBe(0);
  expect(lines[0]).toEqual(["LAST SEEN", "TYPE", "REASON", "ENVIRONMENT", "OBJECT", "MESSAGE"]);
  expect(lines[1]?.[4]).toBe(`ProjectGitOps/${name}`);
  expect(lines.at(-1)?.slice(1)).toEqual([
    "Warning",
    "BuildFailed",
    "development",
    `Kustomization/${name}-development`,
    "kustomize build failed",
  ]);
  expect(stdout).not.toContain("not ours");
});

test("without a name all projects of the namespace are told of, with -A those of the cluster", async () => {
  const other = uniqueProject();
  await scope.admin.create(PROJECTS, projectObject(scope.namespace, other));
  await untilPhase(scope, other, "COMPLETED");
  await eventually(async () => (await asAdmin(`events ${other}`)).stdout !== "", { description: "an event" });
  const here = await asAdmin("events");
  expect(here.stdout).toMatch(/^LAST SEEN +PROJECT +TYPE /);
  for (const one of [name, other]) expect(here.stdout).toContain(` ${scope.namespace}/${one} `);
  expect(here.stdout).toContain("kustomize build failed");
  expect(here.stdout).not.toContain("not ours");
  const everywhere = await withKubeconfig(scope.cluster.kubeconfigPath)("events -A -o json");
  const names = (JSON.parse(everywhere.stdout) as { items: { regarding: { name: string } }[] }).items;
  expect(names.map(({ regarding }) => regarding.name)).toContain(other);
});

test("--warnings leaves out what went well, -o json is a List of the events", async () => {
  const { items } = JSON.parse((await asAdmin(`events ${name} --warnings -o json`)).stdout) as {
    items: { type: string }[];
  };
  expect(items.map(({ type }) => type)).toEqual(["Warning"]);
});

test("--watch prints what happens later, once", async () => {
  const interruption = new AbortController();
  let printed = "";
  const watching = asAdmin(`events ${name} --watch`, {
    interrupted: () => interruption.signal,
    out: (text) => {
      printed += text;
    },
  });
  await eventually(() => printed.includes("kustomize build failed"), { description: "what there is" });
  await ofFlux("GitRepository", `${name}-repo`, "host refused the key", 6);
  await eventually(() => printed.includes("host refused the key"), { description: "what is new" });
  interruption.abort();
  expect(await watching).toMatchObject({ code: 0 });
  expect(printed.match(/LAST SEEN|kustomize build failed|host refused the key/g)).toHaveLength(3);
});

test("an unknown project is a no, without rights or a cluster it could not ask", async () => {
  expect(await asAdmin("events nobody")).toMatchObject({ code: 1, stdout: "" });
  const asNobody = withKubeconfig(await nobodysKubeconfig(scope.cluster, scope.namespace));
  expect(await asNobody(`events ${name} -n ${scope.namespace}`)).toMatchObject({ code: 2, stdout: "" });
  const offline = withKubeconfig(await deadKubeconfig(scope.cluster, scope.namespace));
  expect(await offline(`events ${name}`)).toMatchObject({ code: 2, stdout: "" });
});
