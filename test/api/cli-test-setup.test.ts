import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import type { ProjectGitOps } from "../../src/api/schema.ts";
import type { Io } from "../../src/cli/io.ts";
import { kubectl, run } from "../cluster/index.ts";
import type { Typed } from "../unit/cli/typed.ts";
import { withKubeconfig } from "./cli-support.ts";
import { type Lab, openLab } from "./diagnose/lab.ts";
import { fluxSays, fluxSucceeds } from "./support/flux.ts";
import { find, idsOf, PROJECTS } from "./support/scope.ts";

const URL = "git@github.com:acme/shop.git";
let lab: Lab;
let pump: { stop(): Promise<void> } | undefined;

beforeAll(async () => {
  lab = await openLab();
}, 60_000);
afterAll(() => lab.stop());
afterEach(async () => {
  await pump?.stop();
  pump = undefined;
});

const typed = (commandLine: string, io: Partial<Io> = {}): Promise<Typed> =>
  withKubeconfig(lab.cluster.kubeconfigPath)(`test-setup -n ${lab.namespace} ${commandLine}`, io);

test("a set-up that works: the answer, then a row for each step with its time; nothing is left", async () => {
  pump = flux(succeed);
  const { code, stdout, stderr } = await typed(`--git-url ${URL} --credential git`);
  expect({ code, stdout }).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^Ready after .* after its deletion\n\n/),
  });
  const steps = stepsOf(stdout);
  const inOrder = [
    "applied",
    "seen by the operator",
    "CREATING_NAMESPACES",
    "CREATING_SECRETS",
    "CREATING_RESOURCES",
    "Ready",
    "verified",
    "deleted",
  ];
  expect(steps.filter((step) => inOrder.includes(step))).toEqual(inOrder);
  // Each of these is told by a watch of its own.
  const others = [
    "COMPLETED",
    "delivery Ready",
    "delivery gone",
    "gone",
    "namespace gone",
    "source Ready",
    "source gone",
  ];
  expect(steps.filter((step) => !inOrder.includes(step)).toSorted()).toEqual(others);
  expect(stdout).toMatch(/\n {2}source Ready +.* main@1f3c9ab\n/);
  expect(stdout).toMatch(/\n {2}verified +.* 6 objects read back\n/);
  expect(stderr).toMatch(/ CREATING_NAMESPACES +Namespace project-test-[0-9a-f]{8}-test\n/);
  expect(await left()).toEqual([]);
});

test("-o json tells the same for programs, and a public repository needs no credential", async () => {
  pump = flux(succeed);
  const { code, stdout } = await typed("--git-url https://github.com/acme/shop.git -o json");
  expect(code).toBe(0);
  const { steps, ...rest } = JSON.parse(stdout) as { steps: { step: string; at: number; took: number }[] };
  expect(rest).toMatchObject({
    ready: true,
    removed: true,
    findings: [],
    verified: { problems: [], closed: [] },
  });
  expect(steps[0]).toMatchObject({ step: "applied", took: steps[0]?.at });
  expect(steps.map(({ at }) => at)).toEqual(steps.map(({ at }) => at).toSorted((a, b) => a - b));
});

test("--keep leaves the project, and says how it is removed", async () => {
  pump = flux(succeed);
  const { code, stdout } = await typed(`--git-url ${URL} --credential git --keep`);
  expect(code).toBe(0);
  const removal = /^Ready after .*; kept: (projectgitops delete (\S+) -n \S+) removes it\n/.exec(stdout);
  expect(await left()).toEqual([removal?.[2] ?? ""]);
  const removed = await withKubeconfig(lab.cluster.kubeconfigPath)(
    `${removal?.[1]?.replace("projectgitops ", "")} --yes`,
  );
  expect(removed.code).toBe(0);
});

test("what does not become Ready is diagnosed, removed all the same, and exits with 1", async () => {
  pump = flux((project) => sourceSays(project, "ssh: handshake failed: ssh: unable to authenticate"));
  const { code, stdout, stderr } = await typed(`--git-url ${URL} --credential git --timeout 4s`);
  expect({ code, stderr }).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/\nerror: ProjectGitOps \S+ did not become Ready\n {2}waited 4s for /),
  });
  expect(stdout).toMatch(/^not Ready, gone .* after its deletion\n\ntest-[0-9a-f]{8} \(\S+\): \d+ problem/);
  expect(stdout).toContain("✗ problem");
  expect(stdout).toContain("unable to authenticate");
  expect(stepsOf(stdout)).not.toContain("Ready");
  expect(stepsOf(stdout)).toContain("gone");
  expect(await left()).toEqual([]);
});

test("a Secret that is not there is found by its name", async () => {
  const { code, stdout } = await typed(`--git-url ${URL} --credential nowhere --timeout 2s`);
  expect(code).toBe(1);
  expect(stdout).toContain("nowhere");
  expect(await left()).toEqual([]);
});

test("Ctrl-C removes what was made before it ends, with exit code 130", async () => {
  const interruption = new AbortController();
  let stderr = "";
  const { code, stdout } = await typed(`--git-url ${URL} --credential git`, {
    interrupted: () => interruption.signal,
    err: (text) => {
      stderr += text;
      if (text.includes("COMPLETED")) interruption.abort();
    },
  });
  expect({ code, stdout }).toEqual({ code: 130, stdout: "" });
  expect(stderr).toEndWith("error: interrupted: what was made is removed\n");
  expect(await left()).toEqual([]);
});

test("a URL that admission refuses makes nothing, and says which field", async () => {
  const { code, stderr } = await typed("--git-url https://me:secret@github.com/acme/shop.git");
  expect(code).toBe(2);
  expect(stderr).toContain("spec.git.url");
  expect(stderr).not.toContain("secret@");
  expect(await left()).toEqual([]);
});

test("the notes' commands are the same: test-gitops-setup.ts and diagnose-gitops-pending.ts", async () => {
  pump = flux(succeed);
  const script = (name: string, ...args: string[]) =>
    run([process.execPath, "run", join(import.meta.dir, "..", "..", "scripts", name), ...args], {
      env: { KUBECONFIG: lab.cluster.kubeconfigPath },
    });
  const setUp = await script(
    "test-gitops-setup.ts",
    "-n",
    lab.namespace,
    "--git-url",
    URL,
    "--credential",
    "git",
  );
  expect({ code: setUp.code, stdout: setUp.stdout }).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^Ready after /),
  });
  const diagnosis = await script("diagnose-gitops-pending.ts");
  expect(diagnosis.stdout).toMatch(/^\d+ projects? in the cluster: /);
  const narrowed = await script("diagnose-gitops-pending.ts", "-n", lab.namespace, "-o", "json");
  expect(JSON.parse(narrowed.stdout)).toHaveProperty("findings");
});

/** The first column of the table of steps. */
const stepsOf = (stdout: string): string[] =>
  [...stdout.matchAll(/^ {2}(\S+(?: \S+)*) {2,}\S+ m?s {2,}\S+ m?s/gm)].map(([, step = ""]) => step);

/** Throwaway projects that are there. */
async function left(): Promise<string[]> {
  const selector = "app.kubernetes.io/created-by=projectgitops-test-setup";
  const args = ["get", "pgops", "-A", "-l", selector, "-o", "name"];
  const { stdout } = await kubectl(lab.cluster, args);
  return stdout
    .split("\n")
    .filter(Boolean)
    .map((name) => name.replace(/^.*\//, ""));
}

/** Stands in for Flux while a command runs: says something of each throwaway project, again and again. */
function flux(say: (project: ProjectGitOps) => Promise<void>): { stop(): Promise<void> } {
  let running = true;
  const loop = async () => {
    while (running) {
      const { items } = await lab.admin.list(PROJECTS, { namespace: lab.namespace });
      // An object may change or go while it is spoken of.
      for (const project of items) await say(project).catch(() => undefined);
      await Bun.sleep(50);
    }
  };
  const done = loop();
  return {
    stop: () => {
      running = false;
      return done;
    },
  };
}

const succeed = (project: ProjectGitOps): Promise<void> => fluxSucceeds(lab, project);

async function sourceSays(project: ProjectGitOps, message: string): Promise<void> {
  for (const id of idsOf(project).filter(({ kind }) => kind === "GitRepository")) {
    const live = await find(lab.admin, id);
    const said = (live?.status as { conditions?: unknown[] } | undefined)?.conditions;
    if (live !== undefined && said === undefined)
      await fluxSays(lab, live, { ready: "False", reason: "GitOperationFailed", message });
  }
}
