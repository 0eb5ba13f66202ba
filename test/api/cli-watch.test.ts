import { afterAll, beforeAll, expect, test } from "bun:test";
import { BunK8sClient } from "../../src/kube/index.ts";
import { type Cluster, eventually, sharedCluster, uniqueName } from "../cluster/index.ts";
import type { Typed } from "../unit/cli/typed.ts";
import { withKubeconfig } from "./cli-support.ts";
import { PROJECTS, projectObject, uniqueProject } from "./support/scope.ts";

let cluster: Cluster;
let admin: BunK8sClient;
const namespace = uniqueName("watch");

beforeAll(async () => {
  cluster = await sharedCluster();
  admin = new BunK8sClient(cluster.kubeconfigPath);
  await admin.createNamespace(namespace);
}, 60_000);
afterAll(() => admin.close());

/** A `get --watch` that runs until `end`. */
function watch(commandLine: string) {
  const interruption = new AbortController();
  const seen = { out: "", err: "" };
  const ended = withKubeconfig(cluster.kubeconfigPath)(commandLine, {
    interrupted: () => interruption.signal,
    out: (text) => {
      seen.out += text;
    },
    err: (text) => {
      seen.err += text;
    },
  });
  const end = (): Promise<Typed> => {
    interruption.abort();
    return ended;
  };
  return { seen, end, lines: () => seen.out.split("\n").slice(0, -1) };
}

const setStatus = (name: string, status: object) =>
  admin.patch(PROJECTS, { namespace, name }, { status }, { type: "merge", subresource: "status" });

test("get --watch prints all rows, then each row whose cells changed, and the last word of a deleted one", async () => {
  const [first, second] = [uniqueProject(), uniqueProject()];
  await admin.create(PROJECTS, projectObject(namespace, first));
  const { seen, end, lines } = watch(`get -n ${namespace} --watch`);
  await eventually(() => lines().length === 2, { description: "heading and first row" });
  await admin.create(PROJECTS, projectObject(namespace, second));
  await eventually(() => lines().length === 3, { description: "a row for the new project" });
  // No cell shows this one.
  await setStatus(first, { completedAt: "2026-11-22T12:00:00Z" });
  await setStatus(first, { phase: "COMPLETED", message: "all is well" });
  await eventually(() => lines().length === 4, { description: "the changed row" });
  await admin.delete(PROJECTS, { namespace, name: second });
  await eventually(() => lines().length === 5, { description: "the deleted row" });
  expect(await end()).toMatchObject({ code: 0 });
  expect(seen.err).toBe("");
  expect(lines().map((line) => line.split(/ +/)[0])).toEqual(["NAME", first, second, first, second]);
  expect(lines()[3]).toMatch(/ COMPLETED .* all is well$/);
  expect(lines()[4]).toEndWith(" deleted");
});

test("get NAME --watch -o json prints the object again when it changes, and no other", async () => {
  const [name, other] = [uniqueProject(), uniqueProject()];
  await admin.create(PROJECTS, projectObject(namespace, name));
  const { seen, end } = watch(`get ${name} -n ${namespace} --watch -o json`);
  const phases = () =>
    seen.out
      .split(/(?<=^\}\n)/m)
      .filter((text) => text.endsWith("}\n"))
      .map((text) => (JSON.parse(text) as { status: { phase?: string } }).status.phase);
  await eventually(() => phases().length === 1, { description: "the object as it is" });
  await admin.create(PROJECTS, projectObject(namespace, other));
  await setStatus(name, { phase: "FAILED" });
  await eventually(() => phases().length === 2, { description: "the changed object" });
  expect(await end()).toMatchObject({ code: 0 });
  expect(phases()).toEqual([undefined, "FAILED"]);
});

test("get --watch of a project that is not there is a no, at once", async () => {
  expect(await watch(`get nobody -n ${namespace} --watch`).end()).toMatchObject({ code: 1 });
});
