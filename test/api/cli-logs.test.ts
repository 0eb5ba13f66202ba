import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { loadAll } from "js-yaml";
import { DEPLOYMENTS, PODS } from "../../src/kube/index.ts";
import { eventually } from "../cluster/index.ts";
import type { Typed } from "../unit/cli/typed.ts";
import { typed } from "../unit/cli/typed.ts";
import { nobodysKubeconfig, withKubeconfig } from "./cli-support.ts";
import { type LogKubelet, startLogKubelet } from "./support/kubelet.ts";
import {
  giveCredential,
  openScope,
  PROJECTS,
  projectObject,
  type Scope,
  uniqueProject,
  untilPhase,
} from "./support/scope.ts";

let scope: Scope;
let name: string;
let other: string;
/** What the operator of this test has really printed. */
let file: string;
const ran = (line: string): Promise<Typed> => withKubeconfig(scope.cluster.kubeconfigPath)(line);
const lines = (text: string): string[] => text.split("\n").filter((line) => line !== "");

/** As source-controller 1.9.6 wrote it in the e2e tests, with this project's names. */
const fluxLine = (project: string): string =>
  JSON.stringify({
    level: "error",
    ts: "2026-11-22T10:16:25.480Z",
    msg: "Reconciler error",
    controller: "gitrepository",
    controllerGroup: "source.toolkit.fluxcd.io",
    controllerKind: "GitRepository",
    GitRepository: { name: `${project}-repo`, namespace: `project-${project}-development` },
    namespace: `project-${project}-development`,
    name: `${project}-repo`,
    reconcileID: "4a2b3003-c3a8-41f7-a38b-24874a9f7947",
    error:
      "failed to checkout and determine revision: unable to clone 'ssh://git@127.0.0.1:42883/acme/x.git': ssh: handshake failed: knownhosts: key mismatch",
  });

const apply = async (): Promise<string> => {
  const id = uniqueProject();
  await scope.admin.create(
    PROJECTS,
    projectObject(scope.namespace, id, { environments: [{ name: "development" }] }),
  );
  await untilPhase(scope, id, "COMPLETED");
  return id;
};

beforeAll(async () => {
  scope = await openScope();
  await giveCredential(scope);
  [name, other] = await Promise.all([apply(), apply()]);
  const told = (id: string) =>
    scope.operator.lines().some((line) => line["project"] === `${scope.namespace}/${id}`);
  await eventually(() => told(name) && told(other), { description: "the operator has told of both" });
  file = join(scope.cluster.folder, `${scope.namespace}.log`);
  await Bun.write(
    file,
    `${scope.operator.output()}${fluxLine(name)}\n${fluxLine(other)}\npanic: out of words\n`,
  );
}, 60_000);
afterAll(() => scope.stop());

describe("the lines of a real operator", () => {
  test("of one project, one line each: time, level, project, message", async () => {
    const { code, stdout, stderr } = await ran(`logs ${name} -n ${scope.namespace} --from ${file}`);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const shown = lines(stdout);
    expect(shown.length).toBeGreaterThan(0);
    for (const line of shown) {
      expect(line).toMatch(
        new RegExp(
          `^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ  (info|warn) +${scope.namespace}/${name}  \\S`,
        ),
      );
    }
    expect(shown.at(-1)).toContain("waiting for Flux");
  });

  test("-o wide adds phase, reason and what the pass cost", async () => {
    const { stdout } = await ran(`logs ${name} -n ${scope.namespace} --from ${file} -o wide`);
    expect(stdout).toMatch(/COMPLETED WaitingForFlux \d+ ms, \d+ requests {2}development: waiting for Flux/);
  });

  test("-o json prints the lines of the project as they were written", async () => {
    const { stdout } = await ran(`logs ${name} -n ${scope.namespace} --from ${file} -o json`);
    const own = lines(scope.operator.output()).filter((line) => line.includes(`${scope.namespace}/${name}`));
    expect(own.slice(0, lines(stdout).length)).toEqual(lines(stdout));
    expect(lines(stdout).length).toBeGreaterThan(0);
  });

  test("-o yaml prints them as documents", async () => {
    const { stdout } = await ran(`logs ${name} -n ${scope.namespace} --from ${file} -o yaml`);
    expect(loadAll(stdout)).toContainEqual(
      expect.objectContaining({ project: `${scope.namespace}/${name}`, phase: "COMPLETED" }),
    );
  });

  test("without a name every line, also one that is no JSON", async () => {
    const { stdout } = await ran(`logs --from ${file}`);
    expect(stdout).toContain("operator started");
    expect(stdout).toContain(`${scope.namespace}/${other}`);
    expect(stdout).toEndWith("panic: out of words\n");
    const json = lines((await ran(`logs --from ${file} -o json`)).stdout);
    expect(json.map((line) => JSON.parse(line) as unknown)).toContainEqual({ msg: "panic: out of words" });
  });

  test("--flux adds what Flux says of the project's objects, and not of another's", async () => {
    const without = await ran(`logs ${name} -n ${scope.namespace} --from ${file}`);
    expect(without.stdout).not.toContain("key mismatch");
    const { stdout } = await ran(`logs ${name} -n ${scope.namespace} --from ${file} --flux`);
    const flux = lines(stdout).filter((line) => line.includes("key mismatch"));
    expect(flux).toEqual([
      `2026-11-22T10:16:25Z  error  GitRepository project-${name}-development/${name}-repo  Reconciler error: failed to checkout and determine revision: unable to clone 'ssh://git@127.0.0.1:42883/acme/x.git': ssh: handshake failed: knownhosts: key mismatch`,
    ]);
  });

  test("from standard input, without any cluster", async () => {
    const io = { readInput: () => Promise.resolve(scope.operator.output()) };
    const args = ["logs", name, "-n", scope.namespace, "--from", "-", "--kubeconfig", "/nowhere"];
    const { code, stdout } = await typed(args, io);
    expect(code).toBe(0);
    expect(stdout).toContain(`${scope.namespace}/${name}`);
  });

  test("colours the level on a terminal only", async () => {
    const line = `logs --from ${file}`;
    expect((await ran(line)).stdout).not.toContain("\u001b");
    const coloured = await withKubeconfig(scope.cluster.kubeconfigPath)(line, { colour: true });
    expect(coloured.stdout).toContain("\u001b[31merror\u001b[0m");
  });

  test("a file that is not there, and a project without a line, say so", async () => {
    const missing = await ran("logs --from /nowhere/x.log");
    expect(missing.code).toBe(2);
    expect(missing.stderr).toStartWith("error: cannot read /nowhere/x.log\n");
    const empty = await ran(`logs nobody -n ${scope.namespace} --from ${file}`);
    expect(empty).toMatchObject({ code: 0, stdout: "" });
    expect(empty.stderr).toMatch(
      new RegExp(`^no line about ${scope.namespace}/nobody among \\d+ of ${file}\n$`),
    );
  });
});

const LABELS = { "app.kubernetes.io/name": "projectgitops" };
const SELECTOR = { app: "logged" };

/** A Deployment as deploy/ installs it; no controller makes its pods here. */
async function installed(): Promise<void> {
  const template = {
    metadata: { labels: SELECTOR },
    spec: { containers: [{ name: "manager", image: "x" }] },
  };
  await scope.admin.apply(
    DEPLOYMENTS,
    {
      metadata: { namespace: scope.namespace, name: "projectgitops", labels: LABELS },
      spec: { selector: { matchLabels: SELECTOR }, template },
    },
    { force: true, fieldManager: "test" },
  );
}

/** A pod on a node that is gone. */
const lost = (pod: string) =>
  scope.admin.create(PODS, {
    metadata: { namespace: scope.namespace, name: pod, labels: SELECTOR },
    spec: { nodeName: "nowhere", containers: [{ name: "manager", image: "x" }] },
  });

/** The tests' cluster has the Deployment of deploy/ too, where another test has installed it: it has no pod. */
describe("the pods of an installed operator", () => {
  let kubelet: LogKubelet;
  beforeAll(async () => {
    kubelet = await startLogKubelet(scope);
  });
  afterAll(() => kubelet.stop());

  test("none: says which Deployment it looked for, and the next command", async () => {
    await installed();
    const { code, stdout, stderr } = await ran(`logs ${name} -n ${scope.namespace}`);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toStartWith("error: the operator has no pod, so there is no log\n");
    expect(stderr).toContain(`Deployment ${scope.namespace}/projectgitops`);
    expect(stderr).toMatch(/\n {2}next: kubectl describe deployment projectgitops -n \S+\n$/);
  });

  test("not on a node yet: there is no line, and it says of which pod", async () => {
    await installed();
    await scope.admin.create(PODS, {
      metadata: { namespace: scope.namespace, name: "waiting", labels: SELECTOR },
      spec: { containers: [{ name: "manager", image: "x" }] },
    });
    expect(await ran(`logs ${name} -n ${scope.namespace}`)).toEqual({
      code: 0,
      stdout: "",
      stderr: `no line about ${scope.namespace}/${name} among 0 of Pod ${scope.namespace}/waiting\n`,
    });
    await scope.admin.delete(PODS, { namespace: scope.namespace, name: "waiting" });
  });

  test("on a node that nobody knows: the API server's words, and the next command", async () => {
    await lost("lost");
    const { code, stderr } = await ran(`logs ${name} -n ${scope.namespace}`);
    expect(code).toBe(2);
    expect(stderr).toBe(
      `error: cannot read the log of Pod ${scope.namespace}/lost\n  the API server says: 404 NotFound: pods "nowhere" not found\n  next: kubectl describe pod lost -n ${scope.namespace}\n`,
    );
    await scope.admin.delete(PODS, { namespace: scope.namespace, name: "lost" }, { gracePeriodSeconds: 0 });
  });

  test("on a node: the lines of the project, as the API server passes them on", async () => {
    const pod = await kubelet.pod({
      namespace: scope.namespace,
      labels: SELECTOR,
      log: () => scope.operator.output(),
    });
    const { code, stdout, stderr } = await ran(`logs ${name} -n ${scope.namespace} --tail 500`);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(lines(stdout).every((line) => line.includes(`${scope.namespace}/${name}`))).toBe(true);
    expect(kubelet.asked.at(-1)).toBe(`/containerLogs/${scope.namespace}/${pod}/manager?tailLines=500`);
    await ran(`logs --since 10m -n ${scope.namespace}`);
    expect(kubelet.asked.at(-1)).toBe(`/containerLogs/${scope.namespace}/${pod}/manager?sinceSeconds=600`);
  });

  test("--follow prints what comes, until Ctrl-C", async () => {
    const stop = new AbortController();
    let out = "";
    const following = withKubeconfig(scope.cluster.kubeconfigPath)(`logs -n ${scope.namespace} --tail 0 -f`, {
      interrupted: () => stop.signal,
      out: (text) => {
        out += text;
      },
    });
    await eventually(() => kubelet.asked.at(-1)?.includes("follow=true"), { description: "it follows" });
    const third = await apply();
    await eventually(() => out.includes(`${scope.namespace}/${third}`), { description: "the line has come" });
    expect(out).not.toContain("operator started");
    stop.abort();
    expect((await following).code).toBe(0);
  }, 30_000);

  test("a pod that cannot be read is a note beside the others' lines", async () => {
    await lost("lost-too");
    const { code, stdout, stderr } = await ran(`logs ${name} -n ${scope.namespace}`);
    expect(code).toBe(0);
    expect(stdout).toContain(`${scope.namespace}/${name}`);
    expect(stderr).toStartWith(
      `note: the log of Pod ${scope.namespace}/lost-too cannot be read: 404 NotFound: `,
    );
  });

  test("a project that never was is a no, with the nearest names", async () => {
    const { code, stderr } = await ran(`logs ${name}x -n ${scope.namespace}`);
    expect(code).toBe(1);
    expect(stderr).toContain(`error: there is no ProjectGitOps ${scope.namespace}/${name}x\n`);
    expect(stderr).toContain(`did you mean ${scope.namespace}/${name}?`);
  });

  test("someone without rights hears which right is missing", async () => {
    const kubeconfig = await nobodysKubeconfig(scope.cluster, scope.namespace);
    const { code, stderr } = await withKubeconfig(kubeconfig)(`logs ${name} -n ${scope.namespace}`);
    expect(code).toBe(2);
    expect(stderr).toContain('cannot list resource "deployments"');
    expect(stderr).toContain("get pods/log");
  });
});

test("bad input: what it should look like", async () => {
  expect((await ran("logs --tail many")).stderr).toContain("error: --tail many is no number of lines\n");
  expect((await ran("logs --since yesterday")).stderr).toContain("error: --since yesterday is no duration\n");
  expect((await ran(`logs --from ${file} --follow`)).code).toBe(2);
});
