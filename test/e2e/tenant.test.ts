import { afterAll, beforeAll, expect, test } from "bun:test";
import { CLUSTER_ROLES, CONFIG_MAPS } from "../../src/kube/index.ts";
import { uniqueProject } from "../api/support/scope.ts";
import { eventually, kubectl } from "../cluster/index.ts";
import { deliver, namespaceOf, orMissing, publicly } from "./support/options.ts";
import {
  type App,
  applyProject,
  type E2e,
  giveDeployKey,
  giveRepository,
  openE2e,
  overSsh,
  untilComplaint,
  untilReady,
} from "./support/project.ts";

/** What somebody can do who pushes to a project's repository: rows of docs/security.md. */
let e2e: E2e;
beforeAll(async () => {
  e2e = await openE2e();
});
afterAll(() => e2e.stop());

const OPTIONS = { interval: "10s", timeout: "20s" } as const;

const json = (...objects: object[]): string => objects.map((each) => JSON.stringify(each)).join("\n---\n");

test("a Role that grants more than the deployer has is refused by the API server, and nothing of the push is applied", async () => {
  const role = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    metadata: { name: "more" },
    rules: [{ apiGroups: [""], resources: ["nodes"], verbs: ["get"] }],
  };
  const app = await deliver(e2e, json(role), OPTIONS);
  const complaint = /attempting to grant RBAC permissions not currently held/;
  await untilComplaint(e2e, app, complaint);
}, 60_000);

test("a Kustomization that is pushed without serviceAccountName is applied as an account without rights", async () => {
  await grantFluxToAdmins();
  const evil = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "evil", namespace: "default" } };
  const app = await deliver(
    e2e,
    (id) =>
      json({
        apiVersion: "kustomize.toolkit.fluxcd.io/v1",
        kind: "Kustomization",
        metadata: { name: "evil" },
        spec: {
          interval: "10s",
          timeout: "10s",
          prune: true,
          path: "./evil",
          sourceRef: { kind: "GitRepository", name: `${id}-repo` },
        },
      }),
    { ...OPTIONS, wait: false },
  );
  await app.repository.push({ "evil/evil.yaml": json(evil) });
  const account = `system:serviceaccount:${namespaceOf(app)}:default`;
  const message = `jsonpath={.status.conditions[?(@.type=="Ready")].message}`;
  const evils = ["get", "kustomizations.kustomize.toolkit.fluxcd.io", "evil", "-n", namespaceOf(app)];
  await eventually(
    async () =>
      (await kubectl(e2e.cluster, [...evils, "-o", message])).stdout.includes(`User "${account}" cannot`),
    { description: "Flux is refused as the namespace's default account", deadlineMs: 30_000 },
  );
  expect(await orMissing(e2e.admin.get(CONFIG_MAPS, { namespace: "default", name: "evil" }))).toBeUndefined();
}, 90_000);

test("a base from the internet is fetched and applied, with the deployer's rights: nothing in Flux stops it", async () => {
  const remote = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "remote" } };
  let asked = 0;
  const host = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: () => {
      asked++;
      return new Response(json(remote));
    },
  });
  try {
    const id = uniqueProject();
    const repository = await e2e.gitea.createRepository(id, { private: false });
    const kustomization = `resources: ["${host.url}remote.yaml"]\n`;
    const commit = await repository.push({ "k8s/overlays/development/kustomization.yaml": kustomization });
    const app = { id, repository, commit };
    const environments = [{ name: "development", ...OPTIONS }];
    await applyProject(e2e, app, { git: publicly(e2e, app), environments });
    await untilReady(e2e, app);
    const ref = { namespace: namespaceOf(app), name: "remote" };
    expect((await e2e.admin.get(CONFIG_MAPS, ref)).metadata?.name).toBe("remote");
    expect(asked).toBeGreaterThan(0);
  } finally {
    await host.stop(true);
  }
}, 60_000);

test("the deployer can read the environment's copy of the git credential, and no Secret of another namespace", async () => {
  const app = await giveRepository(e2e, ["development"], { private: true });
  await giveDeployKey(e2e, app);
  await applyProject(e2e, app, { git: overSsh(e2e, app), environments: [{ name: "development" }] });
  await untilReady(e2e, app);
  const own = await asDeployer(app, "get", "secret", `${app.id}-git-auth`, "-o", "name");
  expect(own).toEqual({ code: 0, said: `secret/${app.id}-git-auth` });
  const other = await asDeployer(app, "get", "secret", `${app.id}-git`, "-n", e2e.namespace);
  expect(other).toMatchObject({ code: 1, said: expect.stringContaining("is forbidden") });
  const project = await asDeployer(app, "get", "projectgitops", "-n", e2e.namespace);
  expect(project).toMatchObject({ code: 1, said: expect.stringContaining("is forbidden") });
}, 60_000);

async function asDeployer(app: App, ...args: string[]): Promise<{ code: number; said: string }> {
  const namespace = namespaceOf(app);
  const user = `system:serviceaccount:${namespace}:${app.id}-deployer`;
  const { code, stdout, stderr } = await kubectl(e2e.cluster, ["-n", namespace, "--as", user, ...args]);
  return { code, said: (stdout + stderr).trim() };
}

/** As Flux's own installation does (flux-edit): whoever has edit or admin in a namespace may make Flux objects there. */
async function grantFluxToAdmins(): Promise<void> {
  await e2e.admin.apply(
    CLUSTER_ROLES,
    {
      metadata: { name: "flux-edit", labels: { "rbac.authorization.k8s.io/aggregate-to-admin": "true" } },
      rules: [
        {
          apiGroups: ["kustomize.toolkit.fluxcd.io"],
          resources: ["kustomizations"],
          verbs: ["get", "list", "watch", "create", "update", "patch", "delete"],
        },
      ],
    },
    { force: true, fieldManager: "test-admin" },
  );
}
