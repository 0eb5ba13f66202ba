import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ANNOTATIONS, LABELS } from "../../src/api/names.ts";
import { kubectl, uniqueName } from "../cluster/index.ts";
import { deadKubeconfig, nobodysKubeconfig, withKubeconfig } from "./cli-support.ts";
import {
  giveCredential,
  need,
  openScope,
  PROJECTS,
  projectObject,
  type Scope,
  uniqueProject,
  untilPhase,
} from "./support/scope.ts";

let scope: Scope;
beforeAll(async () => {
  scope = await openScope();
  await giveCredential(scope);
}, 60_000);
afterAll(() => scope.stop());

const asAdmin = (commandLine: string, io: Parameters<ReturnType<typeof withKubeconfig>>[1] = {}) =>
  withKubeconfig(scope.cluster.kubeconfigPath)(commandLine, io);

async function newNamespace(labels: Record<string, string> = {}): Promise<string> {
  const name = uniqueName("team");
  await scope.admin.createNamespace({ metadata: { name, labels } });
  return name;
}

const namespaceOf = (name: string) => need(scope.admin, "Namespace", "", name);

/** Applies a project with one environment in a namespace of its own choice. */
async function newProject(namespace: string): Promise<string> {
  const name = uniqueProject();
  const environments = [{ name: "staging", namespace }];
  await scope.admin.create(PROJECTS, projectObject(scope.namespace, name, { environments }));
  return name;
}

test("it shows what is in the namespace and who holds it; --dry-run changes nothing", async () => {
  const namespace = await newNamespace({
    "kustomize.toolkit.fluxcd.io/name": "apps",
    "kustomize.toolkit.fluxcd.io/namespace": "infra",
  });
  const name = uniqueProject();
  await scope.admin.createSecret(namespace, `${name}-git-auth`, { identity: "top-secret-bytes" });
  await scope.admin.createSecret(namespace, "other", { a: "b" });
  const before = await namespaceOf(namespace);
  const { code, stdout, stderr } = await asAdmin(
    `adopt ${namespace} --project ${scope.namespace}/${name} --dry-run`,
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(
    new RegExp(
      `^Namespace ${namespace}, made \\d+s ago; held by Flux Kustomization infra/apps\\n  in it: 2 Secrets\\n`,
    ),
  );
  expect(stdout).toMatch(
    new RegExp(`\\n  Secret  ${name}-git-auth  nobody \\(written by test-admin\\)  the project makes one`),
  );
  expect(stdout).toContain(`next: Flux Kustomization infra/apps goes on with Namespace ${namespace} until`);
  expect(stdout).toContain(
    `next: apply a ProjectGitOps ${scope.namespace}/${name} (projectId ${name}) that has an environment with namespace: ${namespace}\n`,
  );
  expect(stdout).not.toContain("top-secret-bytes");
  expect((await namespaceOf(namespace)).metadata.resourceVersion).toBe(
    before.metadata.resourceVersion as string,
  );
});

test("without a terminal and --yes nothing is handed over; who types the name hands it over, and the operator takes it", async () => {
  const namespace = await newNamespace();
  const name = await newProject(namespace);
  await untilPhase(scope, name, "FAILED");
  const line = `adopt ${namespace} --project ${name} -n ${scope.namespace}`;
  expect(await asAdmin(line)).toMatchObject({
    code: 2,
    stderr: `error: nothing was handed over: there is no terminal to ask on\n  next: projectgitops adopt ${namespace} --project ${scope.namespace}/${name} --yes\n`,
  });
  const other = await asAdmin(line, { prompt: () => Promise.resolve("yes") });
  expect(other).toMatchObject({ code: 1, stderr: "error: nothing was handed over\n" });
  expect((await namespaceOf(namespace)).metadata.labels?.[LABELS.adopt]).toBeUndefined();

  const before = await namespaceOf(namespace);
  const { code, stdout } = await asAdmin(`${line} --wait`, { prompt: () => Promise.resolve(namespace) });
  expect(code).toBe(0);
  expect(stdout).toEndWith(`\nNamespace ${namespace}: held for ${scope.namespace}/${name}\n`);
  const after = await namespaceOf(namespace);
  expect(after.metadata.uid).toBe(before.metadata.uid);
  expect(after.metadata.labels?.[LABELS.adopt]).toBe(name);
  expect(after.metadata.annotations?.[ANNOTATIONS.adoptBy]).toBe(`${scope.namespace}/${name}`);
  await untilPhase(scope, name, "COMPLETED");
  const again = await asAdmin(`${line} --yes`);
  expect(again.code).toBe(0);
  expect(again.stdout).toContain("nothing to do");
});

test("--with-contents hands over what the project needs too, and all of it keeps its uid", async () => {
  const namespace = await newNamespace();
  const name = await newProject(namespace);
  await untilPhase(scope, name, "FAILED");
  await scope.admin.createSecret(namespace, `${name}-git-auth`, { old: "value" });
  await kubectl(scope.cluster, ["create", "serviceaccount", `${name}-deployer`, "-n", namespace]);
  const secret = await need(scope.admin, "Secret", namespace, `${name}-git-auth`);
  const account = await need(scope.admin, "ServiceAccount", namespace, `${name}-deployer`);

  const without = await asAdmin(`adopt ${namespace} --project ${scope.namespace}/${name} --dry-run`);
  expect(without.stdout).toContain(
    `next: the project makes Secret ${namespace}/${name}-git-auth too: projectgitops adopt Secret/${name}-git-auth -n ${namespace} --project ${scope.namespace}/${name}\n`,
  );
  // A Secret's type cannot be changed: labelled all the same, it would stall the project for ever.
  const wrongType = await asAdmin(
    `adopt ${namespace} --project ${scope.namespace}/${name} --with-contents --yes`,
  );
  expect(wrongType.code).toBe(1);
  expect(wrongType.stderr).toContain(
    "is of type Opaque, and the copy of the credential is kubernetes.io/ssh-auth",
  );
  expect(wrongType.stderr).toContain(`next: kubectl delete secret ${name}-git-auth -n ${namespace}\n`);
  expect((await namespaceOf(namespace)).metadata.labels?.[LABELS.adopt]).toBeUndefined();
  await scope.admin.deleteSecret(namespace, secret.metadata.name ?? "");
  const { makeSshKey } = await import("../../src/git/index.ts");
  const { privateKey } = makeSshKey("old");
  await scope.admin.createSecret(
    namespace,
    `${name}-git-auth`,
    { "ssh-privatekey": privateKey, identity: privateKey, known_hosts: "x" },
    "kubernetes.io/ssh-auth",
  );
  const kept = await need(scope.admin, "Secret", namespace, `${name}-git-auth`);
  const { code, stdout } = await asAdmin(
    `adopt ${namespace} --project ${scope.namespace}/${name} --with-contents --yes --wait`,
  );
  expect(code).toBe(0);
  expect(stdout).not.toContain(privateKey.slice(40, 80));
  await untilPhase(scope, name, "COMPLETED");
  expect((await need(scope.admin, "Secret", namespace, `${name}-git-auth`)).metadata.uid).toBe(
    kept.metadata.uid,
  );
  expect((await need(scope.admin, "ServiceAccount", namespace, `${name}-deployer`)).metadata.uid).toBe(
    account.metadata.uid,
  );
});

test("--wait ends with exit 1 where the operator cannot take it, with its reason", async () => {
  const [namespace, other] = [await newNamespace(), await newNamespace()];
  const name = uniqueProject();
  const environments = [
    { name: "staging", namespace },
    { name: "test", namespace: other },
  ];
  await scope.admin.create(PROJECTS, projectObject(scope.namespace, name, { environments }));
  await untilPhase(scope, name, "FAILED");
  const { code, stderr } = await asAdmin(
    `adopt ${namespace} --project ${scope.namespace}/${name} --yes --wait`,
  );
  expect(code).toBe(1);
  expect(stderr).toContain(
    `error: ProjectGitOps ${scope.namespace}/${name} does not take over Namespace ${namespace}\n`,
  );
  expect(stderr).toContain(`Namespace ${other} is held by someone else`);
});

describe("refused, exit 1, and untouched:", () => {
  const refused = async (target: string, project: string) => {
    const { code, stdout, stderr } = await asAdmin(
      `adopt ${target} --project ${project} -n ${scope.namespace} --yes`,
    );
    expect(code).toBe(1);
    expect(stdout).not.toContain("will be");
    return stderr;
  };

  test("what another project holds", async () => {
    const holder = uniqueProject();
    const environments = [{ name: "staging" }];
    await scope.admin.create(PROJECTS, projectObject(scope.namespace, holder, { environments }));
    await untilPhase(scope, holder, "COMPLETED");
    const namespace = `project-${holder}-staging`;
    const before = await namespaceOf(namespace);
    expect(await refused(namespace, "shop")).toStartWith(
      `error: nothing was handed over: Namespace ${namespace} is held by ProjectGitOps ${scope.namespace}/${holder}\n  next: `,
    );
    expect((await namespaceOf(namespace)).metadata.resourceVersion).toBe(
      before.metadata.resourceVersion as string,
    );
  });

  test.each(["default", "kube-system"])("namespace %s", async (namespace) => {
    expect(await refused(namespace, "shop")).toContain("is a namespace of the cluster itself");
  });

  test("the namespace that projects stand in", async () => {
    const namespace = await newNamespace();
    await scope.admin.create(PROJECTS, projectObject(namespace, uniqueProject()));
    expect(await refused(namespace, "shop")).toContain("NestedProject");
    expect(await refused(scope.namespace, "shop")).toContain("stands in Namespace");
  });

  test("what is not there, and a name that the project never makes", async () => {
    expect(await refused(uniqueName("nowhere"), "shop")).toMatch(/^error: there is no Namespace nowhere-/);
    await scope.admin.createSecret(scope.namespace, "some", { a: "b" });
    await kubectl(scope.cluster, ["create", "serviceaccount", "some", "-n", scope.namespace]);
    expect(await refused("ServiceAccount/some", "shop")).toContain(
      "has a name that project shop never makes",
    );
  });
});

test("marks of a ProjectGitOps that is gone are taken off, and the operator takes the namespace", async () => {
  const namespace = await newNamespace();
  const stale = {
    labels: { [LABELS.managedBy]: "projectgitops", [LABELS.project]: "old", [LABELS.environment]: "x" },
    annotations: {
      [ANNOTATIONS.owner]: "platform/long-gone",
      [ANNOTATIONS.ownerUid]: "u",
      [ANNOTATIONS.createdBy]: "u",
    },
  };
  await scope.admin.patch(
    (await import("../../src/kube/index.ts")).NAMESPACES,
    { name: namespace },
    { metadata: stale },
    { type: "merge", fieldManager: "projectgitops" },
  );
  const name = await newProject(namespace);
  const { code, stdout, stderr } = await asAdmin(
    `adopt ${namespace} --project ${scope.namespace}/${name} --yes --wait --timeout 20s`,
  );
  expect({ code, stdout, stderr }).toEqual({
    code: 0,
    stdout: expect.stringContaining("the marks of platform/long-gone, which is gone, are taken off"),
    stderr: expect.not.stringContaining("error"),
  });
  expect((await namespaceOf(namespace)).metadata.annotations?.[ANNOTATIONS.createdBy]).toBeUndefined();
});

test("a wrong target is exit 2 with what there is", async () => {
  const { code, stderr } = await asAdmin("adopt Pod/x --project shop");
  expect(code).toBe(2);
  expect(stderr).toContain("kinds: Namespace, Secret, ");
});

test("who may look and not write is told which right is missing; who may not look, and no cluster, is exit 2", async () => {
  const namespace = await newNamespace();
  const nobody = await nobodysKubeconfig(scope.cluster, namespace);
  const line = `adopt ${namespace} --project shop -n ${scope.namespace} --yes`;
  expect(await withKubeconfig(nobody)(line)).toMatchObject({
    code: 2,
    stdout: "",
    stderr: expect.stringContaining("403 Forbidden"),
  });
  const account = `${namespace}:default`;
  await kubectl(scope.cluster, [
    "create",
    "clusterrolebinding",
    uniqueName("view"),
    "--clusterrole=view",
    `--serviceaccount=${account}`,
  ]);
  const role = uniqueName("see");
  await kubectl(scope.cluster, ["create", "clusterrole", role, "--verb=get", "--resource=namespaces"]);
  await kubectl(scope.cluster, [
    "create",
    "clusterrolebinding",
    role,
    `--clusterrole=${role}`,
    `--serviceaccount=${account}`,
  ]);
  const { code, stdout, stderr } = await withKubeconfig(nobody)(line);
  expect(code).toBe(2);
  expect(stdout).toContain("  you may not list: Secret, RoleBinding,");
  expect(stderr).toContain(
    `error: cannot label Namespace ${namespace}\n  the API server says: 403 Forbidden: `,
  );
  expect(stderr).toContain("the right to patch namespaces\n");
  const offline = withKubeconfig(await deadKubeconfig(scope.cluster, namespace));
  expect(await offline(line)).toMatchObject({ code: 2, stdout: "" });
});
