import { afterAll, beforeAll, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { dump } from "js-yaml";
import type { EnvironmentDefaults } from "../../../src/api/environment-defaults.ts";
import { ANNOTATIONS } from "../../../src/api/names.ts";
import { RESOURCE_QUOTAS } from "../../../src/kube/index.ts";
import { eventually, scratchFolder } from "../../cluster/index.ts";
import { untilReady } from "../support/flux.ts";
import { startQuotaController } from "../support/quota.ts";
import { condition, getProject, NAMESPACES, PROJECTS } from "../support/scope.ts";
import { type Lab, openLab } from "./lab.ts";
import { gone, homeOf, ONE, untilReason } from "./support.ts";

const DEFAULTS: EnvironmentDefaults = {
  podSecurity: { enforce: "baseline" },
  resourceQuota: { hard: { pods: "50", "requests.cpu": "4" } },
  limitRange: { limits: [{ type: "Container", max: { cpu: "2" } }] },
  networkPolicy: { ingress: "OtherProjectsDenied" },
};
let lab: Lab;
beforeAll(async () => {
  const file = join(scratchFolder("environment-defaults"), "defaults.yaml");
  writeFileSync(file, dump(DEFAULTS));
  lab = await openLab(["--environment-defaults", file]);
}, 60_000);
afterAll(() => lab.stop());

const allow = (annotations: Record<string, string | null>) =>
  lab.admin.patch(NAMESPACES, { name: lab.namespace }, { metadata: { annotations } }, { type: "merge" });

async function refusedBy(annotation: string, value: string, reason: string): Promise<string> {
  const name = await lab.project(ONE);
  await allow({ [annotation]: value });
  // What a Namespace allows is held against every pass, and good for a resync interval.
  await eventually(
    async () => {
      const annotations = { [ANNOTATIONS.requestedAt]: crypto.randomUUID() };
      const ref = { namespace: lab.namespace, name };
      await lab.admin.patch(PROJECTS, ref, { metadata: { annotations } }, { type: "merge" });
      return condition(await getProject(lab, name), "Ready")?.reason === reason;
    },
    { description: `${name} says ${reason}`, deadlineMs: 20_000, everyMs: 500 },
  );
  await untilReason(lab, name, reason);
  return name;
}

test("ProjectNotAllowed: found when the Namespace lists other projectIds", async () => {
  const name = await refusedBy(ANNOTATIONS.allowedProjects, "pay", "ProjectNotAllowed");
  const first = await lab.first(name, "ProjectNotAllowed");
  expect(first.evidence).toContain('allowed-projects is "pay"');
  await lab.paste(first.fix);
  await untilReason(lab, name, "Completed");
  await allow({ [ANNOTATIONS.allowedProjects]: null });
}, 60_000);

test("ProjectNotAllowed: absent when a pattern covers the projectId", async () => {
  const name = await lab.project(ONE);
  await allow({ [ANNOTATIONS.allowedProjects]: "pay,p*" });
  expect(await lab.ids(name)).toEqual([]);
  await allow({ [ANNOTATIONS.allowedProjects]: null });
}, 60_000);

test("RepositoryNotAllowed: found when the Namespace lists other repositories", async () => {
  const name = await refusedBy(ANNOTATIONS.allowedRepositories, "github.com/other/*", "RepositoryNotAllowed");
  const first = await lab.first(name, "RepositoryNotAllowed");
  expect(first.what).toContain("does not allow ssh://git@github.com/acme/shop.git");
  await lab.paste(first.fix);
  await untilReason(lab, name, "Completed");
  await allow({ [ANNOTATIONS.allowedRepositories]: null });
}, 60_000);

test("RepositoryNotAllowed: absent when it is the projectId that is not allowed", async () => {
  const name = await refusedBy(ANNOTATIONS.allowedProjects, "pay", "ProjectNotAllowed");
  expect(await lab.ids(name)).toEqual(["ProjectNotAllowed"]);
  await allow({ [ANNOTATIONS.allowedProjects]: null });
}, 60_000);

test("TooManyEnvironments: found when the Namespace allows fewer", async () => {
  const name = await refusedBy(ANNOTATIONS.maxEnvironments, "0", "TooManyEnvironments");
  const first = await lab.first(name, "TooManyEnvironments");
  expect(first.what).toContain("does not allow 1 environment,");
  expect(first.evidence).toContain('max-environments is "0"');
  await lab.paste(first.fix);
  await untilReason(lab, name, "Completed");
  await allow({ [ANNOTATIONS.maxEnvironments]: null });
}, 60_000);

test("TooManyEnvironments: absent when the Namespace allows as many", async () => {
  const name = await lab.project(ONE);
  await allow({ [ANNOTATIONS.maxEnvironments]: "1" });
  expect(await lab.ids(name)).toEqual([]);
  await allow({ [ANNOTATIONS.maxEnvironments]: null });
}, 60_000);

test("StricterThanAsked: found when the spec asks for more than the operator's defaults give, and ended by writing what holds", async () => {
  const name = await lab.project({
    environments: [
      { name: "staging" },
      {
        name: "development",
        metadata: { labels: { "pod-security.kubernetes.io/enforce": "privileged" } },
        resourceQuota: { hard: { pods: "500", "requests.cpu": "1", "count/jobs.batch": "3" } },
        limitRange: { limits: [{ type: "Container", max: { cpu: "8", memory: "1Gi" } }] },
        networkPolicy: { ingress: "Allowed", egress: "DNSAndGit" },
      },
    ],
  });
  const first = await lab.first(name, "StricterThanAsked");
  expect(first.severity).toBe("warning");
  expect(first.evidence?.split("; ").sort()).toEqual([
    "limitRange.limits.0.max.cpu: 8 asked, 2 holds",
    "metadata.labels.pod-security.kubernetes.io/enforce: privileged asked, baseline holds",
    "networkPolicy.ingress: Allowed asked, OtherProjectsDenied holds",
    "resourceQuota.hard.pods: 500 asked, 50 holds",
  ]);
  await lab.paste(first.fix);
  await gone(lab, name, "StricterThanAsked");
  await untilReady(lab, name);
  expect(await lab.ids(name)).toEqual([]);
}, 60_000);

test("StricterThanAsked: absent when a spec asks for less, or for nothing", async () => {
  const name = await lab.project({
    environments: [
      { name: "staging" },
      {
        name: "development",
        metadata: { labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
        resourceQuota: { hard: { pods: "5", "requests.cpu": "4000m" } },
        networkPolicy: { ingress: "OtherNamespacesDenied" },
      },
    ],
  });
  expect(await lab.ids(name)).toEqual([]);
}, 60_000);

test("QuotaExceeded: of a quota that the spec itself asks for the spec is raised, not the quota", async () => {
  const quotas = await startQuotaController(lab);
  try {
    const environment = { name: "development", resourceQuota: { hard: { "count/secrets": "1" } } };
    const name = await lab.project({ environments: [environment] });
    const ref = { namespace: homeOf(name), name: `${name}-quota` };
    await eventually(async () => (await lab.admin.get(RESOURCE_QUOTAS, ref)).status?.used !== undefined, {
      description: "the quota is counted",
    });
    await lab.admin.createSecret(
      lab.namespace,
      "registry",
      { ".dockerconfigjson": '{"auths":{}}' },
      "kubernetes.io/dockerconfigjson",
    );
    const environments = [{ ...environment, imagePullSecrets: [{ name: "registry" }] }];
    await lab.admin.patch(
      PROJECTS,
      { namespace: lab.namespace, name },
      { spec: { environments } },
      { type: "merge" },
    );
    await untilReason(lab, name, "QuotaExceeded");
    const first = await lab.first(name, "QuotaExceeded");
    expect(first.evidence).toBe("count/secrets: 1 used of 1");
    expect(first.fix).toContain("/spec/environments/0/resourceQuota/hard/count~1secrets");
    await lab.paste(first.fix);
    await untilReady(lab, name);
  } finally {
    await quotas.stop();
  }
}, 60_000);
