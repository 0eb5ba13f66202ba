import { afterAll, beforeAll, expect, test } from "bun:test";
import { ANNOTATIONS } from "../../src/api/names.ts";
import { RESOURCE_QUOTAS } from "../../src/kube/index.ts";
import { eventually, operatorRequests, startOperator, uniqueName } from "../cluster/index.ts";
import { untilReady } from "./support/flux.ts";
import { startQuotaController } from "./support/quota.ts";
import { untilResynced } from "./support/requests.ts";
import {
  condition,
  find,
  getProject,
  giveCredential,
  idsOf,
  NAMESPACES,
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
});
afterAll(() => scope.stop());

const ONE = { environments: [{ name: "staging" }] };

const allow = (where: Scope, annotations: Record<string, string | null>) =>
  where.admin.patch(NAMESPACES, { name: where.namespace }, { metadata: { annotations } }, { type: "merge" });

async function apply(where: Scope, spec = ONE): Promise<string> {
  const id = uniqueProject();
  await where.admin.create(PROJECTS, projectObject(where.namespace, id, spec));
  return id;
}

const untilReason = (where: Scope, id: string, reason: string) =>
  untilProject(where, id, (one) => condition(one, "Ready")?.reason === reason, `says ${reason}`);

test("a project that its Namespace does not allow stalls with nothing made, and goes on by itself when it is allowed", async () => {
  await allow(scope, { [ANNOTATIONS.allowedProjects]: "pay" });
  try {
    // The resync shows the operator what its Namespace allows now.
    const seen = uniqueProject();
    await scope.admin.create(PROJECTS, projectObject(scope.namespace, seen, ONE));
    const stalled = await untilReason(scope, seen, "ProjectNotAllowed");
    expect(condition(stalled, "Stalled")?.status).toBe("True");
    const id = await apply(scope);
    const project = await untilReason(scope, id, "ProjectNotAllowed");
    for (const one of idsOf(project)) expect(await find(scope.admin, one)).toBeUndefined();
    await allow(scope, { [ANNOTATIONS.allowedProjects]: `pay,${id},${seen}` });
    await untilPhase(scope, id, "COMPLETED");
  } finally {
    await allow(scope, { [ANNOTATIONS.allowedProjects]: null });
  }
}, 60_000);

/** Asks for passes: what a Namespace allows is good for a resync interval. */
const passesUntil = (id: string, reason: string) =>
  eventually(
    async () => {
      const annotations = { [ANNOTATIONS.requestedAt]: crypto.randomUUID() };
      const ref = { namespace: scope.namespace, name: id };
      await scope.admin.patch(PROJECTS, ref, { metadata: { annotations } }, { type: "merge" });
      return condition(await getProject(scope, id), "Ready")?.reason === reason;
    },
    { description: `${id} says ${reason}`, deadlineMs: 20_000, everyMs: 500 },
  );

test("a repository that is not allowed any more stalls a project, and nothing of it is removed", async () => {
  const id = await apply(scope);
  const ready = await untilReady(scope, id);
  await allow(scope, { [ANNOTATIONS.allowedRepositories]: "github.com/other/*" });
  try {
    await passesUntil(id, "RepositoryNotAllowed");
    const stalled = await getProject(scope, id);
    expect(condition(stalled, "Ready")?.message).toContain(
      "allowed-repositories=github.com/other/*,ssh://git@github.com/acme/shop.git",
    );
    for (const one of idsOf(ready)) expect(await find(scope.admin, one)).toBeDefined();
    expect(stalled.status?.inventory).toEqual(ready.status?.inventory ?? { entries: [] });
    await allow(scope, { [ANNOTATIONS.allowedRepositories]: "github.com/acme/*" });
    await untilReason(scope, id, "Completed");
  } finally {
    await allow(scope, { [ANNOTATIONS.allowedRepositories]: null });
  }
}, 60_000);

test("under --tenancy=strict a Namespace that says nothing allows nothing, and no Secret is read", async () => {
  const strict = await openScope({ args: ["--tenancy", "strict"] });
  try {
    await giveCredential(strict);
    const id = await apply(strict);
    await untilReason(strict, id, "ProjectNotAllowed");
    await allow(strict, { [ANNOTATIONS.allowedProjects]: id });
    await untilReason(strict, id, "RepositoryNotAllowed");
    const reads = operatorRequests(
      strict.cluster,
      ({ verb, objectRef }) =>
        verb === "get" && objectRef?.resource === "secrets" && objectRef.namespace === strict.namespace,
    );
    expect(reads).toEqual([]);
    await allow(strict, { [ANNOTATIONS.allowedRepositories]: "github.com/*" });
    await untilPhase(strict, id, "COMPLETED");
  } finally {
    await strict.stop();
  }
}, 60_000);

test("--git-hosts limits the repositories of every project", async () => {
  const limited = await openScope({ args: ["--git-hosts", "git.acme.dev,gitlab.com"] });
  try {
    await giveCredential(limited);
    const id = await apply(limited);
    const project = await untilReason(limited, id, "HostNotAllowed");
    expect(condition(project, "Ready")?.message).toContain("from git.acme.dev, gitlab.com only");
    for (const one of idsOf(project)) expect(await find(limited.admin, one)).toBeUndefined();
  } finally {
    await limited.stop();
  }
}, 60_000);

test("what a Namespace allows is asked for once in a resync interval, however many projects it holds", async () => {
  const late = uniqueName("late");
  const args = ["--poll-interval", "200ms", "--resync-interval", "10m", "--namespace", late];
  const operator = await startOperator(scope.cluster, { args });
  try {
    const annotations = { [ANNOTATIONS.allowedProjects]: "none" };
    await scope.admin.createNamespace({ metadata: { name: late, annotations } });
    const there = { ...scope, namespace: late, operator };
    await untilReason(there, await apply(there), "ProjectNotAllowed");
    await untilReason(there, await apply(there), "ProjectNotAllowed");
    const asked = operatorRequests(
      scope.cluster,
      ({ verb, requestURI }) => verb === "list" && requestURI.includes(`metadata.name%3D${late}`),
    );
    expect(asked).toHaveLength(1);
  } finally {
    await operator.stop();
  }
}, 60_000);

test("a Secret of another namespace can be named in no field, and one of the same name there is not used", async () => {
  const elsewhere = uniqueName("elsewhere");
  await scope.admin.createNamespace(elsewhere);
  await giveCredential({ admin: scope.admin, namespace: elsewhere }, "theirs");
  const naming = (secretRef: object) =>
    projectObject(scope.namespace, uniqueProject(), {
      ...ONE,
      git: {
        url: "git@github.com:acme/shop.git",
        credential: { secretRef } as { secretRef: { name: string } },
      },
    });
  const create = scope.admin.create(PROJECTS, naming({ name: "theirs", namespace: elsewhere }));
  await expect(create).rejects.toThrow('unknown field "spec.git.credential.secretRef.namespace"');
  await expect(scope.admin.create(PROJECTS, naming({ name: `${elsewhere}/theirs` }))).rejects.toThrow(
    "spec.git.credential.secretRef.name",
  );
  const project = naming({ name: "theirs" });
  await scope.admin.create(PROJECTS, project);
  const refused = await untilReason(scope, project.spec.projectId, "CredentialMissing");
  expect(condition(refused, "Ready")?.message).toContain(`${scope.namespace}/theirs`);
});

test("a project of more environments than its Namespace allows stalls with nothing made or removed, and goes on when it may", async () => {
  await allow(scope, { [ANNOTATIONS.maxEnvironments]: "1" });
  try {
    const id = await apply(scope);
    await untilReady(scope, id);
    // What a Namespace allows is good for a resync interval.
    await untilResynced(scope, 3);
    const two = { spec: { environments: [{ name: "staging" }, { name: "production" }] } };
    const ref = { namespace: scope.namespace, name: id };
    await scope.admin.patch(PROJECTS, ref, two, { type: "merge" });
    await passesUntil(id, "TooManyEnvironments");
    const stalled = await getProject(scope, id);
    expect(condition(stalled, "Stalled")?.message).toContain(
      "allows 1 for each project, and spec.environments has 2",
    );
    const there = await Promise.all(idsOf(stalled).map((one) => find(scope.admin, one)));
    expect(there.map((one) => one !== undefined)).toEqual(
      idsOf(stalled).map(({ environment }) => environment === "staging"),
    );
    await allow(scope, { [ANNOTATIONS.maxEnvironments]: "2" });
    await untilReady(scope, id);
  } finally {
    await allow(scope, { [ANNOTATIONS.maxEnvironments]: null });
  }
}, 60_000);

test("a ResourceQuota limits how many projects a Namespace may hold: the API server itself refuses one more", async () => {
  const quotas = await startQuotaController(scope);
  const other = uniqueName("few");
  try {
    await scope.admin.createNamespace(other);
    const name = "projects";
    const hard = { "count/projectgitops.projectgitops.dev": "1" };
    await scope.admin.create(RESOURCE_QUOTAS, { metadata: { namespace: other, name }, spec: { hard } });
    await eventually(
      async () =>
        (await scope.admin.get(RESOURCE_QUOTAS, { namespace: other, name })).status?.used !== undefined,
      { description: "the quota is counted" },
    );
    await scope.admin.create(PROJECTS, projectObject(other, uniqueProject(), ONE));
    const one = scope.admin.create(PROJECTS, projectObject(other, uniqueProject(), ONE));
    await expect(one).rejects.toThrow(/exceeded quota: projects/);
  } finally {
    await quotas.stop();
  }
}, 60_000);
