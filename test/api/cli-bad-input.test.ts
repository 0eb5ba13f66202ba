import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { load } from "js-yaml";
import { helpTexts } from "../../src/cli/program.ts";
import { kubectl, type OwnCluster, scratchFolder, startCluster } from "../cluster/index.ts";
import { type Typed, typed } from "../unit/cli/typed.ts";
import { deadKubeconfig, nobodysKubeconfig, withKubeconfig } from "./cli-support.ts";
import {
  getProject,
  giveCredential,
  openScope,
  PROJECTS,
  projectObject,
  type Scope,
  uniqueProject,
  untilPhase,
} from "./support/scope.ts";
import { type SlowServer, startSlowServer } from "./support/slow.ts";

/** Every verb that asks a cluster, as it is typed; NAME is a project, PLATFORM its namespace. */
const OF_A_PROJECT: Record<string, string> = {
  get: "get NAME -n PLATFORM",
  status: "status NAME -n PLATFORM",
  tree: "tree NAME -n PLATFORM",
  diagnose: "diagnose NAME -n PLATFORM",
  events: "events NAME -n PLATFORM",
  wait: "wait NAME -n PLATFORM --timeout 5s",
  reconcile: "reconcile NAME -n PLATFORM",
  suspend: "suspend NAME -n PLATFORM",
  resume: "resume NAME -n PLATFORM",
  delete: "delete NAME -n PLATFORM --yes",
  "credential show": "credential show NAME -n PLATFORM",
  "credential rotate": "credential rotate NAME -n PLATFORM",
  "credential revoke": "credential revoke NAME -n PLATFORM --yes",
  "credential test": "credential test NAME -n PLATFORM",
};
const OTHERS: Record<string, string> = {
  check: "check",
  logs: "logs NAME -n PLATFORM",
  "test-setup": "test-setup -n PLATFORM --git-url https://git.example.com/acme/shop.git",
  create:
    "create --name NAME -n PLATFORM --git-url https://git.example.com/acme/shop.git --environment staging --apply",
  import: "import --project NAME -n PLATFORM --from-namespaces project-NAME-development",
  diff: "diff -f MANIFEST",
  adopt: "adopt some-namespace --project PLATFORM/NAME --project-id NAME",
  install: "install --image registry.acme.dev/projectgitops:0.1.0",
  uninstall: "uninstall --yes",
};
const ASKING = { ...OF_A_PROJECT, ...OTHERS };
const WITHOUT_CLUSTER = ["run", "render", "completion", "version"];

let scope: Scope;
let silent: SlowServer;
let manifest: string;
const name = uniqueProject();
const line = (commandLine: string, project = name) =>
  commandLine
    .replaceAll("NAME", project)
    .replaceAll("PLATFORM", scope.namespace)
    .replaceAll("MANIFEST", manifest);
const asAdmin = (commandLine: string, project = name): Promise<Typed> =>
  withKubeconfig(scope.cluster.kubeconfigPath)(line(commandLine, project));

beforeAll(async () => {
  scope = await openScope();
  await giveCredential(scope);
  await scope.admin.create(PROJECTS, projectObject(scope.namespace, name));
  await untilPhase(scope, name, "COMPLETED");
  manifest = join(scratchFolder("bad-input"), "shop.yaml");
  await Bun.write(manifest, JSON.stringify(projectObject(scope.namespace, name)));
  silent = await startSlowServer(scope.cluster, Infinity);
}, 60_000);
afterAll(async () => {
  await silent.stop();
  await scope.stop();
});

test("every verb stands in these tables", () => {
  const known = [...Object.keys(ASKING), ...WITHOUT_CLUSTER].map((verb) => verb.split(" ")[0] ?? "");
  const verbs = helpTexts().map(({ name }) => name);
  expect(verbs.toSorted()).toEqual([...new Set(known)].toSorted());
});

describe.each(Object.entries(OF_A_PROJECT))("%s of an unknown project", (_, commandLine) => {
  test("is a no, with the nearest names and where all are told", async () => {
    const { code, stdout, stderr } = await asAdmin(commandLine, `${name}x`);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toEndWith(
      `error: there is no ProjectGitOps ${scope.namespace}/${name}x\n  did you mean ${scope.namespace}/${name}?\n  next: projectgitops get -A\n`,
    );
  });
});

describe.each(Object.entries(ASKING).filter(([verb]) => verb !== "check"))(
  "%s without rights",
  (verb, commandLine) => {
    test("could not ask, and names the right that is missing with the command that grants it", async () => {
      const asNobody = withKubeconfig(await nobodysKubeconfig(scope.cluster, scope.namespace));
      const { code, stdout, stderr } = await asNobody(line(commandLine));
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toMatch(
        /\n {2}the right that is missing: [a-z]+ [a-z]+(\.[a-z0-9.]+)? in (namespace \S+|the cluster); an administrator may grant it\n/,
      );
      if (verb === "logs") return; // it takes several rights, and says which
      const grant = /\n {2}next: kubectl (.*)\n$/.exec(stderr)?.[1]?.replaceAll("&& kubectl ", "\n") ?? "";
      for (const command of grant.split("\n")) {
        const dry = await kubectl(scope.cluster, [...command.trim().split(" "), "--dry-run=server"]);
        expect(dry).toMatchObject({ code: 0, stderr: "" });
      }
    });
  },
);

describe.each(Object.entries(ASKING))("%s without a cluster", (_, commandLine) => {
  test("could not ask, and says what was tried where", async () => {
    const offline = withKubeconfig(await deadKubeconfig(scope.cluster, scope.namespace));
    const { code, stdout, stderr } = await offline(line(commandLine));
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^error: cannot /m);
    expect(stderr).toContain("127.0.0.1:1");
    expect(stderr).toMatch(/\n {2}next: nothing listens there: is the API server running/);
  });

  test("nor with a kubeconfig that is not there, or a context that it does not have", async () => {
    const lost = await withKubeconfig("/nowhere/config")(line(commandLine));
    expect(lost).toMatchObject({ code: 2, stdout: "" });
    expect(lost.stderr).toContain("/nowhere/config");
    const wrong = await asAdmin(`${commandLine} --context elsewhere`);
    expect(wrong).toMatchObject({ code: 2, stdout: "" });
    expect(wrong.stderr).toContain("elsewhere");
  });
});

describe.each(Object.entries(ASKING))("%s of an API server that does not answer", (_, commandLine) => {
  test("tells what it waits for on stderr, and Ctrl-C ends it at once with 130, as it ends kubectl", async () => {
    const main = join(import.meta.dir, "..", "..", "src", "main.ts");
    const args = [...line(commandLine).split(" "), "--kubeconfig", silent.kubeconfigPath];
    const child = Bun.spawn([process.execPath, main, ...args], {
      stdout: "pipe",
      stderr: "pipe",
      stdin: "ignore",
    });
    const stdout = new Response(child.stdout).text();
    let stderr = "";
    let pressedAt = 0;
    for await (const chunk of child.stderr) {
      stderr += new TextDecoder().decode(chunk);
      if (pressedAt === 0 && /waiting for the API server to .* \(1 s\)\n/.test(stderr)) {
        pressedAt = performance.now();
        child.kill("SIGINT");
      }
    }
    expect({ code: await child.exited, stdout: await stdout, told: pressedAt > 0 }).toEqual({
      code: 130,
      stdout: "",
      told: true,
    });
    expect(performance.now() - pressedAt).toBeLessThan(5000);
  });
});

test("an API server that is slow is waited for, with progress on stderr and nothing else in the result", async () => {
  const slow = await startSlowServer(scope.cluster, 1200);
  const { code, stdout, stderr } = await withKubeconfig(slow.kubeconfigPath)(
    line("get NAME -n PLATFORM -o json"),
  );
  expect({ code, name: JSON.parse(stdout).metadata.name }).toEqual({ code: 0, name });
  expect(stderr).toBe(`waiting for the API server to read ProjectGitOps ${scope.namespace}/${name} (1 s)\n`);
  await slow.stop();
});

describe("a manifest that is wrong", () => {
  const write = async (text: string): Promise<string> => {
    const file = join(scratchFolder("bad-input"), "wrong.yaml");
    await Bun.write(file, text.replaceAll("PLATFORM", scope.namespace));
    return file;
  };
  const SOUND = `apiVersion: projectgitops.dev/v1alpha1
kind: ProjectGitOps
metadata: {name: shop, namespace: PLATFORM}
spec:
  projectId: shop
  git: {url: https://git.example.com/acme/shop.git}
  environments:
    - name: Development
`;
  test.each(["render", "diff"])("%s names file, line and field", async (verb) => {
    const broken = await write("kind: ProjectGitOps\nmetadata: {name: shop\nspec: {}\n");
    const run = (file: string) =>
      verb === "render" ? typed(`render -f ${file}`) : asAdmin(`${verb} -f ${file}`);
    const unreadable = await run(broken);
    expect(unreadable.code).toBeGreaterThan(0);
    expect(unreadable.stderr).toMatch(/wrong\.yaml.*\b[23]\b|line [23]/);
    const refused = await run(await write(SOUND));
    expect(refused.code).toBeGreaterThan(0);
    expect(refused.stderr).toContain("spec.environments[0].name");
    expect(refused.stderr).toMatch(/\b8\b/);
  });
});

test("a name of digits is a name everywhere", async () => {
  const digits = String(10_000_000 + Math.floor(Math.random() * 89_999_999));
  await scope.admin.create(
    PROJECTS,
    projectObject(scope.namespace, digits, { environments: [{ name: "staging" }] }),
  );
  await untilPhase(scope, digits, "COMPLETED");
  const { stdout } = await asAdmin("get NAME -n PLATFORM -o yaml", digits);
  expect(stdout).toContain(`name: '${digits}'\n`);
  expect(load(stdout)).toMatchObject({ metadata: { name: digits }, spec: { projectId: digits } });
  for (const verb of ["status", "tree", "events", "suspend", "resume", "reconcile"]) {
    const ran = await asAdmin(OF_A_PROJECT[verb] ?? "", digits);
    expect({ verb, code: ran.code }).toEqual({ verb, code: 0 });
  }
  expect((await getProject(scope, digits)).spec.projectId).toBe(digits);
  const status = await asAdmin("status NAME -n PLATFORM -o yaml", digits);
  expect(load(status.stdout)).toMatchObject({ project: { name: digits, projectId: digits } });
  expect(await asAdmin("delete NAME -n PLATFORM --yes --timeout 1m", digits)).toMatchObject({ code: 0 });
});

describe("where the CRD is not installed", () => {
  let cluster: OwnCluster;
  beforeAll(async () => {
    cluster = await startCluster();
    await kubectl(cluster, ["delete", "crd", "projectgitops.projectgitops.dev", "--wait=true"]);
  }, 60_000);
  afterAll(() => cluster.stop());

  const installs = /projectgitops install --export .*\| kubectl apply --server-side .*-f -/;
  const asked = (commandLine: string) => withKubeconfig(cluster.kubeconfigPath)(line(commandLine));

  test.each(Object.entries(OF_A_PROJECT).filter(([verb]) => verb !== "diagnose"))(
    "%s says so, with the command that installs it",
    async (_, commandLine) => {
      const { code, stdout, stderr } = await asked(commandLine);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toContain("the kind ProjectGitOps is not served here: its CRD is not installed");
      expect(stderr).toMatch(installs);
    },
  );

  test.each(["test-setup", "diff", "create", "adopt"])("%s says so too", async (verb) => {
    const { code, stderr } = await asked(OTHERS[verb] ?? "");
    expect(code).toBe(2);
    expect(stderr).toMatch(/CRD/);
    expect(stderr).toMatch(installs);
  });

  test.each(["check", "diagnose NAME -n PLATFORM", "diagnose -A"])("%s finds it", async (commandLine) => {
    const { code, stdout } = await asked(commandLine);
    expect(code).toBe(1);
    expect(stdout).toMatch(installs);
  });
});
