import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { load } from "js-yaml";
import { makeSshKey } from "../../src/git/index.ts";
import { kubectl, mustRun, program, uniqueName } from "../cluster/index.ts";
import { deadKubeconfig, nobodysKubeconfig, withKubeconfig } from "./cli-support.ts";
import { fluxSays } from "./support/flux.ts";
import {
  find,
  getProject,
  idsOf,
  need,
  openScope,
  type Scope,
  SECRETS,
  uniqueProject,
  untilPhase,
} from "./support/scope.ts";

let scope: Scope;
beforeAll(async () => {
  scope = await openScope();
}, 60_000);
afterAll(() => scope.stop());

const KEY = makeSshKey("script").privateKey;
const asAdmin = (line: string, io: Parameters<ReturnType<typeof withKubeconfig>>[1] = {}) =>
  withKubeconfig(scope.cluster.kubeconfigPath)(line, io);

/** As a script does it: kubectl, with what it prints on failure. */
async function script(...commands: (string | object)[]): Promise<void> {
  for (const command of commands) {
    const done =
      typeof command === "string"
        ? await kubectl(scope.cluster, command.split(" "))
        : await kubectl(scope.cluster, ["create", "-f", "-"], JSON.stringify(command));
    if (done.code !== 0) throw new Error(done.stderr);
  }
}

const secret = (namespace: string, name: string, type: string, keys: string[]) => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { namespace, name },
  type,
  stringData: Object.fromEntries(
    keys.map((key) => [
      key,
      key === "known_hosts"
        ? "github.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl\n"
        : KEY,
    ]),
  ),
});

const repository = (namespace: string, name: string, secretName: string, spec: object = {}) => ({
  apiVersion: "source.toolkit.fluxcd.io/v1",
  kind: "GitRepository",
  metadata: { namespace, name },
  spec: {
    url: "ssh://git@github.com/acme/shop.git",
    ref: { branch: "main" },
    interval: "1m",
    secretRef: { name: secretName },
    ...spec,
  },
});

const kustomization = (namespace: string, name: string, source: object, spec: object = {}) => ({
  apiVersion: "kustomize.toolkit.fluxcd.io/v1",
  kind: "Kustomization",
  metadata: { namespace, name },
  spec: { interval: "5m", prune: true, sourceRef: { kind: "GitRepository", ...source }, ...spec },
});

/** What the services of the notes made: their names are the operator's own. */
async function scripted(environments: string[]): Promise<string> {
  const id = uniqueProject();
  for (const environment of environments) {
    const namespace = `project-${id}-${environment}`;
    await script(
      `create namespace ${namespace}`,
      secret(namespace, `${id}-git-auth`, "kubernetes.io/ssh-auth", [
        "ssh-privatekey",
        "identity",
        "known_hosts",
      ]),
      repository(namespace, `${id}-repo`, `${id}-git-auth`),
      kustomization(
        namespace,
        `${id}-${environment}`,
        { name: `${id}-repo` },
        {
          path: `./k8s/overlays/${environment}`,
          targetNamespace: namespace,
          timeout: "3m0s",
          wait: true,
        },
      ),
    );
  }
  return id;
}

describe("what has the operator's names already", () => {
  test("is printed as a manifest with the plan in comments; nothing is changed, and no Secret is shown", async () => {
    const id = await scripted(["development", "production"]);
    const before = await need(scope.admin, "Namespace", "", `project-${id}-development`);
    const { code, stdout, stderr } = await asAdmin(
      `import --project ${id} -n ${scope.namespace} --from-namespaces project-${id}-development,project-${id}-production`,
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(load(stdout)).toEqual({
      apiVersion: "projectgitops.dev/v1alpha1",
      kind: "ProjectGitOps",
      metadata: { name: id, namespace: scope.namespace },
      spec: {
        projectId: id,
        git: {
          url: "ssh://git@github.com/acme/shop.git",
          ref: { branch: "main" },
          credential: { secretRef: { name: `${id}-git` } },
        },
        environments: [{ name: "development" }, { name: "production" }],
      },
    });
    expect(stdout).toStartWith(`# project ${id}: 2 environments, 8 objects kept, 4 made new\n`);
    expect(stdout).toContain(
      `#     kubectl create secret generic ${id}-git -n ${scope.namespace} --from-file=identity=<(kubectl get secret`,
    );
    expect(stdout).not.toContain(KEY.slice(60, 100));
    expect(stdout).not.toContain(Buffer.from(KEY).toString("base64").slice(60, 100));
    const after = await need(scope.admin, "Namespace", "", `project-${id}-development`);
    expect(after.metadata.resourceVersion).toBe(before.metadata.resourceVersion as string);
    expect(
      await find(scope.admin, { kind: "Secret", namespace: scope.namespace, name: `${id}-git` }),
    ).toBeUndefined();
  });

  test("is taken over by --apply, every object by its uid, and the project is complete", async () => {
    const id = await scripted(["development", "production"]);
    const spaces = `project-${id}-development,project-${id}-production`;
    const line = `import --project ${id} -n ${scope.namespace} --from-namespaces ${spaces} --apply`;
    const noTerminal = await asAdmin(line);
    expect(noTerminal).toMatchObject({ code: 2 });
    const kinds = ["Namespace", "Secret", "GitRepository", "Kustomization"];
    const uids = async () =>
      Promise.all(
        ["development", "production"].flatMap((environment) => {
          const namespace = `project-${id}-${environment}`;
          return [
            need(scope.admin, "Namespace", "", namespace),
            need(scope.admin, "Secret", namespace, `${id}-git-auth`),
            need(scope.admin, "GitRepository", namespace, `${id}-repo`),
            need(scope.admin, "Kustomization", namespace, `${id}-${environment}`),
          ].map(async (reading) => (await reading).metadata.uid);
        }),
      );
    const before = await uids();
    expect(before).toHaveLength(2 * kinds.length);
    const { code, stdout } = await asAdmin(line, { prompt: () => Promise.resolve(id) });
    expect(code).toBe(0);
    expect(stdout).toEndWith(
      "taken over: all 8 objects that were there are the same by uid, none was made anew\n",
    );
    expect(stdout).not.toContain(KEY.slice(60, 100));
    await untilPhase(scope, id, "COMPLETED");
    expect(await uids()).toEqual(before);
    const project = await getProject(scope, id);
    for (const one of idsOf(project)) {
      const live = await find(scope.admin, one);
      expect(live?.metadata.annotations?.["projectgitops.dev/owner-uid"]).toBe(
        project.metadata.uid as string,
      );
    }
    const copy = await scope.admin.get(SECRETS, { namespace: scope.namespace, name: `${id}-git` });
    expect(Buffer.from(copy.data?.["identity"] ?? "", "base64").toString()).toBe(KEY);
    const again = await asAdmin(`${line} --yes`);
    expect(again.code).toBe(1);
    expect(again.stderr).toContain("is there already");
  }, 60_000);

  test("but cannot become the operator's in place is in the way: --apply changes nothing", async () => {
    const id = await scripted(["development"]);
    const namespace = `project-${id}-development`;
    await script(
      `create rolebinding ${id}-deployer -n ${namespace} --clusterrole=cluster-admin --serviceaccount=${namespace}:default`,
    );
    const line = `import --project ${id} -n ${scope.namespace} --from-namespaces ${namespace}`;
    const shown = await asAdmin(line);
    expect(shown.stdout).toContain(`#   blocked  RoleBinding ${id}-deployer\n`);
    const { code, stderr } = await asAdmin(`${line} --apply --yes`);
    expect(code).toBe(1);
    expect(stderr).toEndWith(`  next: kubectl delete rolebinding ${id}-deployer -n ${namespace}\n`);
    const live = await need(scope.admin, "Namespace", "", namespace);
    expect(live.metadata.labels?.["projectgitops.dev/adopt"]).toBeUndefined();
  });
});

describe("what somebody else holds is in the way, and --apply changes nothing:", () => {
  const refused = async (id: string) => {
    const namespace = `project-${id}-development`;
    const line = `import --project ${id} -n ${scope.namespace} --from-namespaces ${namespace}`;
    const { stdout } = await asAdmin(line);
    const { code, stderr } = await asAdmin(`${line} --apply --yes`);
    expect(code).toBe(1);
    const label = (await need(scope.admin, "Namespace", "", namespace)).metadata.labels?.[
      "projectgitops.dev/adopt"
    ];
    expect(label).toBeUndefined();
    return { stdout, stderr };
  };

  test("a Flux Kustomization that applies it from git, until it is told to leave it", async () => {
    const id = await scripted(["development"]);
    const namespace = `project-${id}-development`;
    const target = `kustomization ${id}-development -n ${namespace}`;
    await script(
      `label ${target} kustomize.toolkit.fluxcd.io/name=apps kustomize.toolkit.fluxcd.io/namespace=infra`,
    );
    const { stdout, stderr } = await refused(id);
    expect(stdout).toContain(`#   blocked  Kustomization ${id}-development\n`);
    const [, fix = ""] = stderr.match(/ {2}next: kubectl (annotate .*)\n/) ?? [];
    expect(fix).toStartWith(`annotate ${target} kustomize.toolkit.fluxcd.io/prune=disabled`);
    await script(fix);
    const line = `import --project ${id} -n ${scope.namespace} --from-namespaces ${namespace} --apply --yes`;
    expect(await asAdmin(line)).toMatchObject({ code: 0 });
  }, 60_000);

  test("marks of a project that is gone, until adopt takes them off", async () => {
    const id = await scripted(["development"]);
    const namespace = `project-${id}-development`;
    await script(
      `annotate namespace ${namespace} projectgitops.dev/owner=platform/gone projectgitops.dev/owner-uid=u`,
    );
    const { stderr } = await refused(id);
    const [, fix = ""] = stderr.match(/ {2}next: projectgitops (adopt .*)\n/) ?? [];
    expect(await asAdmin(`${fix} --yes`)).toMatchObject({ code: 0 });
    const line = `import --project ${id} -n ${scope.namespace} --from-namespaces ${namespace} --apply --yes`;
    expect(await asAdmin(line)).toMatchObject({ code: 0 });
  }, 60_000);
});

test("an environment with another credential, and one that stands beside the project already, are told", async () => {
  const id = await scripted(["development", "production"]);
  const namespace = `project-${id}-production`;
  await scope.admin.deleteSecret(namespace, `${id}-git-auth`);
  const other = makeSshKey("other").privateKey;
  await scope.admin.createSecret(
    namespace,
    `${id}-git-auth`,
    { "ssh-privatekey": other, identity: other },
    "kubernetes.io/ssh-auth",
  );
  const line = `import --project ${id} -n ${scope.namespace} --from-namespaces project-${id}-development,${namespace}`;
  const copied = await asAdmin(line);
  expect(copied.stdout).toContain(
    `# note: Secret ${namespace}/${id}-git-auth of production holds another credential than project-${id}-development/${id}-git-auth`,
  );
  await scope.admin.createSecret(scope.namespace, `${id}-git`, { identity: other });
  const beside = await asAdmin(line);
  expect(beside.stdout).toContain(
    `# note: Secret ${scope.namespace}/${id}-git is there already, and is used as it is\n`,
  );
  expect(beside.stdout).toContain(
    `# note: Secret project-${id}-development/${id}-git-auth of development holds another`,
  );
  expect(beside.stdout).not.toContain("kubectl create secret");
  expect(beside.stdout).not.toContain(other.slice(60, 100));
});

describe("what has other names", () => {
  test("gets a new one beside it: the old one is retired without pruning, and the plan says when it can go", async () => {
    const id = uniqueProject();
    const [team, infra] = [uniqueName("team"), uniqueName("infra")];
    await script(
      `create namespace ${team}`,
      `create namespace ${infra}`,
      secret(infra, "deploy-key", "Opaque", ["identity", "known_hosts"]),
      repository(infra, "app", "deploy-key", {
        ref: { branch: "release", commit: "a".repeat(40) },
        interval: "2m0s",
        ignore: "docs",
      }),
      kustomization(
        infra,
        "app-test",
        { name: "app" },
        { path: "./deploy", targetNamespace: team, namePrefix: "x-", dependsOn: [{ name: "base" }] },
      ),
    );
    const old = await need(scope.admin, "Kustomization", infra, "app-test");
    await fluxSays(scope, old, { ready: "True", reason: "ReconciliationSucceeded", message: "ok" });
    const status = {
      inventory: { entries: [{ id: "_web_rbac.authorization.k8s.io_ClusterRole", v: "v1" }] },
    };
    await kubectl(scope.cluster, [
      "patch",
      "kustomization",
      "app-test",
      "-n",
      infra,
      "--subresource=status",
      "--type=merge",
      "-p",
      JSON.stringify({ status }),
    ]);

    const line = `import --project ${id} -n ${scope.namespace} --from-namespaces ${team} --as ${team}=test`;
    const { code, stdout } = await asAdmin(line);
    expect(code).toBe(0);
    expect(load(stdout)).toMatchObject({
      spec: {
        git: {
          ref: { commit: "a".repeat(40) },
          interval: "2m",
          credential: { secretRef: { name: `${id}-git` } },
        },
        environments: [{ name: "test", namespace: team, path: "./deploy", timeout: "5m", wait: false }],
      },
    });
    for (const said of [
      `#   replaced Kustomization ${infra}/app-test\n`,
      `#   replaced GitRepository ${infra}/app\n`,
      "#   lost: Kustomization spec.namePrefix is not carried over\n",
      "#   lost: GitRepository spec.ignore is not carried over\n",
      `#   lost: it depends on Kustomization ${infra}/base, which is no environment here\n`,
      `#   note: it was applied with the rights of kustomize-controller itself; from now on as ${id}-deployer`,
      "#   lost: 1 of what it deployed stands outside, such as ClusterRole web: Flux will be refused there\n",
      `#     kubectl patch kustomization app-test -n ${infra} --type=merge -p '{"metadata":{"annotations":{"projectgitops.dev/retired":"{\\"prune\\":true,\\"suspend\\":false}"}},"spec":{"suspend":true,"prune":false,"deletionPolicy":"Orphan"}}'\n`,
    ])
      expect(stdout).toContain(said);
    const after = stdout.slice(stdout.indexOf("# afterwards, when that says Ready:"));
    const removals = [...after.matchAll(/^# {5}(kubectl delete .*)$/gm)].map(([, command]) => command);
    expect(removals).toEqual([
      `kubectl delete kustomization app-test -n ${infra}`,
      `kubectl delete gitrepository app -n ${infra}`,
      `kubectl delete secret deploy-key -n ${infra}`,
    ]);

    // As after an import that was interrupted: retired already, and no project yet.
    const [, patch = ""] = stdout.match(/app-test -n \S+ --type=merge -p '(.*)'/) ?? [];
    await kubectl(scope.cluster, [
      "patch",
      "kustomization",
      "app-test",
      "-n",
      infra,
      "--type=merge",
      "-p",
      patch,
    ]);
    expect((await asAdmin(line)).stdout).toBe(stdout);

    const refused = await asAdmin(`${line} --apply --yes`);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("\n  test: Kustomization spec.namePrefix is not carried over\n");
    expect(
      await find(scope.admin, { kind: "Kustomization", namespace: team, name: `${id}-test` }),
    ).toBeUndefined();
    const applied = await asAdmin(`${line} --apply --yes --accept-losses`);
    expect(applied).toMatchObject({ code: 0, stderr: expect.not.stringContaining("error") });
    await untilPhase(scope, id, "COMPLETED");
    const retired = await need(scope.admin, "Kustomization", infra, "app-test");
    expect(retired["spec"]).toMatchObject({ suspend: true, prune: false, deletionPolicy: "Orphan" });
    expect(retired.metadata.uid).toBe(old.metadata.uid);
    expect((await need(scope.admin, "Kustomization", team, `${id}-test`))["spec"]).toMatchObject({
      path: "./deploy",
    });
  }, 60_000);

  test("a source in another namespace is taken out of a Kustomization that is kept", async () => {
    const id = uniqueProject();
    const [namespace, infra] = [`project-${id}-test`, uniqueName("infra")];
    await script(
      `create namespace ${namespace}`,
      `create namespace ${infra}`,
      repository(infra, "app", "deploy-key"),
      secret(infra, "deploy-key", "Opaque", ["identity", "known_hosts"]),
      kustomization(
        namespace,
        `${id}-test`,
        { name: "app", namespace: infra },
        { targetNamespace: namespace },
      ),
    );
    const before = await need(scope.admin, "Kustomization", namespace, `${id}-test`);
    const line = `import --project ${id} -n ${scope.namespace} --from-namespaces ${namespace} --apply --yes`;
    expect(await asAdmin(line)).toMatchObject({ code: 0 });
    const kept = await need(scope.admin, "Kustomization", namespace, `${id}-test`);
    expect(kept.metadata.uid).toBe(before.metadata.uid);
    expect((kept["spec"] as { sourceRef: object }).sourceRef).toEqual({
      kind: "GitRepository",
      name: `${id}-repo`,
    });
  }, 60_000);
});

test("what is printed can be done by hand: each command pasted, the manifest applied, and nothing is made anew", async () => {
  const id = uniqueProject();
  const [namespace, infra] = [`project-${id}-test`, uniqueName("infra")];
  await script(
    `create namespace ${namespace}`,
    `create namespace ${infra}`,
    secret(infra, "deploy-key", "Opaque", ["identity", "known_hosts"]),
    repository(infra, "app", "deploy-key"),
    kustomization(namespace, `${id}-test`, { name: "app", namespace: infra }, { targetNamespace: namespace }),
  );
  const before = await need(scope.admin, "Kustomization", namespace, `${id}-test`);
  const { stdout } = await asAdmin(
    `import --project ${id} -n ${scope.namespace} --from-namespaces ${namespace}`,
  );
  const commands = (from: string, to: string) =>
    [...stdout.slice(stdout.indexOf(from), stdout.indexOf(to)).matchAll(/^# +(kubectl .*)$/gm)].map(
      ([, one]) => one,
    );
  const env = { KUBECONFIG: scope.cluster.kubeconfigPath, KUBECTL: await program("kubectl") };
  const paste = (lines: (string | undefined)[], input = "") =>
    mustRun(["bash", "-euc", `kubectl() { "$KUBECTL" "$@"; }\n${lines.join("\n")}`], { env, input });
  await paste(commands("# before", "# then"));
  await paste(["kubectl apply -f -"], stdout);
  await paste(commands("# then", "# afterwards"));
  await untilPhase(scope, id, "COMPLETED");
  const kept = await need(scope.admin, "Kustomization", namespace, `${id}-test`);
  expect(kept.metadata.uid).toBe(before.metadata.uid);
  expect((kept["spec"] as { sourceRef: object }).sourceRef).toEqual({
    kind: "GitRepository",
    name: `${id}-repo`,
  });
  const copy = await scope.admin.get(SECRETS, { namespace: scope.namespace, name: `${id}-git` });
  expect(Buffer.from(copy.data?.["identity"] ?? "", "base64").toString()).toBe(KEY);
  await paste(commands("# afterwards", "apiVersion:"));
  expect(await find(scope.admin, { kind: "GitRepository", namespace: infra, name: "app" })).toBeUndefined();
}, 60_000);

test("--discover groups what Flux delivers by repository, with the command that imports it", async () => {
  const id = await scripted(["development", "production"]);
  const url = `ssh://git@github.com/acme/${id}.git`;
  for (const environment of ["development", "production"]) {
    await script(
      `patch gitrepository ${id}-repo -n project-${id}-${environment} --type=merge -p {"spec":{"url":"${url}"}}`,
    );
  }
  const { code, stdout } = await asAdmin("import --discover");
  expect(code).toBe(0);
  const spaces = `project-${id}-development,project-${id}-production`;
  expect(stdout).toContain(
    `${url}\n  into ${spaces.replace(",", ", ")}\n  projectgitops import --project ${id} --from-namespaces ${spaces}\n`,
  );
});

test("--selector takes namespaces by their labels; other repositories and empty namespaces are left out with the reason", async () => {
  const id = await scripted(["development", "production"]);
  const empty = uniqueName("empty");
  await script(
    `create namespace ${empty}`,
    `label namespace ${empty} project-${id}-development project-${id}-production import=${id}`,
    `patch gitrepository ${id}-repo -n project-${id}-production --type=merge -p {"spec":{"url":"https://git.example.com/other.git"}}`,
  );
  const { code, stdout } = await asAdmin(`import --project ${id} -n ${scope.namespace} -l import=${id}`);
  expect(code).toBe(0);
  expect((load(stdout) as { spec: { environments: object[] } }).spec.environments).toEqual([
    { name: "development" },
  ]);
  expect(stdout).toContain(`# left out: ${empty}: no Kustomization delivers into it\n`);
  expect(stdout).toContain(
    `# left out: project-${id}-production: its repository is https://git.example.com/other.git`,
  );
});

test("a credential that the operator would refuse stops it before anything is changed, without its bytes", async () => {
  const id = await scripted(["development"]);
  const namespace = `project-${id}-development`;
  await scope.admin.deleteSecret(namespace, `${id}-git-auth`);
  await script({
    ...secret(namespace, `${id}-git-auth`, "kubernetes.io/ssh-auth", ["ssh-privatekey"]),
    stringData: { "ssh-privatekey": "no key at all" },
  });
  const { code, stdout, stderr } = await asAdmin(
    `import --project ${id} -n ${scope.namespace} --from-namespaces ${namespace} --apply --yes`,
  );
  expect(code).toBe(1);
  expect(stderr).toContain("the operator would refuse the credential (CredentialInvalid)");
  expect(stdout + stderr).not.toContain("no key at all");
  const live = await need(scope.admin, "Namespace", "", namespace);
  expect(live.metadata.labels?.["projectgitops.dev/adopt"]).toBeUndefined();
});

test("a namespace that is not there, nothing to import, and missing flags are each one clear error", async () => {
  const nowhere = uniqueName("nowhere");
  expect(await asAdmin(`import --project x --from-namespaces ${nowhere}`)).toMatchObject({
    code: 1,
    stderr: `error: there is no namespace ${nowhere}\n  next: kubectl get namespaces\n`,
  });
  expect(await asAdmin(`import --project x --from-namespaces ${scope.namespace}`)).toMatchObject({
    code: 1,
    stderr: `error: nothing of this can be imported\n  ${scope.namespace}: no Kustomization delivers into it\n`,
  });
  expect(await asAdmin("import --project x")).toMatchObject({ code: 2 });
  expect(await asAdmin("import")).toMatchObject({ code: 2 });
  expect(await asAdmin("import --project x --from-namespaces a --as b")).toMatchObject({ code: 2 });
});

test("without rights or a cluster it could not ask", async () => {
  const nobody = withKubeconfig(await nobodysKubeconfig(scope.cluster, scope.namespace));
  const line = `import --project x --from-namespaces ${scope.namespace}`;
  expect(await nobody(line)).toMatchObject({
    code: 2,
    stdout: "",
    stderr: expect.stringContaining("403 Forbidden"),
  });
  const offline = withKubeconfig(await deadKubeconfig(scope.cluster, scope.namespace));
  expect(await offline(line)).toMatchObject({ code: 2, stdout: "" });
});
