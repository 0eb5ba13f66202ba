import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { ProjectGitOps } from "../../src/api/schema.ts";
import { makeSshKey } from "../../src/git/index.ts";
import { eventually } from "../cluster/index.ts";
import {
  type App,
  applyProject,
  condition,
  type E2e,
  fluxObject,
  getProject,
  giveDeployKey,
  giveRepository,
  openE2e,
  overSsh,
  PROJECTS,
  readyOf,
  replaceKey,
  untilComplaint,
  untilReady,
} from "./support/project.ts";
import { stopwatch } from "./support/times.ts";

let e2e: E2e;
beforeAll(async () => {
  e2e = await openE2e();
});
afterAll(() => e2e.stop());

test("a source that fails after all went well is not Ready, though its Kustomization still says so", async () => {
  const { app, key } = await readyApp({ interval: "10s" });
  await e2e.gitea.api.removeDeployKey(app.id, key);
  await untilComplaint(e2e, app, /^development: cannot fetch from git: .*ssh: unable to authenticate/);
  const { status } = await getProject(e2e, app.id);
  expect(status?.environments?.[0]).toMatchObject({
    source: { ready: "False", revision: `main@sha1:${app.commit}` },
    delivery: { ready: "True", revision: `main@sha1:${app.commit}` },
  });
  expect(status?.phase).toBe("COMPLETED");
});

test("the first cause is what a person reads, not the Kustomization that misses its artifact", async () => {
  const app = await giveRepository(e2e, ["development"]);
  await giveDeployKey(e2e, app);
  await applyApp(app, { ref: { branch: "no-such-branch" } });
  const project = await untilComplaint(
    e2e,
    app,
    /^development: cannot fetch from git: .*refs\/heads\/no-such-branch/,
  );
  await eventually(
    async () =>
      (await getProject(e2e, app.id)).status?.environments?.[0]?.delivery?.reason === "ArtifactFailed",
    { description: "the symptom stands in the status too" },
  );
  expect(condition(project, "Ready")?.message).not.toContain("artifact");
});

describe("a path that is not in the repository", () => {
  test("is named, and its retries leave the status as it is, with their temporary paths", async () => {
    const app = await giveRepository(e2e, ["development"]);
    await giveDeployKey(e2e, app);
    await applyApp(app, {}, { path: "./k8s/overlays/missing", interval: "10s", retryInterval: "10s" });
    const before = await untilComplaint(
      e2e,
      app,
      /^development: cannot deploy: kustomization path not found/,
    );
    expect(condition(before, "Ready")?.message).not.toContain("/tmp/");
    const first = await fluxMessage(app);
    const later = await eventually(
      async () => {
        const message = await fluxMessage(app);
        return message !== first && /path not found/.test(message) && message;
      },
      { description: "Flux has tried again", deadlineMs: 40_000 },
    );
    expect(later).not.toBe(first);
    const after = await getProject(e2e, app.id);
    expect(after.status).toEqual(before.status);
    expect(after.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
  });
});

describe("a changed credential", () => {
  test("is fetched with at once, however long the interval", async () => {
    const app = await giveRepository(e2e, ["development"]);
    await giveDeployKey(e2e, app);
    const wrong = makeSshKey("not registered");
    await replaceKey(e2e, app, wrong.privateKey);
    await applyApp(app, { interval: "1h" });
    await untilComplaint(e2e, app, /ssh: unable to authenticate/);
    const right = makeSshKey(app.id);
    await e2e.gitea.api.addDeployKey(app.id, right.publicKey);
    const done = stopwatch("a mended key to Ready, with an interval of 1 h");
    await replaceKey(e2e, app, right.privateKey);
    await untilReady(e2e, app);
    done();
  });

  test("that is worse is not Ready: the old True is no answer", async () => {
    const { app } = await readyApp({ interval: "1h" });
    const seen: (string | undefined)[] = [];
    await replaceKey(e2e, app, makeSshKey("not registered").privateKey);
    await eventually(
      async () => {
        const now = readyOf(await getProject(e2e, app.id));
        if (now !== seen.at(-1)) seen.push(now);
        return now === "False";
      },
      { description: "the bad key shows", everyMs: 10 },
    );
    // Before the operator saw the Secret it was Ready; once it did, never again.
    expect(seen.slice(1)).not.toContain("True");
    const source = await fluxObject(e2e, app, "GitRepository");
    const requested = source.metadata.annotations?.["reconcile.fluxcd.io/requestedAt"];
    expect(requested).toBeString();
    expect(source.status).toMatchObject({ lastHandledReconcileAt: requested });
  });
});

test("a changed spec is Ready only when Flux has answered for it", async () => {
  const { app } = await readyApp({ interval: "1h" });
  const commit = await app.repository.push({ "k8s/note.txt": "on another branch\n" }, { branch: "next" });
  const ref = { namespace: e2e.namespace, name: app.id };
  await e2e.admin.patch(PROJECTS, ref, { spec: { git: { ref: { branch: "next" } } } }, { type: "merge" });
  const { status } = await untilReady(e2e, app);
  expect(status?.environments?.[0]).toMatchObject({
    source: { revision: `next@sha1:${commit}` },
    delivery: { revision: `next@sha1:${commit}` },
  });
});

type Git = Partial<ProjectGitOps["spec"]["git"]>;

function applyApp(app: App, git: Git, environment: object = {}): Promise<ProjectGitOps> {
  return applyProject(e2e, app, {
    git: { ...overSsh(e2e, app), ...git } as never,
    environments: [{ name: "development", ...environment }],
  });
}

async function readyApp(git: Git): Promise<{ app: App; key: number }> {
  const app = await giveRepository(e2e, ["development"]);
  const key = await giveDeployKey(e2e, app);
  await applyApp(app, git);
  await untilReady(e2e, app);
  return { app, key };
}

/** What the Kustomization says itself, temporary path and all. */
async function fluxMessage(app: App): Promise<string> {
  const { status } = await fluxObject(e2e, app, "Kustomization");
  const { conditions } = status as { conditions?: { type: string; message: string }[] };
  return conditions?.find(({ type }) => type === "Ready")?.message ?? "";
}
