import { afterAll, beforeAll, expect, test } from "bun:test";
import { diagnose } from "../../../src/cli/diagnose/diagnose.ts";
import { Look } from "../../../src/cli/diagnose/look.ts";
import { BunK8sClient, type RequestEvent } from "../../../src/kube/index.ts";
import { getProject } from "../support/scope.ts";
import { type Lab, openLab } from "./lab.ts";

let lab: Lab;
let name: string;
beforeAll(async () => {
  lab = await openLab();
  name = await lab.project();
}, 90_000);
afterAll(() => lab.stop());

test("a healthy project has no findings, and diagnose exits with 0", async () => {
  expect(await lab.diagnose(name)).toEqual({ healthy: true, findings: [] });
});

test("check says of each part of a healthy installation that it is well, and exits with 0", async () => {
  await lab.stand();
  const { code, stdout } = await lab.typed("check -o json");
  const { findings } = JSON.parse(stdout) as { findings: { id: string; severity: string }[] };
  expect({ code, ids: findings.map(({ id }) => id).toSorted() }).toEqual({
    code: 0,
    ids: [
      "ApiServerReachable",
      "CrdServed",
      "CrdServed",
      "CrdServed",
      "FluxLockedDown",
      "FluxRunning",
      "FluxRunning",
      "OperatorConfined",
      "OperatorLeads",
      "OperatorPermitted",
      "OperatorRunning",
    ],
  });
});

test("check has a word beside each symbol, and no colour where none is wanted", async () => {
  const { stdout } = await lab.typed("check");
  const lines = stdout.split("\n").filter((line) => /^\S/.test(line));
  expect(lines.slice(0, -1).filter((line) => !/^(✓ ok|! warning|✗ error) /.test(line))).toEqual([]);
  expect(lines.at(-1)).toBe("11 looked at, 0 wrong, 0 to look into");
  expect(stdout).not.toContain("\u001b");
});

test("a diagnosis takes few requests, and reads no object twice", async () => {
  const sent: RequestEvent[] = [];
  const hooks = { onRequest: (event: RequestEvent) => void sent.push(event) };
  const client = new BunK8sClient(lab.cluster.kubeconfigPath, { hooks });
  await diagnose(new Look(client, Date.now()), [await getProject(lab, name)]);
  client.close();
  const objects = sent
    .filter((event) => event.name !== undefined)
    .map(({ verb, resource, namespace, name }) => `${verb} ${resource} ${namespace}/${name}`);
  expect(objects.toSorted()).toEqual([...new Set(objects)].toSorted());
  // Each right of the operator is one question.
  const reads = sent.filter(({ verb }) => verb !== "create");
  expect(reads.length).toBeLessThan(60);
  expect(sent.length - reads.length).toBeLessThan(90);
});
