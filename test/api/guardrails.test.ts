import { afterAll, beforeAll, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { dump } from "js-yaml";
import type { EnvironmentDefaults } from "../../src/api/environment-defaults.ts";
import type { LimitRangeItem } from "../../src/api/guardrails.ts";
import { ANNOTATIONS, LABELS } from "../../src/api/names.ts";
import { canonicalQuantity } from "../../src/api/quantity.ts";
import type { ProjectGitOpsSpecInput } from "../../src/api/schema.ts";
import { type KubeObject, RESOURCE_QUOTAS } from "../../src/kube/index.ts";
import type { ManagedKind } from "../../src/plan/index.ts";
import { filledIn } from "../../src/plan/limit-range.ts";
import { resourceOf } from "../../src/reconcile/index.ts";
import { type Daemon, eventually, scratchFolder } from "../cluster/index.ts";
import { deployerClient, podRefused, refused } from "./support/deployer.ts";
import { untilReady } from "./support/flux.ts";
import { deny } from "./support/policy.ts";
import { startQuotaController } from "./support/quota.ts";
import {
  created,
  endsBefore,
  isCall,
  line,
  requestsAbout,
  untilResynced,
  writesAbout,
} from "./support/requests.ts";
import {
  condition,
  find,
  getProject,
  giveCredential,
  need,
  openScope,
  PROJECTS,
  projectObject,
  type Scope,
  uniqueProject,
  untilPhase,
  untilProject,
} from "./support/scope.ts";

/** Written in forms that the API server does not store. */
const DEFAULTS: EnvironmentDefaults = {
  podSecurity: { enforce: "baseline", warn: "restricted" },
  resourceQuota: { hard: { pods: "50", "requests.cpu": "4000m", "limits.memory": "16384Mi", secrets: "4" } },
  limitRange: {
    limits: [
      {
        type: "Container",
        max: { cpu: "2", memory: "4096Mi" },
        default: { cpu: "0.5", memory: "256Mi" },
        defaultRequest: { cpu: "0.1", memory: "128Mi" },
      },
    ],
  },
  networkPolicy: { ingress: "OtherProjectsDenied", egress: "DNSAndGit" },
};
const ENFORCE = "pod-security.kubernetes.io/enforce";
const file = join(scratchFolder("environment-defaults"), "defaults.yaml");
const say = (defaults: EnvironmentDefaults) => writeFileSync(file, dump(defaults));

let scope: Scope;
let quotas: Daemon;
beforeAll(async () => {
  say(DEFAULTS);
  scope = await openScope({ args: ["--environment-defaults", file] });
  quotas = await startQuotaController(scope);
  await giveCredential(scope);
}, 60_000);
afterAll(async () => {
  await quotas.stop();
  await scope.stop();
});

const home = (id: string, environment = "development") => `project-${id}-${environment}`;
const GUARDS = [
  ["ResourceQuota", "quota"],
  ["LimitRange", "limits"],
  ["NetworkPolicy", "isolation"],
] as const;
const guard = (id: string, kind: ManagedKind, environment = "development") => {
  const suffix = GUARDS.find(([one]) => one === kind)?.[1];
  return need(scope.admin, kind, home(id, environment), `${id}-${suffix}`);
};
const specOf = async (id: string, kind: ManagedKind, environment = "development") =>
  (await guard(id, kind, environment))["spec"] as Record<string, never>;
const guardsThere = async (id: string): Promise<string[]> => {
  const found = await Promise.all(
    GUARDS.map(async ([kind, suffix]) =>
      (await find(scope.admin, { kind, namespace: home(id), name: `${id}-${suffix}` })) ? kind : [],
    ),
  );
  return found.flat();
};

type Environment = ProjectGitOpsSpecInput["environments"][number];
async function setUp(environment: Partial<Environment> = {}): Promise<string> {
  const id = uniqueProject();
  const environments = [{ name: "development", ...environment }];
  await scope.admin.create(PROJECTS, projectObject(scope.namespace, id, { environments }));
  await untilPhase(scope, id, "COMPLETED");
  return id;
}
const untilCounted = (id: string) =>
  eventually(async () => "used" in ((await guard(id, "ResourceQuota"))["status"] as object), {
    description: "the quota is counted",
  });
const edit = (id: string, environments: Environment[]) =>
  scope.admin.patch(
    PROJECTS,
    { namespace: scope.namespace, name: id },
    { spec: { environments } },
    { type: "merge" },
  );
const restartWith = async (defaults: EnvironmentDefaults) => {
  say(defaults);
  await scope.operator.stop();
  await scope.restart();
};

test("quota, limits and isolation stand before the deployer and Flux's objects, and nothing is written to them again", async () => {
  const id = await setUp();
  const events = requestsAbout(scope, id);
  const guards = ["resourcequotas", "limitranges", "networkpolicies"].flatMap((plural) =>
    created(events, plural),
  );
  expect(guards).toHaveLength(3);
  for (const plural of ["serviceaccounts", "rolebindings", "gitrepositories", "kustomizations"])
    expect(endsBefore(guards, created(events, plural))).toBe(true);
  expect(await specOf(id, "ResourceQuota")).toEqual({
    hard: { pods: "50", "requests.cpu": "4", "limits.memory": "16Gi", secrets: "4" },
  } as never);
  const namespace = await need(scope.admin, "Namespace", "", home(id));
  expect(namespace.metadata.labels).toMatchObject({
    [ENFORCE]: "baseline",
    "pod-security.kubernetes.io/warn": "restricted",
  });
  await untilReady(scope, id);
  await untilResynced(scope);
  const before = writesAbout(scope, id).length;
  await untilResynced(scope);
  expect(writesAbout(scope, id).slice(before).map(line)).toEqual([]);
  const { inventory } = (await getProject(scope, id)).status ?? {};
  expect(inventory?.entries.map((entry) => entry.id)).toContain(
    `${home(id)}_${id}-isolation_networking.k8s.io_NetworkPolicy`,
  );
}, 60_000);

test("a quota whose use changes is listed, not read, and calls for no pass", async () => {
  const id = await setUp();
  await untilReady(scope, id);
  await untilResynced(scope);
  const version = (await guard(id, "ResourceQuota")).metadata.resourceVersion;
  const before = requestsAbout(scope, id).length;
  expect(await podRefused(scope.admin, home(id))).toBeUndefined();
  await eventually(async () => (await guard(id, "ResourceQuota")).metadata.resourceVersion !== version, {
    description: "the quota counts the Pod",
  });
  await untilResynced(scope, 3);
  const asked = requestsAbout(scope, id).slice(before);
  expect(asked.filter(({ objectRef }) => objectRef?.resource !== "events").map(line)).toEqual([]);
}, 60_000);

test("the API server stores quantities in the form in which they are sent", async () => {
  const texts = [
    "1000m",
    "0.5",
    "1500m",
    "1000",
    "1500",
    "1024Mi",
    "1.5Gi",
    "0.5Mi",
    "1000Ki",
    "1e3",
    "12E2",
  ];
  const more = ["1.0001Ki", "5000M", "0.0005", "2Ti", "1100Mi", "3e-3", "1E", "999999", "123456789n", "0Gi"];
  const amounts = Object.fromEntries([...texts, ...more].map((text, i) => [`example.com/n${i}`, text]));
  // A LimitRange: a quota takes whole numbers alone of what it does not know.
  const body = {
    metadata: { namespace: scope.namespace, name: uniqueProject() },
    spec: { limits: [{ type: "Pod", max: amounts }] },
  };
  const stored = await scope.admin.create(resourceOf("LimitRange"), body as KubeObject);
  const [item] = (stored as typeof body).spec.limits;
  for (const [name, text] of Object.entries(amounts))
    expect([text, item?.max[name]]).toEqual([text, canonicalQuantity(text)]);
}, 30_000);

test("the API server fills a LimitRange in as the plan does, so that nothing differs", async () => {
  const cpu = (amount: string) => ({ cpu: amount });
  const items: LimitRangeItem[] = [
    { type: "Container", max: cpu("2") },
    { type: "Container", min: cpu("1") },
    { type: "Container", max: { ...cpu("2"), memory: "1Gi" }, min: cpu("1"), default: cpu("1500m") },
    { type: "Container", default: cpu("1"), defaultRequest: { ...cpu("500m"), memory: "1Mi" } },
    { type: "Container", min: cpu("1"), defaultRequest: cpu("2") },
    { type: "Container" },
    { type: "Pod", max: cpu("4"), min: cpu("1") },
    { type: "PersistentVolumeClaim", max: { storage: "10Gi" } },
  ];
  for (const item of items) {
    const body = {
      metadata: { namespace: scope.namespace, name: uniqueProject() },
      spec: { limits: [item] },
    };
    const stored = (await scope.admin.create(resourceOf("LimitRange"), body as KubeObject)) as typeof body;
    expect(stored.spec.limits).toEqual([filledIn(item)]);
  }
}, 30_000);

test("what somebody takes away or loosens comes back", async () => {
  const id = await setUp();
  await untilReady(scope, id);
  const tenant = await deployerClient(scope, id, "development");
  const ref = (suffix: string) => ({ namespace: home(id), name: `${id}-${suffix}` });
  const wanted = await specOf(id, "NetworkPolicy");
  // Each of these opens what the policy closes, though every field that we set is still there.
  const tricks = [
    { podSelector: { matchLabels: { none: "such" } } },
    { egress: [{ ports: [{ protocol: "TCP", port: 22, endPort: 65535 }] }] },
    { policyTypes: ["Egress"] },
  ];
  for (const trick of tricks) {
    await tenant.patch(resourceOf("NetworkPolicy"), ref("isolation"), { spec: trick }, { type: "merge" });
    await eventually(async () => Bun.deepEquals(await specOf(id, "NetworkPolicy"), wanted), {
      description: `the policy is put right after ${JSON.stringify(trick)}`,
      deadlineMs: 15_000,
    });
  }
  await tenant.delete(resourceOf("NetworkPolicy"), ref("isolation"));
  const quota = { spec: { hard: { pods: "500" } } };
  await scope.admin.patch(resourceOf("ResourceQuota"), ref("quota"), quota, { type: "merge" });
  await scope.admin.delete(resourceOf("LimitRange"), ref("limits"));
  await eventually(
    async () =>
      (await guardsThere(id)).length === 3 && (await specOf(id, "ResourceQuota"))["hard"]?.["pods"] === "50",
    { description: "all are as they were", deadlineMs: 15_000 },
  );
  tenant.close();
}, 90_000);

test("a deployer may neither lift its quota and limits nor run what they and the Pod Security level forbid", async () => {
  const id = await setUp({ resourceQuota: { hard: { pods: "2" } } });
  const tenant = await deployerClient(scope, id, "development");
  const namespace = home(id);
  for (const [kind, suffix] of GUARDS) {
    const ref = { namespace, name: `${id}-${suffix}` };
    const patch = { metadata: { annotations: { mine: "yes" } } };
    const said = await refused(tenant.patch(resourceOf(kind), ref, patch, { type: "merge" }));
    const gone = await refused(tenant.delete(resourceOf(kind), ref, { dryRun: true }));
    // Honestly: the built-in role admin may write NetworkPolicies.
    expect([kind, said !== undefined, gone !== undefined]).toEqual([
      kind,
      kind !== "NetworkPolicy",
      kind !== "NetworkPolicy",
    ]);
  }
  expect(
    await refused(
      tenant.patch(
        resourceOf("Namespace"),
        { name: namespace },
        { metadata: { labels: { [ENFORCE]: "privileged" } } },
        { type: "merge" },
      ),
    ),
  ).toContain("cannot patch");
  const privileged = { securityContext: { privileged: true } };
  expect(await podRefused(tenant, namespace, privileged)).toContain('violates PodSecurity "baseline');
  const large = { resources: { requests: { cpu: "3", memory: "1Gi" }, limits: { cpu: "3", memory: "1Gi" } } };
  expect(await podRefused(tenant, namespace, large)).toContain("maximum cpu usage per Container is 2");
  await untilCounted(id);
  let said: string | undefined;
  for (let pods = 0; pods < 3 && said === undefined; pods++) said = await podRefused(tenant, namespace);
  expect(said).toContain(`exceeded quota: ${id}-quota`);
  tenant.close();
}, 60_000);

test("a deployer may open its own Pods by a policy of its own: policies add up, and nobody takes it away", async () => {
  const id = await setUp();
  await untilReady(scope, id);
  const tenant = await deployerClient(scope, id, "development");
  const open = { kind: "NetworkPolicy", namespace: home(id), name: "open" } as const;
  const body = {
    metadata: { namespace: home(id), name: "open" },
    spec: { podSelector: {}, policyTypes: ["Ingress"], ingress: [{}] },
  };
  expect(await refused(tenant.create(resourceOf("NetworkPolicy"), body as KubeObject))).toBeUndefined();
  await untilResynced(scope);
  expect(await find(scope.admin, open)).toBeDefined();
  // It opens nobody else's.
  const other = await setUp();
  const elsewhere = { ...body, metadata: { namespace: home(other), name: "open" } };
  expect(await refused(tenant.create(resourceOf("NetworkPolicy"), elsewhere as KubeObject))).toContain(
    "cannot create",
  );
  tenant.close();
}, 60_000);

test("a spec tightens the defaults; what it asks for beyond them is not given, and stops nothing", async () => {
  const id = await setUp({
    resourceQuota: { hard: { pods: "500", "requests.cpu": "1", "count/jobs.batch": "3" } },
    limitRange: { limits: [{ type: "Container", max: { cpu: "64" }, default: { memory: "1Gi" } }] },
    networkPolicy: { ingress: "OtherNamespacesDenied", egress: "Allowed" },
    metadata: { labels: { [ENFORCE]: "privileged", "pod-security.kubernetes.io/audit": "restricted" } },
  });
  expect(await specOf(id, "ResourceQuota")).toEqual({
    hard: { pods: "50", "requests.cpu": "1", "count/jobs.batch": "3", "limits.memory": "16Gi", secrets: "4" },
  } as never);
  expect((await specOf(id, "LimitRange"))["limits"]).toMatchObject([
    { max: { cpu: "2" }, default: { cpu: "500m", memory: "1Gi" } },
  ]);
  const policy = await specOf(id, "NetworkPolicy");
  expect(policy).toMatchObject({
    policyTypes: ["Ingress", "Egress"],
    ingress: [{ from: [{ podSelector: {} }] }],
  });
  expect((await need(scope.admin, "Namespace", "", home(id))).metadata.labels).toMatchObject({
    [ENFORCE]: "baseline",
    "pod-security.kubernetes.io/audit": "restricted",
  });
  await edit(id, [{ name: "development" }]);
  await eventually(
    async () =>
      (await specOf(id, "ResourceQuota"))["hard"]?.["count/jobs.batch"] === undefined &&
      (await specOf(id, "NetworkPolicy"))["ingress"]?.[0]?.["from"]?.["length"] === 2,
    { description: "what the spec had added is gone", deadlineMs: 15_000 },
  );
}, 60_000);

test("a quota of the project's own that leaves no room for its Secrets is named by the refusal", async () => {
  const id = await setUp({ resourceQuota: { hard: { secrets: "1" } } });
  await untilCounted(id);
  const data = { ".dockerconfigjson": '{"auths":{}}' };
  await scope.admin.createSecret(scope.namespace, "registry", data, "kubernetes.io/dockerconfigjson");
  await edit(id, [
    {
      name: "development",
      resourceQuota: { hard: { secrets: "1" } },
      imagePullSecrets: [{ name: "registry" }],
    },
  ]);
  const project = await untilProject(
    scope,
    id,
    (one) => condition(one, "Ready")?.reason === "QuotaExceeded",
    "is told QuotaExceeded",
  );
  expect(condition(project, "Ready")?.message).toContain(`exceeded quota: ${id}-quota`);
  await edit(id, [
    {
      name: "development",
      resourceQuota: { hard: { secrets: "3" } },
      imagePullSecrets: [{ name: "registry" }],
    },
  ]);
  await untilReady(scope, id);
}, 60_000);

test("a set-up that is rolled back takes them along, and a deletion that orphans leaves them unharmed", async () => {
  const denied = uniqueProject();
  const allow = await deny(scope, { projectId: denied, kind: "GitRepository" });
  const environments = [{ name: "development", deletionPolicy: "Orphan" as const }];
  await scope.admin.create(
    PROJECTS,
    projectObject(scope.namespace, denied, { environments, setup: { timeout: "10s" } }),
  );
  await untilPhase(scope, denied, "FAILED");
  expect(created(requestsAbout(scope, denied), "resourcequotas")).toHaveLength(1);
  await eventually(async () => (await guardsThere(denied)).length === 0, { description: "nothing is left" });
  await allow();

  const id = await setUp({ deletionPolicy: "Orphan" });
  const before = await specOf(id, "NetworkPolicy");
  await scope.admin.delete(PROJECTS, { namespace: scope.namespace, name: id });
  await eventually(
    async () => (await guard(id, "NetworkPolicy")).metadata.annotations?.[ANNOTATIONS.owner] === undefined,
    {
      description: "the policy is let go",
      deadlineMs: 30_000,
    },
  );
  expect(await guardsThere(id)).toEqual(["ResourceQuota", "LimitRange", "NetworkPolicy"]);
  expect(await specOf(id, "NetworkPolicy")).toEqual(before);
  expect((await guard(id, "ResourceQuota")).metadata.labels ?? {}).not.toHaveProperty(LABELS.managedBy);
}, 90_000);

test("one of somebody else's under that name is not touched, and the project says whose it is", async () => {
  const id = uniqueProject();
  await scope.admin.createNamespace({ metadata: { name: home(id), labels: { [LABELS.adopt]: id } } });
  const body = { metadata: { namespace: home(id), name: `${id}-quota` }, spec: { hard: { pods: "7" } } };
  await scope.admin.create(RESOURCE_QUOTAS, body);
  await scope.admin.create(
    PROJECTS,
    projectObject(scope.namespace, id, { environments: [{ name: "development" }] }),
  );
  const project = await untilProject(
    scope,
    id,
    (one) => condition(one, "Ready")?.reason === "HeldByAnother",
    "is held",
  );
  expect(condition(project, "Ready")?.message).toContain(`ResourceQuota ${home(id)}/${id}-quota is held by`);
  expect((await specOf(id, "ResourceQuota"))["hard"]).toEqual({ pods: "7" } as never);
  const adopt = { metadata: { labels: { [LABELS.adopt]: id } } };
  await scope.admin.patch(RESOURCE_QUOTAS, { namespace: home(id), name: `${id}-quota` }, adopt, {
    type: "merge",
  });
  await untilPhase(scope, id, "COMPLETED");
  expect((await specOf(id, "ResourceQuota"))["hard"]).toMatchObject({ pods: "50" } as never);
}, 60_000);

test("other defaults come with a restart, and defaults that are taken away take their objects along", async () => {
  const id = await setUp();
  await untilReady(scope, id);
  const own = await setUp({ resourceQuota: { hard: { pods: "5" } } });
  await restartWith({
    limitRange: { limits: [{ type: "Container", max: { memory: "8Gi" } }] },
    podSecurity: { enforce: "restricted" },
    networkPolicy: { ingress: "OtherNamespacesDenied" },
  });
  await eventually(async () => Bun.deepEquals(await guardsThere(id), ["LimitRange", "NetworkPolicy"]), {
    description: "only limits and policy are left",
    deadlineMs: 30_000,
  });
  // Bounds and defaults that the file has no more are gone, though a list owned as a whole does not tell of them.
  const memory = { memory: "8Gi" };
  const limits = [{ type: "Container", max: memory, default: memory, defaultRequest: memory }];
  await eventually(async () => Bun.deepEquals(await specOf(id, "LimitRange"), { limits } as never), {
    description: "the limits are those of the file",
    deadlineMs: 15_000,
  });
  const policy = {
    podSelector: {},
    policyTypes: ["Ingress"],
    ingress: [{ from: [{ podSelector: {} }] }],
  };
  await eventually(async () => Bun.deepEquals(await specOf(id, "NetworkPolicy"), policy as never), {
    description: "the policy is that of the file",
    deadlineMs: 15_000,
  });
  await restartWith({});
  await eventually(async () => (await guardsThere(id)).length === 0, {
    description: "nothing is left of the defaults",
    deadlineMs: 30_000,
  });
  await eventually(
    async () => (await need(scope.admin, "Namespace", "", home(id))).metadata.labels?.[ENFORCE] === undefined,
    { description: "the level is gone too" },
  );
  expect(await guardsThere(own)).toEqual(["ResourceQuota"]);
  expect((await getProject(scope, id)).status?.phase).toBe("COMPLETED");
  await untilResynced(scope);
  const before = writesAbout(scope, id).length;
  await untilResynced(scope);
  expect(
    writesAbout(scope, id)
      .slice(before)
      .filter((event) => !isCall(event, "create", "events"))
      .map(line),
  ).toEqual([]);
}, 90_000);
