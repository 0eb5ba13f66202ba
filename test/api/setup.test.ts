import { afterAll, beforeAll, expect, test } from "bun:test";
import type { ProjectGitOps } from "../../src/api/schema.ts";
import { PROJECTS } from "../../src/reconcile/index.ts";
import {
  find,
  giveCredential,
  idsOf,
  need,
  openScope,
  projectObject,
  type Scope,
  uniqueProject,
  untilPhase,
} from "./support/scope.ts";

const id = uniqueProject();
const namespace = `project-${id}-staging`;
let scope: Scope;
let project: ProjectGitOps;
beforeAll(async () => {
  scope = await openScope();
  await giveCredential(scope);
  await scope.admin.create(
    PROJECTS,
    projectObject(scope.namespace, id, {
      environments: [
        { name: "development" },
        {
          name: "staging",
          metadata: { labels: { team: "shop" }, annotations: { "example.com/cost": "42" } },
        },
        {
          name: "production",
          ref: { tag: "v1.4.2" },
          path: "./prod",
          interval: "7m",
          timeout: "2m",
          prune: false,
        },
      ],
    }),
  );
  project = await untilPhase(scope, id, "COMPLETED");
});
afterAll(() => scope.stop());

const staging = (kind: Parameters<typeof need>[1], name: string) => need(scope.admin, kind, namespace, name);

test("an applied project comes to COMPLETED with every object of every environment", async () => {
  const objects = await Promise.all(idsOf(project).map((object) => find(scope.admin, object)));
  expect(objects.filter((object) => object === undefined)).toEqual([]);
  expect(objects).toHaveLength(18);
});

test("every object says by labels and annotations whose it is, and who made it", async () => {
  const owner = `${scope.namespace}/${id}`;
  const { uid = "" } = project.metadata;
  for (const { environment, ...object } of idsOf(project)) {
    const live = await find(scope.admin, object);
    expect(live?.metadata.labels).toMatchObject({
      "app.kubernetes.io/managed-by": "projectgitops",
      "projectgitops.dev/project": id,
      "projectgitops.dev/environment": environment,
    });
    expect(live?.metadata.annotations).toMatchObject({
      "projectgitops.dev/owner": owner,
      "projectgitops.dev/owner-uid": uid,
      "projectgitops.dev/created-by": uid,
    });
    const isTenant = object.kind === "Namespace" || object.kind === "ServiceAccount";
    expect(live?.metadata.labels?.["toolkit.fluxcd.io/tenant"]).toBe(isTenant ? id : undefined);
  }
});

test("a Namespace carries the environment's own metadata, its deletion policy and its protection", async () => {
  const live = await need(scope.admin, "Namespace", "", namespace);
  expect(live.metadata.labels).toMatchObject({ team: "shop", "kubernetes.io/metadata.name": namespace });
  expect(live.metadata.annotations).toMatchObject({
    "example.com/cost": "42",
    "projectgitops.dev/deletion-policy": "Delete",
    "projectgitops.dev/protected": "false",
  });
});

test("the deployer is bound to the configured ClusterRole in its own namespace alone", async () => {
  await staging("ServiceAccount", `${id}-deployer`);
  expect(await staging("RoleBinding", `${id}-deployer`)).toMatchObject({
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "admin" },
    subjects: [{ kind: "ServiceAccount", name: `${id}-deployer`, namespace }],
  });
});

test("the GitRepository has the normalised URL, the branch main where none is named, and the Secret", async () => {
  const { spec } = await staging("GitRepository", `${id}-repo`);
  expect(spec).toEqual({
    url: "ssh://git@github.com/acme/shop.git",
    ref: { branch: "main" },
    interval: "1m",
    timeout: "60s",
    secretRef: { name: `${id}-git-auth` },
  });
});

test("the Kustomization deploys the environment's path as the deployer, into its own namespace", async () => {
  const { spec } = await staging("Kustomization", `${id}-staging`);
  expect(spec).toMatchObject({
    path: "./k8s/overlays/staging",
    interval: "5m",
    timeout: "3m",
    prune: true,
    wait: true,
    sourceRef: { kind: "GitRepository", name: `${id}-repo` },
    serviceAccountName: `${id}-deployer`,
    targetNamespace: namespace,
  });
  expect(spec).not.toHaveProperty("suspend");
});

test("what an environment sets for itself goes before the project's and the defaults", async () => {
  const production = `project-${id}-production`;
  const source = await need(scope.admin, "GitRepository", production, `${id}-repo`);
  expect(source["spec"]).toMatchObject({ ref: { tag: "v1.4.2" } });
  const delivery = await need(scope.admin, "Kustomization", production, `${id}-production`);
  expect(delivery["spec"]).toMatchObject({ path: "./prod", interval: "7m", timeout: "2m", prune: false });
});

test("the inventory in the status names every object, as Flux's own inventories do", () => {
  const entries = project.status?.inventory?.entries.map((entry) => entry.id) ?? [];
  expect(entries).toHaveLength(18);
  expect(entries).toContain(`_${namespace}__Namespace`);
  expect(entries).toContain(`${namespace}_${id}-git-auth__Secret`);
  expect(entries).toContain(`${namespace}_${id}-staging_kustomize.toolkit.fluxcd.io_Kustomization`);
});
