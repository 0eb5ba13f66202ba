import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { ProjectGitOpsSpecInput } from "../../src/api/schema.ts";
import { makeSshKey } from "../../src/git/index.ts";
import type { KubeObject } from "../../src/kube/index.ts";
import { resourceOf } from "../../src/reconcile/index.ts";
import { eventually, uniqueName } from "../cluster/index.ts";
import {
  type App,
  applyProject,
  condition,
  type E2e,
  fluxObject,
  getProject,
  giveDeployKey,
  giveRepository,
  isGone,
  openE2e,
  overSsh,
  untilComplaint,
  untilReady,
} from "./support/project.ts";
import { stopwatch } from "./support/times.ts";

// What people suffered from in the system that this one grew out of: first as Flux alone shows it, then here.

let e2e: E2e;
let app: App;
beforeAll(async () => {
  e2e = await openE2e();
  app = await giveRepository(e2e, ["development"]);
  await giveDeployKey(e2e, app);
});
afterAll(() => e2e.stop());

describe("a URL as git hosts show it, git@host:owner/repo.git", () => {
  const url = "git@git.example.com:acme/shop.git";

  test("is refused by Flux", async () => {
    await expect(byHand({ url })).rejects.toThrow(/spec\.url/);
  });

  test("is accepted here and becomes what Flux takes", async () => {
    const { id } = await giveRepository(e2e, ["development"]);
    const other = { ...app, id };
    const { privateKey } = makeSshKey(id);
    const known_hosts = e2e.gitea.knownHosts.replace(/^\S+/, "git.example.com");
    await e2e.admin.createSecret(e2e.namespace, `${id}-git`, { identity: privateKey, known_hosts });
    await applyApp(other, { url, credential: { secretRef: { name: `${id}-git` } } });
    await eventually(() => fluxObject(e2e, other, "GitRepository"), {
      description: "its GitRepository is made",
    });
    expect((await fluxObject(e2e, other, "GitRepository"))["spec"]).toMatchObject({
      url: "ssh://git@git.example.com/acme/shop.git",
    });
    await untilComplaint(e2e, other, /^development: cannot fetch from git: .*git\.example\.com/);
  });
});

describe.each([
  ["identity", { known_hosts: "" }],
  ["known_hosts", { identity: makeSshKey("test").privateKey }],
])("a Secret without %s", (key, data) => {
  test("is handed over to Flux by hand, and fails there", async () => {
    const secret = uniqueName("git");
    await e2e.admin.createSecret("default", secret, data);
    const { name } = await byHand({ url: e2e.gitea.sshUrl(app.id), secretRef: { name: secret } });
    const message = await untilFluxFails(name);
    expect(message).toContain(`'${key}' is required`);
  });

  test("is told of here by that key before anything is made", async () => {
    const other = { ...app, id: (await giveRepository(e2e, ["development"])).id };
    await e2e.admin.createSecret(e2e.namespace, `${other.id}-git`, data);
    await applyApp(other, overSsh(e2e, other));
    const project = await eventually(
      async () => {
        const seen = await getProject(e2e, other.id);
        return /^(CredentialInvalid|KnownHostsMissing)$/.test(condition(seen, "Ready")?.reason ?? "") && seen;
      },
      { description: "the condition names the credential" },
    );
    expect(condition(project, "Ready")?.message).toContain(key);
    expect(await isGone(e2e.admin.getNamespace(`project-${other.id}-development`))).toBeTrue();
  });
});

test("a repository is fetched when its project is applied, not at some later interval", async () => {
  await applyApp(app, overSsh(e2e, app, "10m"));
  await untilReady(e2e, app);
});

test("seven of eight projects fail, and the one that works is not held up", async () => {
  const failing = await Promise.all(
    Array.from({ length: 7 }, async () => {
      const { id } = await giveRepository(e2e, ["development"]);
      const other = { ...app, id };
      await giveDeployKey(e2e, other);
      await applyApp(other, { ...overSsh(e2e, other, "10s"), ref: { branch: "no-such-branch" } });
      return other;
    }),
  );
  for (const each of failing) await untilComplaint(e2e, each, /no-such-branch/);
  const good = await giveRepository(e2e, ["development"]);
  await giveDeployKey(e2e, good);
  const done = stopwatch("apply to Ready beside seven projects that fail");
  await applyApp(good, overSsh(e2e, good));
  await untilReady(e2e, good);
  done();
});

function applyApp(to: App, git: ProjectGitOpsSpecInput["git"]) {
  return applyProject(e2e, to, { git, environments: [{ name: "development" }] });
}

/** A GitRepository as people write it by hand. */
async function byHand(spec: object): Promise<{ name: string }> {
  const name = uniqueName("by-hand");
  const body = {
    apiVersion: "source.toolkit.fluxcd.io/v1",
    kind: "GitRepository",
    metadata: { namespace: "default", name },
    spec: { interval: "10s", ref: { branch: "main" }, ...spec },
  };
  await e2e.admin.create(resourceOf("GitRepository"), body as KubeObject);
  return { name };
}

async function untilFluxFails(name: string): Promise<string> {
  return eventually(
    async () => {
      const { status } = (await e2e.admin.get(resourceOf("GitRepository"), {
        namespace: "default",
        name,
      })) as {
        status?: { conditions?: { type: string; status: string; message: string }[] };
      };
      const ready = status?.conditions?.find(({ type }) => type === "Ready");
      return ready?.status === "False" && ready.message;
    },
    { description: `Flux says that ${name} fails` },
  );
}
