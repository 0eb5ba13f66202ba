import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { ANNOTATIONS } from "../../../src/api/names.ts";
import { DEPLOYMENTS, LEASES } from "../../../src/kube/index.ts";
import { eventually, type Operator, operatorToken, startOperator } from "../../cluster/index.ts";
import { FaultProxy } from "../../faults/proxy.ts";
import { FAST } from "../support/scope.ts";
import { type Lab, openLab } from "./lab.ts";

let lab: Lab;
let proxy: FaultProxy;
let operator: Operator;
beforeAll(async () => {
  lab = await openLab();
  await lab.operator.stop();
  await lab.admin.delete(LEASES, leaseRef());
  proxy = await FaultProxy.start(lab.cluster);
  operator = await operatorThatCannotPoll();
  // A poll is overdue after 30 s, and the Lease tells it with its next renewal.
  await eventually(async () => (await silentFor()) >= 30_000, {
    description: "the operator has not polled for 30 s",
    deadlineMs: 60_000,
    everyMs: 1000,
  });
}, 150_000);
afterAll(async () => {
  await operator.kill();
  proxy.stop();
  await lab.stop();
});

const leaseRef = () => ({ namespace: "projectgitops-system", name: `projectgitops-${lab.namespace}` });
const lease = () => lab.admin.get(LEASES, leaseRef());

test("PollStale: found when the leader renews its Lease and its polls are not answered", async () => {
  const first = await lab.first("", "PollStale");
  expect(first).toMatchObject({
    object: `Lease projectgitops-system/projectgitops-${lab.namespace}`,
    since: (await lease()).metadata?.annotations?.[ANNOTATIONS.lastPoll] as string,
  });
  expect(first.what).toMatch(/^the operator runs, but has not seen the projects for \d+ s$/);
  expect(first.fix).toBe("kubectl logs -n projectgitops-system deployment/projectgitops --tail=50");
  expect(await lab.ids("")).toEqual(["PollStale"]);
});

test("PollStale: found instead of OperatorNotRunning: who cannot poll is not ready, and so not available", async () => {
  expect((await fetch(`${operator.address}/readyz`)).status).toBe(503);
  await lab.stand();
  const ref = { namespace: "projectgitops-system", name: "projectgitops" };
  const status = { status: { availableReplicas: 0, readyReplicas: 0 } };
  await lab.admin.patch(DEPLOYMENTS, ref, status, { type: "merge", subresource: "status" });
  expect((await lab.diagnoseAsItIs("")).findings.map(({ id }) => id)).toEqual(["PollStale"]);
});

test("PollStale: absent when the operator polls so seldom that nothing is overdue", async () => {
  await lab.stand();
  const ref = { namespace: "projectgitops-system", name: "projectgitops" };
  const args = ["run", "--leader-elect", "--namespace", lab.namespace, "--poll-interval=5m"];
  const containers = [{ name: "operator", args }];
  await lab.admin.patch(
    DEPLOYMENTS,
    ref,
    { spec: { template: { spec: { containers } } } },
    { type: "strategic" },
  );
  expect((await lab.diagnoseAsItIs("")).findings).toEqual([]);
});

/** By the leader's own clock. */
async function silentFor(): Promise<number> {
  const { metadata, spec } = await lease();
  return Date.parse(spec?.renewTime ?? "") - Date.parse(metadata?.annotations?.[ANNOTATIONS.lastPoll] ?? "");
}

/** An operator whose line to the API server carries everything but its polls, from the moment that it leads. */
async function operatorThatCannotPoll(): Promise<Operator> {
  const identity = await operatorToken(lab.cluster);
  let blocked = false;
  const url = proxy.open("operator", async (incoming) => {
    if (blocked && /\/projectgitops(\?|$)/.test(incoming.target)) return { kind: "cut" };
    return { kind: "answer", answer: await proxy.forward(incoming) };
  });
  const kubeconfigPath = join(lab.cluster.folder, "kubeconfig-proxied");
  const ca = Buffer.from(proxy.caPem).toString("base64");
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "test", cluster: { server: url, "certificate-authority-data": ca } }],
    users: [{ name: "operator", user: { token: identity.token } }],
    contexts: [{ name: "test", context: { cluster: "test", user: "operator" } }],
    "current-context": "test",
  };
  await Bun.write(kubeconfigPath, JSON.stringify(config));
  const args = [...FAST, "--namespace", lab.namespace, "--leader-elect"];
  const started = await startOperator(lab.cluster, { identity: { ...identity, kubeconfigPath }, args });
  const renewed = async () => (await lease()).metadata?.annotations?.[ANNOTATIONS.lastPoll] !== undefined;
  await eventually(renewed, { description: "a poll is told", deadlineMs: 20_000 });
  blocked = true;
  return started;
}
