import { beforeAll, expect, test } from "bun:test";
import { BunK8sClient, isNotFound } from "../../src/kube/index.ts";
import { type Cluster, installDeploy, kubectl, sharedCluster, uniqueName } from "../cluster/index.ts";
import { type Typed, typed } from "../unit/cli/typed.ts";
import { deadKubeconfig, nobodysKubeconfig, withKubeconfig } from "./cli-support.ts";
import { PROJECTS, uniqueProject } from "./support/scope.ts";

let cluster: Cluster;
let admin: BunK8sClient;
const namespace = uniqueName("create");
beforeAll(async () => {
  cluster = await sharedCluster();
  await installDeploy(cluster);
  admin = new BunK8sClient(cluster.kubeconfigPath);
  await admin.createNamespace(namespace);
}, 60_000);

const flags = (name: string, place = namespace) =>
  `create --name ${name} -n ${place} --git-url git@github.com:acme/shop.git --credential shop-git --environment dev --environment production --protected production --tag 8888`;
const asAdmin = (line: string): Promise<Typed> => withKubeconfig(cluster.kubeconfigPath)(line);
const isThere = (name: string) =>
  admin.get(PROJECTS, { namespace, name }).then(
    () => true,
    (error) => !isNotFound(error),
  );

test("what is printed is taken by kubectl's strict validation, and stored as it was meant", async () => {
  const name = uniqueProject();
  const { code, stdout } = await asAdmin(flags(name));
  expect(code).toBe(0);
  expect(await isThere(name)).toBe(false);
  const applied = await kubectl(cluster, ["create", "--validate=strict", "-f", "-"], stdout);
  expect(applied).toMatchObject({ code: 0, stderr: "" });
  const { spec } = await admin.get(PROJECTS, { namespace, name });
  expect(spec).toMatchObject({
    projectId: name,
    git: { ref: { tag: "8888" } },
    environments: [{ name: "dev" }, { name: "production", protected: true }],
  });
});

test("--dry-run=server has the API server try it and stores nothing; --apply creates it", async () => {
  const name = uniqueProject();
  const tried = await asAdmin(`${flags(name)} --dry-run=server`);
  expect(tried.code).toBe(0);
  expect(tried.stderr).toStartWith(`the API server would take ProjectGitOps ${namespace}/${name}\n`);
  expect(tried.stdout).toContain("kind: ProjectGitOps\n");
  expect(await isThere(name)).toBe(false);
  const { code, stdout } = await asAdmin(`${flags(name)} --apply`);
  expect({ code, stdout }).toEqual({ code: 0, stdout: `ProjectGitOps ${namespace}/${name} is created\n` });
  expect(await isThere(name)).toBe(true);
});

test("one that is there is not changed: exit 1, and the next command shows the difference", async () => {
  const name = uniqueProject();
  await asAdmin(`${flags(name)} --apply`);
  const { resourceVersion } = (await admin.get(PROJECTS, { namespace, name })).metadata;
  const { code, stdout, stderr } = await asAdmin(`${flags(name)} --interval 7m --apply`);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  const [, create = "", diff] =
    stderr.match(/next: projectgitops (create .*) \| projectgitops (diff -f -)\n/) ?? [];
  expect(diff).toBe("diff -f -");
  const manifest = (await asAdmin(create)).stdout;
  const shown = await typed(["diff", "-f", "-", "--kubeconfig", cluster.kubeconfigPath], {
    readInput: () => Promise.resolve(manifest),
  });
  expect(shown.code).toBe(1);
  expect(shown.stdout).toMatch(/\n-\s+interval: 1m\n\+\s+interval: 7m\n/);
  expect((await admin.get(PROJECTS, { namespace, name })).metadata.resourceVersion).toBe(
    resourceVersion as string,
  );
});

test("a namespace that is not there is told with the command that makes it", async () => {
  const nowhere = uniqueName("nowhere");
  const { code, stderr } = await asAdmin(`${flags(uniqueProject(), nowhere)} --apply`);
  expect(code).toBe(2);
  expect(stderr).toEndWith(`  next: kubectl create namespace ${nowhere}\n`);
});

test("without rights it could not be sent, and without a cluster neither; printing needs none of them", async () => {
  const name = uniqueProject();
  const nobody = withKubeconfig(await nobodysKubeconfig(cluster, namespace));
  const refused = await nobody(`${flags(name)} --apply`);
  expect(refused).toMatchObject({ code: 2, stdout: "" });
  expect(refused.stderr).toContain("the API server says: 403 Forbidden: ");
  expect(refused.stderr).toContain("projectgitops-edit");
  expect(await isThere(name)).toBe(false);
  const offline = withKubeconfig(await deadKubeconfig(cluster, namespace));
  expect(await offline(`${flags(name)} --apply`)).toMatchObject({ code: 2, stdout: "" });
  expect((await offline(flags(name))).code).toBe(0);
});
