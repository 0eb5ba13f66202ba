import { afterAll, beforeAll, expect, test } from "bun:test";
import type { ProjectGitOps } from "../../src/api/schema.ts";
import { EVENTS, SECRETS } from "../../src/kube/index.ts";
import { resourceOf } from "../../src/reconcile/index.ts";
import { deny } from "../api/support/policy.ts";
import { untilProject } from "../api/support/scope.ts";
import { auditEvents, eventually, startTlsProxy } from "../cluster/index.ts";
import {
  ask,
  type DeployKey,
  deployKeys,
  generated,
  giveHostCredential,
  hostFlags,
  keptSecret,
} from "./support/host-credential.ts";
import {
  type App,
  applyProject,
  condition,
  deleteProject,
  type E2e,
  getProject,
  giveRepository,
  isGone,
  openE2e,
  PROJECTS,
  readyOf,
  untilReady,
} from "./support/project.ts";
import { sharedStack } from "./support/stack.ts";

const ENVIRONMENTS = ["development", "staging"];
const environments = ENVIRONMENTS.map((name) => ({ name }));

let e2e: E2e;
beforeAll(async () => {
  e2e = await openE2e(hostFlags(await sharedStack()));
  await giveHostCredential(e2e, e2e.publicHttps.caPem);
});
afterAll(() => e2e.stop());

const credentialOf = (project: ProjectGitOps) => condition(project, "CredentialReady");

/** Ready with a credential that Flux has fetched with, and only one registered. */
async function untilProved(app: App, other?: string): Promise<DeployKey> {
  await untilProject(
    e2e,
    app.id,
    (project) =>
      readyOf(project) === "True" &&
      credentialOf(project)?.status === "True" &&
      project.status?.credential?.title !== other,
    "is Ready with a proved credential",
  );
  return eventually(
    async () => {
      const keys = await deployKeys(e2e, app);
      return keys.length === 1 && keys[0]?.title !== other ? keys[0] : undefined;
    },
    { description: `one key of ${app.id} is registered, and it is another one`, deadlineMs: 40_000 },
  );
}

async function setUp(): Promise<{ app: App; key: DeployKey }> {
  const app = await giveRepository(e2e, ENVIRONMENTS);
  await applyProject(e2e, app, { git: generated(e2e, app), environments });
  return { app, key: await untilProved(app) };
}

test("a deploy key is made, registered and kept before the first Namespace, and Flux fetches with it", async () => {
  const { app, key } = await setUp();
  expect(key.title).toMatch(
    new RegExp(`^projectgitops [0-9a-f]{8} ${e2e.namespace}/${app.id} [a-z0-9]{10}$`),
  );
  expect(key.read_only).toBe(true);
  const { status } = await getProject(e2e, app.id);
  expect(status?.credential).toMatchObject({ kind: "deployKey", provider: "gitea", title: key.title });
  const made = auditEvents(e2e.cluster, ({ verb, objectRef, responseStatus }) => {
    const isOurs =
      objectRef?.namespace === e2e.namespace || objectRef?.name?.startsWith(`project-${app.id}-`);
    return verb === "create" && isOurs === true && responseStatus?.code === 201;
  }).map(({ objectRef }) => `${objectRef?.resource} ${objectRef?.name}`);
  const kept = made.indexOf(`secrets ${app.id}-git-credential`);
  expect(kept).toBeGreaterThanOrEqual(0);
  expect(kept).toBeLessThan(made.findIndex((one) => one.startsWith(`namespaces project-${app.id}-`)));
});

test("three rotations, with a fetch every second: none fails, and each old key is revoked when the new one is proved", async () => {
  const { app, key } = await setUp();
  const fetches = fetchEverySecond(app);
  let before = key.title;
  for (let rotation = 0; rotation < 3; rotation++) {
    await ask(e2e, app, "rotate");
    before = (await untilProved(app, before)).title;
  }
  const { failures, count } = await fetches.stop();
  expect(failures).toEqual([]);
  expect(count).toBeGreaterThan(20);
  expect(await e2e.operator.metrics()).toMatch(
    /projectgitops_credential_rotations_total\{outcome="rotated"\} [3-9]/,
  );
}, 180_000);

test("a new key that Flux cannot fetch with is taken back: the old one stays in force, and Ready says why", async () => {
  const { app, key } = await setUp();
  await ask(e2e, app, "rotate");
  const fresh = await eventually(
    async () => (await deployKeys(e2e, app)).find(({ title }) => title !== key.title),
    { description: "another key is registered", everyMs: 10 },
  );
  await e2e.gitea.api.removeDeployKey(app.id, fresh.id);
  const project = await untilProject(
    e2e,
    app.id,
    (one) =>
      readyOf(one) === "True" &&
      credentialOf(one)?.status === "False" &&
      one.status?.credential?.title === key.title,
    "is Ready with its old credential",
  );
  expect(condition(project, "Ready")?.message).toContain("CredentialRotationFailed");
  expect(credentialOf(project)?.reason).toBe("CredentialRotationFailed");
  expect(credentialOf(project)?.message).toContain(fresh.title);
  expect((await deployKeys(e2e, app)).map(({ title }) => title)).toContain(key.title);
}, 90_000);

test("revoke replaces the key and takes the old one back at once", async () => {
  const { app, key } = await setUp();
  await ask(e2e, app, "revoke");
  const next = await untilProved(app, key.title);
  expect(next.title).not.toBe(key.title);
});

test("a credential is replaced by itself at its age", async () => {
  const app = await giveRepository(e2e, ENVIRONMENTS);
  const rotation = { interval: "15s", overlap: "10s" };
  await applyProject(e2e, app, { git: generated(e2e, app, { rotation }), environments });
  const first = await eventually(async () => (await deployKeys(e2e, app))[0], {
    description: "a key is registered",
  });
  await eventually(
    async () => {
      const titles = (await deployKeys(e2e, app)).map(({ title }) => title);
      return titles.length > 0 && !titles.includes(first.title);
    },
    { description: "the first key is replaced and revoked", deadlineMs: 60_000 },
  );
  await untilReady(e2e, app);
}, 90_000);

test("a set-up that is rolled back leaves no key on the host and no Secret", async () => {
  const app = await giveRepository(e2e, ENVIRONMENTS);
  const allow = await deny(e2e, { projectId: app.id, kind: "Kustomization" });
  try {
    const setup = { timeout: "10s" };
    await applyProject(e2e, app, { git: generated(e2e, app), environments, setup });
    await eventually(async () => (await deployKeys(e2e, app)).length === 1, {
      description: "a key is registered",
    });
    await untilProject(e2e, app.id, ({ status }) => status?.phase === "FAILED", "is FAILED");
    expect(await deployKeys(e2e, app)).toEqual([]);
    expect(await isGone(keptSecret(e2e, app))).toBe(true);
  } finally {
    await allow();
  }
}, 90_000);

test.each([
  ["Keep", 1],
  ["Revoke", 0],
] as const)(
  "of environments that are left in place, onOrphan %s leaves %d keys",
  async (onOrphan, left) => {
    const app = await giveRepository(e2e, ENVIRONMENTS);
    const git = generated(e2e, app, { onOrphan });
    await applyProject(e2e, app, { git, environments, deletionPolicy: "Orphan" });
    await untilProved(app);
    await e2e.admin.delete(PROJECTS, { namespace: e2e.namespace, name: app.id });
    await eventually(() => isGone(getProject(e2e, app.id)), { description: "the project is gone" });
    expect(await deployKeys(e2e, app)).toHaveLength(left);
  },
  60_000,
);

test("a host that --git-hosts does not name is never called, and nothing is made", async () => {
  const app = await giveRepository(e2e, ENVIRONMENTS);
  const asked: string[] = [];
  const inside = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: ({ url }) => {
      asked.push(url);
      return new Response("{}");
    },
  });
  const careful = await openE2e();
  try {
    await giveHostCredential(careful, e2e.publicHttps.caPem);
    const git = generated(careful, app, { apiURL: `https://127.0.0.1:${inside.port}` });
    await applyProject(careful, app, { git, environments });
    const project = await untilProject(
      careful,
      app.id,
      (one) => condition(one, "Ready")?.reason === "HostNotAllowed",
      "says that the host is not allowed",
    );
    expect(condition(project, "Ready")?.message).toContain("--git-hosts");
    expect(project.status?.phase).toBe("CREATING_NAMESPACES");
    expect(await isGone(careful.admin.getNamespace(`project-${app.id}-development`))).toBe(true);
    expect(asked).toEqual([]);
  } finally {
    await careful.stop();
    await inside.stop(true);
  }
});

test("another repository gets a key of its own, and the old one's is revoked", async () => {
  const { app } = await setUp();
  const other = await giveRepository(e2e, ENVIRONMENTS);
  const git = { url: e2e.gitea.sshUrl(other.id) };
  await e2e.admin.patch(
    PROJECTS,
    { namespace: e2e.namespace, name: app.id },
    { spec: { git } },
    { type: "merge" },
  );
  await untilReady(e2e, app);
  await eventually(async () => (await deployKeys(e2e, other)).length === 1, {
    description: "the other repository has a key",
  });
  await eventually(async () => (await deployKeys(e2e, app)).length === 0, {
    description: "the first repository's key is revoked",
    deadlineMs: 40_000,
  });
}, 90_000);

test("a Secret that somebody deleted is made anew, and what it held is revoked", async () => {
  const { app, key } = await setUp();
  await e2e.admin.deleteSecret(e2e.namespace, `${app.id}-git-credential`);
  const next = await untilProved(app, key.title);
  expect(next.title).not.toBe(key.title);
}, 90_000);

test("a project that goes leaves no key on the host and no Secret", async () => {
  const { app } = await setUp();
  await deleteProject(e2e, app, ENVIRONMENTS);
  expect(await deployKeys(e2e, app)).toEqual([]);
  expect(await isGone(keptSecret(e2e, app))).toBe(true);
}, 90_000);

test("a host that does not answer holds a deletion up for revokeTimeout, and what is left there is told", async () => {
  const app = await giveRepository(e2e, ENVIRONMENTS);
  const proxy = await startTlsProxy(e2e.gitea.url);
  const lonely = await openE2e(["--git-hosts", `${new URL(proxy.url).host},${e2e.gitea.sshHost}`]);
  try {
    await giveHostCredential(lonely, proxy.caPem);
    const git = generated(lonely, app, { apiURL: proxy.url, revokeTimeout: "10s" });
    await applyProject(lonely, app, { git, environments });
    await untilReady(lonely, app);
    const [key] = await deployKeys(lonely, app);
    await proxy.stop();
    await deleteProject(lonely, app, ENVIRONMENTS);
    const told = await eventually(
      async () => {
        const { items } = await lonely.admin.list(EVENTS, { namespace: lonely.namespace });
        return items.find(({ reason }) => reason === "CredentialLeftBehind");
      },
      { description: "an event tells what is left" },
    );
    expect((told as { note?: string }).note).toContain(key?.title ?? "no key");
  } finally {
    await lonely.stop();
    await proxy.stop();
  }
}, 120_000);

test("an access token for https, of a user with a password, is made and revoked", async () => {
  const app = await giveRepository(e2e, ENVIRONMENTS);
  const password = crypto.randomUUID();
  const username = `robot-${app.id}`;
  await e2e.gitea.api.call("POST", "/admin/users", {
    ...{ username, password, email: `${username}@example.com`, must_change_password: false },
  });
  await e2e.gitea.api.call("PUT", `/repos/acme/${app.id}/collaborators/${username}`, { permission: "read" });
  const data = { username, password, "ca.crt": e2e.publicHttps.caPem };
  await e2e.admin.createSecret(e2e.namespace, username, data);
  const git = {
    ...generated(e2e, app, { kind: "accessToken", hostCredentialRef: { name: username } }),
    url: `${e2e.publicHttps.url}/acme/${app.id}.git`,
  };
  await applyProject(e2e, app, { git, environments });
  await untilReady(e2e, app);
  const { data: kept = {} } = await keptSecret(e2e, app);
  const token = Buffer.from(kept["password"] ?? "", "base64").toString();
  const asToken = () =>
    fetch(`${e2e.gitea.url}/api/v1/repos/acme/${app.id}`, { headers: { authorization: `token ${token}` } });
  expect((await asToken()).status).toBe(200);
  await deleteProject(e2e, app, ENVIRONMENTS);
  expect((await asToken()).status).toBe(401);
}, 90_000);

test("no private key and no host token is in anything that the operator says", async () => {
  const { app } = await setUp();
  const { data = {} } = await keptSecret(e2e, app);
  const identity = Buffer.from(data["identity"] ?? "", "base64").toString();
  const secrets = [
    identity.split("\n")[2] ?? "?",
    data["identity"] ?? "?",
    e2e.gitea.api.credential.password,
  ];
  const [{ items: events }, { items: projects }, metrics] = await Promise.all([
    e2e.admin.list(EVENTS, { namespace: e2e.namespace }),
    e2e.admin.list(PROJECTS, { namespace: e2e.namespace }),
    e2e.operator.metrics(),
  ]);
  const said = [e2e.operator.output(), JSON.stringify(events), JSON.stringify(projects), metrics].join("\n");
  for (const secret of secrets) expect(said.includes(secret)).toBe(false);
  const kept = await e2e.admin.list(SECRETS, { namespace: e2e.namespace });
  expect(
    kept.items.flatMap(({ metadata }) => Object.values(metadata?.annotations ?? {})).join("\n"),
  ).not.toContain(identity.split("\n")[2] ?? "?");
});

/** Asks Flux for a fetch of the first environment each second, as `flux reconcile` does, and notes each Ready=False. */
function fetchEverySecond({ id }: App) {
  const ref = { namespace: `project-${id}-development`, name: `${id}-repo` };
  const failures: string[] = [];
  const handled = new Set<string>();
  let goesOn = true;
  const work = async () => {
    while (goesOn) {
      const annotations = { "reconcile.fluxcd.io/requestedAt": new Date().toISOString() };
      const repository = resourceOf("GitRepository");
      await e2e.admin.patch(repository, ref, { metadata: { annotations } }, { type: "merge" });
      for (let look = 0; look < 5 && goesOn; look++) {
        await Bun.sleep(200);
        const { status } = (await e2e.admin.get(repository, ref)) as unknown as Fetched;
        const ready = status?.conditions?.find(({ type }) => type === "Ready");
        if (ready?.status === "False") failures.push(ready.message);
        if (status?.lastHandledReconcileAt) handled.add(status.lastHandledReconcileAt);
      }
    }
  };
  const working = work();
  return {
    stop: async () => {
      goesOn = false;
      await working;
      return { failures: [...new Set(failures)], count: handled.size };
    },
  };
}

interface Fetched {
  status?: {
    conditions?: { type: string; status: string; message: string }[];
    lastHandledReconcileAt?: string;
  };
}
