import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Secret } from "kubernetes-types/core/v1";
import { makeSshKey } from "../../src/git/index.ts";
import { PROJECTS } from "../../src/reconcile/index.ts";
import { type AuditEvent, eventually, uniqueName } from "../cluster/index.ts";
import { untilReady } from "./support/flux.ts";
import { isWrite, requestsAbout, untilResynced, writesAbout } from "./support/requests.ts";
import {
  condition,
  giveCredential,
  need,
  openScope,
  projectObject,
  type Scope,
  SECRETS,
  uniqueProject,
  untilPhase,
  untilProject,
} from "./support/scope.ts";

let scope: Scope;
beforeAll(async () => {
  scope = await openScope();
});
afterAll(() => scope.stop());

const ENVIRONMENTS = ["development", "staging", "production"];

async function setUp(labels?: Record<string, string>): Promise<{ id: string; secret: string }> {
  const [id, secret] = [uniqueProject(), uniqueName("git")];
  await giveCredential(scope, secret);
  const ref = { namespace: scope.namespace, name: secret };
  if (labels) await scope.admin.patch(SECRETS, ref, { metadata: { labels } }, { type: "merge" });
  const git = { url: "git@github.com:acme/shop.git", credential: { secretRef: { name: secret } } };
  await scope.admin.create(PROJECTS, projectObject(scope.namespace, id, { git }));
  await untilPhase(scope, id, "COMPLETED");
  return { id, secret };
}

const copies = (id: string): Promise<Secret[]> =>
  Promise.all(
    ENVIRONMENTS.map((environment) =>
      scope.admin.get(SECRETS, { namespace: `project-${id}-${environment}`, name: `${id}-git-auth` }),
    ),
  );

const repositories = (id: string) =>
  Promise.all(
    ENVIRONMENTS.map((environment) =>
      need(scope.admin, "GitRepository", `project-${id}-${environment}`, `${id}-repo`),
    ),
  );

const change = (secret: string, data: Record<string, string>) =>
  scope.admin.patch(
    SECRETS,
    { namespace: scope.namespace, name: secret },
    { data: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, btoa(text)])) },
    { type: "merge" },
  );

test("a changed credential reaches every environment, and every GitRepository is asked to fetch at once", async () => {
  const { id, secret } = await setUp();
  const { privateKey } = makeSshKey("rotated");
  await change(secret, { identity: privateKey });
  await eventually(
    async () => (await copies(id)).every(({ data }) => data?.["identity"] === btoa(privateKey)),
    { description: "every copy has the new key" },
  );
  await eventually(
    async () =>
      (await repositories(id)).every(
        ({ metadata }) => metadata.annotations?.["reconcile.fluxcd.io/requestedAt"] !== undefined,
      ),
    { description: "every GitRepository is asked to fetch" },
  );
  await untilReady(scope, id);
});

test("a credential labelled reconcile.fluxcd.io/watch: Enabled is taken up by a poll, long before the next resync", async () => {
  const usual = scope;
  scope = await openScope({ args: ["--resync-interval", "1h"] });
  try {
    const { id, secret } = await setUp({ "reconcile.fluxcd.io/watch": "Enabled" });
    const { privateKey } = makeSshKey("rotated");
    await change(secret, { identity: privateKey });
    await eventually(
      async () => (await copies(id)).every(({ data }) => data?.["identity"] === btoa(privateKey)),
      { description: "every copy has the new key" },
    );
  } finally {
    await scope.stop();
    scope = usual;
  }
});

test("a changed image pull Secret reaches every environment too", async () => {
  const [id, git, registry] = [uniqueProject(), uniqueName("git"), uniqueName("registry")];
  await giveCredential(scope, git);
  const auths = (password: string) =>
    JSON.stringify({ auths: { "ghcr.io": { auth: btoa(`robot:${password}`) } } });
  const type = "kubernetes.io/dockerconfigjson";
  await scope.admin.createSecret(scope.namespace, registry, { ".dockerconfigjson": auths("first") }, type);
  const environments = ENVIRONMENTS.map((name) => ({ name, imagePullSecrets: [{ name: registry }] }));
  const url = "git@github.com:acme/shop.git";
  const spec = { git: { url, credential: { secretRef: { name: git } } }, environments };
  await scope.admin.create(PROJECTS, projectObject(scope.namespace, id, spec));
  await untilPhase(scope, id, "COMPLETED");
  await change(registry, { ".dockerconfigjson": auths("second") });
  const held = (environment: string) =>
    scope.admin.get(SECRETS, { namespace: `project-${id}-${environment}`, name: registry });
  await eventually(
    async () =>
      (await Promise.all(ENVIRONMENTS.map(held))).every(
        ({ data }) => data?.[".dockerconfigjson"] === btoa(auths("second")),
      ),
    { description: "every copy has the new password" },
  );
});

test("a rotation writes each Secret before any GitRepository is asked to fetch", async () => {
  const { id, secret } = await setUp();
  const before = writesAbout(scope, id).length;
  await change(secret, { identity: makeSshKey("rotated").privateKey });
  const writes = await eventually(
    () => {
      const since = writesAbout(scope, id).slice(before);
      return since.filter(isRepository).length >= 2 * ENVIRONMENTS.length ? since : undefined;
    },
    { description: "all GitRepositories are written" },
  );
  const lastSecret = writes.findLastIndex(({ objectRef }) => objectRef?.resource === "secrets");
  expect(lastSecret).toBeLessThan(writes.findIndex(isRepository));
});

const isRepository = (event: AuditEvent) => isWrite(event) && event.objectRef?.resource === "gitrepositories";

test("a change of the Secret that leaves its known keys as they are writes no copy", async () => {
  const { id, secret } = await setUp();
  const before = (await copies(id)).map(({ metadata }) => metadata?.resourceVersion);
  await change(secret, { "notes.txt": "not ours" });
  await untilResynced(scope);
  expect((await copies(id)).map(({ metadata }) => metadata?.resourceVersion)).toEqual(before);
});

test("after COMPLETED a removed credential is told, and every copy stays as it was", async () => {
  const { id, secret } = await setUp();
  await untilReady(scope, id);
  const before = await copies(id);
  await scope.admin.delete(SECRETS, { namespace: scope.namespace, name: secret });
  const project = await untilProject(
    scope,
    id,
    (one) => condition(one, "Ready")?.reason === "CredentialMissing",
    "says that the credential is missing",
  );
  expect(condition(project, "Ready")?.status).toBe("False");
  expect(project.status?.phase).toBe("COMPLETED");
  expect(project.status?.completedAt).toBeDefined();
  await untilResynced(scope);
  expect((await copies(id)).map(({ metadata }) => metadata?.resourceVersion)).toEqual(
    before.map(({ metadata }) => metadata?.resourceVersion),
  );
  for (const repository of await repositories(id))
    expect(repository["spec"]).toMatchObject({ secretRef: { name: `${id}-git-auth` } });
});

test("after COMPLETED a malformed credential is told by its key, and every copy stays as it was", async () => {
  const { id, secret } = await setUp();
  const before = await copies(id);
  await change(secret, { identity: "garbage" });
  const project = await untilProject(
    scope,
    id,
    (one) => condition(one, "Ready")?.reason === "CredentialInvalid",
    "says that the credential is malformed",
  );
  expect(condition(project, "Ready")?.message).toContain("key identity");
  expect((await copies(id)).map(({ data }) => Bun.hash(JSON.stringify(data)))).toEqual(
    before.map(({ data }) => Bun.hash(JSON.stringify(data))),
  );
});

test("a removed credential that comes back makes the project Ready again by itself", async () => {
  const { id, secret } = await setUp();
  await untilReady(scope, id);
  await scope.admin.delete(SECRETS, { namespace: scope.namespace, name: secret });
  await untilProject(scope, id, (one) => condition(one, "Ready")?.status === "False", "is not Ready");
  await giveCredential(scope, secret);
  await untilReady(scope, id);
});

test("a copy that was edited or removed by hand has the right bytes again within the resync interval", async () => {
  const { id } = await setUp();
  const [first, second] = await copies(id);
  const ref = (environment: string) => ({
    namespace: `project-${id}-${environment}`,
    name: `${id}-git-auth`,
  });
  const garbage = { data: { identity: btoa("edited by hand"), extra: btoa("stays") } };
  await scope.admin.patch(SECRETS, ref("development"), garbage, {
    type: "merge",
    fieldManager: "kubectl-edit",
  });
  await scope.admin.delete(SECRETS, ref("staging"));
  await eventually(
    async () => {
      const [edited, removed] = await copies(id);
      return (
        edited?.data?.["identity"] === first?.data?.["identity"] &&
        removed?.data?.["identity"] === second?.data?.["identity"]
      );
    },
    { description: "both copies are mended" },
  );
});

test("a project in steady state reads its credential no second time", async () => {
  const { id, secret } = await setUp();
  await untilReady(scope, id);
  const reads = () =>
    requestsAbout(scope, id).filter(({ verb, objectRef }) => verb === "get" && objectRef?.name === secret)
      .length;
  await untilResynced(scope, 1);
  const before = reads();
  await untilResynced(scope, 3);
  expect([before, reads()]).toEqual([1, 1]);
});
