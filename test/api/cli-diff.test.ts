import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { ProjectGitOpsSpecInput } from "../../src/api/schema.ts";
import { kubectl, uniqueName } from "../cluster/index.ts";
import type { Typed } from "../unit/cli/typed.ts";
import { deadKubeconfig, nobodysKubeconfig, withKubeconfig } from "./cli-support.ts";
import {
  getProject,
  giveCredential,
  openScope,
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

/** As an administrator types it, with these documents on standard input. */
const diff = (manifest: unknown, flags = ""): Promise<Typed> =>
  withKubeconfig(scope.cluster.kubeconfigPath)(`diff -f - ${flags} -n ${scope.namespace}`, {
    readInput: () => Promise.resolve(typeof manifest === "string" ? manifest : JSON.stringify(manifest)),
  });

const manifest = (name: string, spec: Partial<ProjectGitOpsSpecInput> = {}) =>
  projectObject(scope.namespace, name, {
    environments: [{ name: "development" }, { name: "staging" }],
    ...spec,
  });

async function apply(object: object, ...flags: string[]): Promise<void> {
  const { code, stderr } = await kubectl(
    scope.cluster,
    ["apply", ...flags, "-f", "-"],
    JSON.stringify(object),
  );
  if (code !== 0) throw new Error(stderr);
}

test("a new project is a difference with all its defaults, and says which namespaces are made; nothing is stored", async () => {
  const name = uniqueProject();
  const { code, stdout, stderr } = await diff(manifest(name));
  expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
  expect(stdout).toStartWith(`--- /dev/null\n+++ ${scope.namespace}/${name} (standard input)\n@@ -0,0 +1,`);
  expect(stdout).toContain("\n+    timeout: 10m\n");
  expect(stdout).toContain(`\nenvironment staging is added: namespace project-${name}-staging is made\n`);
  expect(stdout).not.toMatch(/uid|creationTimestamp|managedFields|status/);
  await expect(getProject(scope, name)).rejects.toMatchObject({ statusCode: 404 });
});

describe("a field that the manifest no longer says", () => {
  const before = { git: { url: "https://github.com/acme/shop.git", interval: "7m" } };
  const after = { git: { url: "https://github.com/acme/shop.git" } };

  test.each([
    ["kubectl apply", []],
    ["kubectl apply --server-side", ["--server-side"]],
    ["Flux", ["--server-side", "--field-manager=kustomize-controller"]],
  ])("goes where it was applied by %s, as the next apply would show", async (_, flags) => {
    const name = uniqueProject();
    await apply(manifest(name, before), ...flags);
    expect(await diff(manifest(name, before))).toEqual({
      code: 0,
      stdout: `${scope.namespace}/${name}: nothing would change\n`,
      stderr: "",
    });
    const { code, stdout } = await diff(manifest(name, after));
    expect(code).toBe(1);
    expect(stdout).toMatch(/\n-\s+interval: 7m\n\+\s+interval: 1m\n/);
    // The proof: the real apply leaves nothing to tell.
    await apply(manifest(name, after), ...flags);
    expect((await diff(manifest(name, after))).code).toBe(0);
  });

  test("stays where it was created by another client, as after kubectl apply", async () => {
    const name = uniqueProject();
    const { PROJECTS } = await import("../../src/reconcile/index.ts");
    await scope.admin.create(PROJECTS, manifest(name, before));
    expect((await diff(manifest(name, after))).code).toBe(0);
    await apply(manifest(name, after));
    expect((await getProject(scope, name)).spec.git.interval).toBe("7m");
  });
});

test("a field that another manager holds is a conflict with its place, and goes through by --force-conflicts", async () => {
  const name = uniqueProject();
  await apply(manifest(name), "--server-side");
  const patch = '{"spec":{"git":{"interval":"9m"}}}';
  await kubectl(scope.cluster, [
    ...[
      "patch",
      "pgops",
      name,
      "-n",
      scope.namespace,
      "--type=merge",
      "-p",
      patch,
      "--field-manager=someone",
    ],
  ]);
  const wanted = manifest(name, {
    git: { url: "git@github.com:acme/shop.git", interval: "3m", credential: { secretRef: { name: "git" } } },
  });
  const refused = await diff(wanted);
  expect(refused).toMatchObject({ code: 2, stdout: "" });
  expect(refused.stderr).toContain(
    `error: the API server would refuse ProjectGitOps ${scope.namespace}/${name}\n`,
  );
  expect(refused.stderr).toMatch(
    / standard input, document 1, line 1, spec\.git\.interval: conflict with "someone"/,
  );
  expect(refused.stderr).toContain("--force-conflicts");
  const forced = await diff(wanted, "--force-conflicts");
  expect(forced.code).toBe(1);
  expect(forced.stdout).toMatch(/\n-\s+interval: 9m\n\+\s+interval: 3m\n/);
});

test("environments that go are told with what becomes of them, by policy, protection and confirmation", async () => {
  const name = uniqueProject();
  const environments = [
    { name: "development" },
    { name: "staging", deletionPolicy: "Orphan" as const },
    { name: "production", protected: true },
    { name: "qa" },
  ];
  await apply(manifest(name, { environments }));
  await untilPhase(scope, name, "COMPLETED");
  const less = manifest(name, { environments: [{ name: "development" }] });
  const { code, stdout } = await diff(less);
  expect(code).toBe(1);
  expect(stdout).toContain(
    `environment qa is removed: this deletes namespace project-${name}-qa and all in it`,
  );
  expect(stdout).toContain(
    `environment staging is removed: namespace project-${name}-staging stays (deletionPolicy Orphan`,
  );
  expect(stdout).toContain(
    `environment production is removed: namespace project-${name}-production is protected: `,
  );
  const confirm = `projectgitops.dev/confirm-delete=project-${name}-production`;
  expect(stdout).toContain(
    `let it go: kubectl annotate --overwrite pgops ${name} -n ${scope.namespace} ${confirm}\n`,
  );
  const [key = "", value = ""] = confirm.split("=");
  const confirmed = await diff({ ...less, metadata: { ...less.metadata, annotations: { [key]: value } } });
  expect(confirmed.stdout).toContain(
    `environment production is removed: this deletes namespace project-${name}-production and all in it`,
  );
});

test("all documents of all files are told of, other kinds are left to kubectl, and one refusal is exit 2", async () => {
  const [good, bad] = [uniqueProject(), uniqueProject()];
  const text = `kind: ConfigMap
apiVersion: v1
metadata: {name: x}
---
${JSON.stringify(manifest(good))}
---
apiVersion: projectgitops.dev/v1alpha1
kind: ProjectGitOps
metadata:
  name: ${bad}
spec:
  projectId: 8888
  git:
    url: https://git.example.com/acme/shop.git
  environments:
    - name: development
    - name: Staging
`;
  const { code, stdout, stderr } = await diff(text);
  expect(code).toBe(2);
  expect(stdout).toContain(`+++ ${scope.namespace}/${good} (standard input)\n`);
  expect(stderr).toContain("note: 1 of other kinds is left to kubectl diff\n");
  expect(stderr).toMatch(/ standard input, document 3, line 12, spec\.projectId: .*write it in quotes\n/);
  expect(stderr).toMatch(/ standard input, document 3, line 17, spec\.environments\[1\]\.name: /);
});

describe("an unknown field is named with its line", () => {
  test.each([["new"], ["kubectl apply"], ["kubectl apply --server-side"]])(
    "in a manifest, %s",
    async (how) => {
      const name = uniqueProject();
      const good = manifest(name);
      if (how !== "new") await apply(good, ...(how.endsWith("side") ? ["--server-side"] : []));
      const { code, stdout, stderr } = await diff({ ...good, spec: { ...good.spec, pathh: "./x" } });
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toContain(" standard input, document 1, line 1, spec.pathh: unknown field\n");
    },
  );
});

test("what cannot be changed is refused with its line", async () => {
  const name = uniqueProject();
  await apply(manifest(name));
  const { code, stderr } = await diff(manifest(name, { projectId: `${name}x` }));
  expect(code).toBe(2);
  expect(stderr).toMatch(
    / line 1, spec\.projectId: .*cannot be changed: delete this object and create another one/,
  );
});

test("without rights, without a cluster, or in a namespace that is not there it could not ask", async () => {
  const text = JSON.stringify(manifest(uniqueProject()));
  const io = { readInput: () => Promise.resolve(text) };
  const nobody = withKubeconfig(await nobodysKubeconfig(scope.cluster, scope.namespace));
  const refused = await nobody("diff -f -", io);
  expect(refused).toMatchObject({ code: 2, stdout: "" });
  expect(refused.stderr).toContain("the API server says: 403 Forbidden: ");
  expect(refused.stderr).toMatch(/projectgitops-(view|edit)\b/);
  const offline = withKubeconfig(await deadKubeconfig(scope.cluster, scope.namespace));
  expect(await offline("diff -f -", io)).toMatchObject({ code: 2, stdout: "" });
  const elsewhere = uniqueName("nowhere");
  const missing = await diff(projectObject(elsewhere, uniqueProject(), {}));
  expect(missing.code).toBe(2);
  expect(missing.stderr).toContain(`kubectl create namespace ${elsewhere}`);
});

test("an editor of the namespace alone, who may see no namespace of the project, gets the whole difference", async () => {
  const name = uniqueProject();
  await apply(manifest(name));
  await untilPhase(scope, name, "COMPLETED");
  const editor = withKubeconfig(await nobodysKubeconfig(scope.cluster, scope.namespace));
  const binding = ["create", "rolebinding", uniqueName("edit"), "-n", scope.namespace];
  const role = ["--clusterrole=projectgitops-edit", `--serviceaccount=${scope.namespace}:default`];
  await kubectl(scope.cluster, [...binding, ...role]);
  const less = JSON.stringify(manifest(name, { environments: [{ name: "development" }] }));
  const { code, stdout, stderr } = await editor("diff -f -", { readInput: () => Promise.resolve(less) });
  expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
  expect(stdout).toContain("environment staging is removed: ");
});

test("no project, no file and no YAML are each one clear error, exit 2", async () => {
  expect(await diff("kind: Pod")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("error: there is no ProjectGitOps in -\n"),
  });
  expect(await diff("a: [")).toMatchObject({ code: 2, stderr: expect.stringContaining(" is no YAML\n") });
  const asAdmin = withKubeconfig(scope.cluster.kubeconfigPath);
  expect(await asAdmin("diff -f /nowhere.yaml")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("error: cannot read /nowhere.yaml\n"),
  });
});
