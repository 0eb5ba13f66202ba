import { afterAll, beforeAll, expect, test } from "bun:test";
import { resourceOf } from "../../../src/reconcile/index.ts";
import { patchProject } from "../issue-4/support.ts";
import { fluxSays, fluxSucceeds, untilReady } from "../support/flux.ts";
import { condition, getProject, need, untilProject } from "../support/scope.ts";
import { type Lab, openLab } from "./lab.ts";
import { gone, homeOf, mendedBy, ONE, untilReason } from "./support.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
}, 60_000);
afterAll(() => lab.stop());

const FAILS = {
  ready: "False",
  reason: "GitOperationFailed",
  message:
    "failed to checkout and determine revision: unable to clone 'ssh://git@github.com/acme/shop.git': dial tcp: lookup github.com on 10.96.0.10:53: no such host",
} as const;

/** Flux tells of a failure, and the operator takes it up. */
async function failing(name: string): Promise<void> {
  await fluxSays(lab, await need(lab.admin, "GitRepository", homeOf(name), `${name}-repo`), FAILS);
  await untilProject(lab, name, (one) => condition(one, "Ready")?.status === "False", "is not Ready");
}

/** As `flux suspend` does it, under its name. */
const suspendFlux = (kind: "GitRepository" | "Kustomization", name: string, object: string) =>
  lab.admin.patch(
    resourceOf(kind),
    { namespace: homeOf(name), name: object },
    { spec: { suspend: true } },
    { type: "merge", fieldManager: "flux" },
  );

test("Suspended: found when the project is suspended, with who did it, and goes with resume", async () => {
  const name = await lab.project(ONE);
  await lab.typed(`suspend ${name} -n ${lab.namespace}`);
  await untilReason(lab, name, "Suspended");
  const first = await lab.first(name, "Suspended");
  expect(first.severity).toBe("warning");
  expect(first.evidence).toMatch(/^spec\.suspend is true, by "projectgitops-cli", \d+s ago$/);
  expect(await lab.ids(name)).toEqual(["Suspended"]);
  await mendedBy(lab, name, first.fix);
}, 60_000);

test("Suspended: absent when only Flux's Kustomization is: DeliverySuspended", async () => {
  const name = await lab.project(ONE);
  await suspendFlux("Kustomization", name, `${name}-development`);
  expect(await lab.ids(name)).toEqual(["DeliverySuspended"]);
});

test("DeliverySuspended: found when somebody has suspended the Kustomization, with who it was", async () => {
  const name = await lab.project(ONE);
  await suspendFlux("Kustomization", name, `${name}-development`);
  const first = await lab.first(name, "DeliverySuspended");
  expect(first).toMatchObject({
    severity: "warning",
    object: `Kustomization ${homeOf(name)}/${name}-development`,
  });
  expect(first.evidence).toMatch(/^spec\.suspend is true, by "flux", \d+s ago$/);
  await mendedBy(lab, name, first.fix);
}, 60_000);

test("DeliverySuspended: absent when the source is suspended", async () => {
  const name = await lab.project(ONE);
  await suspendFlux("GitRepository", name, `${name}-repo`);
  expect(await lab.ids(name)).toEqual(["SourceSuspended"]);
});

test("SourceSuspended: found when somebody has suspended the GitRepository, with who it was", async () => {
  const name = await lab.project(ONE);
  await suspendFlux("GitRepository", name, `${name}-repo`);
  const first = await lab.first(name, "SourceSuspended");
  expect(first.severity).toBe("warning");
  expect(first.evidence).toMatch(/^spec\.suspend is true, by "flux", \d+s ago$/);
  await mendedBy(lab, name, first.fix);
}, 60_000);

test("SourceSuspended: absent when the spec itself suspends the environment", async () => {
  const name = await lab.project({ environments: [{ name: "development", suspend: true }] });
  expect(await lab.ids(name)).toEqual(["EnvironmentSuspended"]);
});

test("EnvironmentSuspended: found when the spec suspends one of two, and goes with the patch", async () => {
  const name = await lab.project({
    environments: [{ name: "development" }, { name: "staging", suspend: true }],
  });
  const first = await lab.first(name, "EnvironmentSuspended");
  expect(first.severity).toBe("info");
  expect(first.what).toStartWith("staging is suspended by the spec");
  expect(first.evidence).toContain('by "test-admin"');
  expect(await lab.ids(name)).toEqual(["EnvironmentSuspended"]);
  await lab.paste(first.fix);
  await gone(lab, name, "EnvironmentSuspended");
  await untilReady(lab, name);
}, 60_000);

test("EnvironmentSuspended: absent when the whole project is suspended", async () => {
  const name = await lab.project(ONE);
  await patchProject(lab, name, { spec: { suspend: true } });
  await untilReason(lab, name, "Suspended");
  expect(await lab.ids(name)).toEqual(["Suspended"]);
});

test("FailingForLong: found when failurePolicy has given up, and a pass resumes it", async () => {
  const name = await lab.project({ ...ONE, failurePolicy: { suspendAfter: "10s" } });
  await failing(name);
  await untilReason(lab, name, "FailingForLong");
  const { findings } = await lab.diagnose(name);
  const ids = findings.map(({ id }) => id);
  expect(ids).not.toContain("SourceSuspended");
  expect(ids).not.toContain("DeliverySuspended");
  expect(ids).not.toContain("EnvironmentSuspended");
  const [first] = findings;
  expect(first).toMatchObject({ id: "FailingForLong", severity: "error" });
  expect(first?.evidence).toContain("no such host");
  await mendedBy(lab, name, first?.fix);
}, 60_000);

test("FailingForLong: absent when the same fails and nobody has asked to give up", async () => {
  const name = await lab.project(ONE);
  await failing(name);
  const ids = await lab.ids(name);
  expect(ids).not.toContain("FailingForLong");
  expect(ids).not.toEqual([]);
});

test("ProjectNotReady: found when a project was suspended while it failed, and nothing else is wrong by now", async () => {
  const name = await lab.project(ONE);
  await failing(name);
  await patchProject(lab, name, { spec: { suspend: true } });
  await untilReason(lab, name, "Suspended");
  await fluxSucceeds(lab, await getProject(lab, name));
  const first = await lab.first(name, "ProjectNotReady");
  expect(first).toMatchObject({ severity: "error", what: `${name} was not Ready when it was suspended` });
  expect(await lab.ids(name)).toEqual(["ProjectNotReady", "Suspended"]);
  await lab.paste(first.fix);
  await mendedBy(lab, name, `projectgitops resume ${name} -n ${lab.namespace}`);
}, 60_000);

test("ProjectNotReady: absent when a project waits for Flux's first answer", async () => {
  const name = await lab.apply(ONE);
  await untilReason(lab, name, "WaitingForFlux");
  expect(await lab.ids(name)).toEqual([]);
});
