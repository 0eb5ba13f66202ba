import { afterAll, beforeAll, expect, test } from "bun:test";
import { resourceOf } from "../../../src/reconcile/index.ts";
import { applyCrds, helmCrds } from "../../cluster/index.ts";
import { fluxSays } from "../support/flux.ts";
import { need, untilProject } from "../support/scope.ts";
import { namespaceOf, only } from "./delivery.ts";
import { type Lab, openLab } from "./lab.ts";
import { paste } from "./paste.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
  await applyCrds(lab.cluster, await helmCrds());
}, 120_000);
afterAll(() => lab.stop());

/** A project that deploys a chart; helm-controller is not here, so what it would say is written. */
async function releaseSays(reason: string, message: string): Promise<string> {
  const name = await lab.apply({
    environments: [{ name: "staging", delivery: { helm: { chart: "./charts/shop" } } }],
  });
  const namespace = namespaceOf(name);
  await untilProject(lab, name, ({ status }) => status?.phase === "COMPLETED", "is set up");
  await fluxSays(lab, await need(lab.admin, "GitRepository", namespace, `${name}-repo`), {
    ready: "True",
    reason: "Succeeded",
    message: "stored artifact",
  });
  const release = await need(lab.admin, "HelmRelease", namespace, `${name}-staging`);
  const { generation } = release.metadata;
  const condition = {
    type: "Ready",
    status: "False",
    reason,
    message: message.replaceAll("NS", namespace),
    lastTransitionTime: new Date().toISOString().replace(/\.\d+Z$/, "Z"),
    observedGeneration: generation,
  };
  await lab.admin.patch(
    resourceOf("HelmRelease"),
    { namespace, name: `${name}-staging` },
    { status: { observedGeneration: generation, conditions: [condition] } },
    { type: "merge", subresource: "status" },
  );
  await untilProject(
    lab,
    name,
    ({ status }) => status?.environments?.[0]?.delivery?.reason === reason,
    `has seen ${reason}`,
  );
  return name;
}

const INSTALL = `Helm install failed for release NS/shop with chart shop@1.0.0: template: shop/templates/web.yaml:7:20: executing "shop/templates/web.yaml" at <.Values.web.port>: nil pointer evaluating interface {}.port`;
const NO_CHART = "HelmChart 'NS/NS-shop' is not ready: latest generation of object has not been reconciled";

test("HelmReleaseFailed: found when Helm cannot install the chart, with its own answer", async () => {
  const name = await releaseSays("InstallFailed", INSTALL);
  const finding = await only(lab, name, "HelmReleaseFailed");
  expect(finding.what).toBe("staging is not deployed: Helm cannot install the chart ./charts/shop");
  expect(finding.evidence).toContain("shop/templates/web.yaml:7:20");
  await paste(lab.cluster, finding.fix);
}, 60_000);

test("HelmReleaseFailed: absent when there is no chart to install", async () => {
  await only(lab, await releaseSays("SourceNotReady", NO_CHART), "ChartFailed");
}, 60_000);

test("ChartFailed: found when Flux makes no chart of the folder", async () => {
  const finding = await only(lab, await releaseSays("SourceNotReady", NO_CHART), "ChartFailed");
  expect(finding.what).toBe("staging is not deployed: Flux makes no chart of ./charts/shop");
}, 60_000);

test("ChartFailed: absent when the chart is there and Helm fails with it", async () => {
  await only(lab, await releaseSays("UpgradeFailed", INSTALL), "HelmReleaseFailed");
}, 60_000);
