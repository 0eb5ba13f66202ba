import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { ProjectGitOps } from "../../src/api/schema.ts";
import type { CredentialDetails } from "../../src/cli/credential/report.ts";
import { THROWAWAY_LABEL } from "../../src/cli/credential/test/through-flux.ts";
import type { Io } from "../../src/cli/io.ts";
import { asLive, resourceOf } from "../../src/reconcile/resources.ts";
import { eventually, kubectl } from "../cluster/index.ts";
import type { Typed } from "../unit/cli/typed.ts";
import type { GiteaServer } from "../unit/git/hosts/servers/gitea-server.ts";
import { nobodysKubeconfig, withKubeconfig } from "./cli-support.ts";
import { fluxSays, fluxSucceeds, untilReady } from "./support/flux.ts";
import {
  generated,
  giveHostCredential,
  HOST_TOKEN,
  hostFlags,
  startGitHost,
  titlesAt,
} from "./support/git-host.ts";
import {
  getProject,
  giveCredential,
  openScope,
  PROJECTS,
  projectObject,
  type Scope,
  SECRETS,
  uniqueProject,
} from "./support/scope.ts";

const GIT_REPOSITORIES = resourceOf("GitRepository");

let host: GiteaServer;
let scope: Scope;
/** The operator makes its credential. */
let shop: string;
/** People keep it, in the Secret git. */
let own: string;
/** All that was printed. */
const printed: string[] = [];

async function typed(commandLine: string, io: Partial<Io> = {}, kubeconfig?: string): Promise<Typed> {
  const run = withKubeconfig(kubeconfig ?? scope.cluster.kubeconfigPath);
  const result = await run(`${commandLine} -n ${scope.namespace}`, io);
  printed.push(result.stdout, result.stderr);
  return result;
}

async function apply(spec: Parameters<typeof projectObject>[2]): Promise<string> {
  const name = uniqueProject();
  await scope.admin.create(PROJECTS, projectObject(scope.namespace, name, spec));
  await untilReady(scope, name);
  return name;
}

beforeAll(async () => {
  host = await startGitHost("shop");
  scope = await openScope({ args: hostFlags(host) });
  await Promise.all([giveHostCredential(scope, host), giveCredential(scope)]);
  [shop, own] = await Promise.all([apply(generated(host)), apply({})]);
}, 60_000);
afterAll(async () => {
  await scope?.stop();
  await host?.tls.stop();
});

const credentialOf = async (name: string) => (await getProject(scope, name)).status?.credential;

/** Flux, which is not in this cluster, answers as long as the work lasts. */
async function withFlux<T>(name: string, work: Promise<T>): Promise<T> {
  let over = false;
  const answering = (async () => {
    while (!over) {
      await fluxSucceeds(scope, await getProject(scope, name)).catch(() => undefined);
      await Bun.sleep(50);
    }
  })();
  return work.finally(() => {
    over = true;
    return answering;
  });
}

describe("show", () => {
  const shown = async (name: string, kubeconfig?: string): Promise<CredentialDetails> =>
    JSON.parse((await typed(`credential show ${name} -o json`, {}, kubeconfig)).stdout);

  test("tells of what the operator made where it is registered, when it is replaced and who holds it", async () => {
    const told = await credentialOf(shop);
    const details = await shown(shop);
    expect(details.credential).toMatchObject({
      secret: `${scope.namespace}/${shop}-git-credential`,
      kind: "ssh",
      fingerprint: told?.fingerprint ?? "",
      gitHosts: ["github.com"],
      ready: { status: "True", reason: "CredentialProved" },
      generated: { kind: "deployKey", provider: "gitea", title: told?.title ?? "", failure: null },
    });
    expect(await titlesAt(host)).toContain(told?.title ?? "");
    expect(details.environments.map(({ name, holds, ready }) => [name, holds, ready])).toEqual([
      ["development", "current", "True"],
      ["staging", "current", "True"],
    ]);
    expect(details.unseen).toEqual([]);
    const { stdout } = await typed(`credential show ${shop}`);
    expect(stdout).toStartWith(`${scope.namespace}/${shop}  deploy key  ✓ Ready\n`);
    expect(stdout).toMatch(/\n {2}rotation {5}in 29d /);
  });

  test("of people's own Secret tells its kind, and that every environment has its present content", async () => {
    const details = await shown(own);
    expect(details.credential).toMatchObject({
      ...{ secret: `${scope.namespace}/git`, kind: "ssh", generated: null, ready: null, problem: null },
    });
    expect(details.environments.map(({ holds }) => holds)).toEqual(["current", "current", "current"]);
  });

  test("without the right to read Secrets tells what the status says, and what cannot be seen", async () => {
    const { cluster, namespace } = scope;
    const account = `--serviceaccount=${namespace}:default`;
    await kubectl(cluster, [
      ...["create", "rolebinding", "viewer", "--clusterrole=projectgitops-view", account, "-n", namespace],
    ]);
    const kubeconfig = await nobodysKubeconfig(cluster, namespace);
    const details = await shown(shop, kubeconfig);
    const told = await credentialOf(shop);
    expect(details.credential).toMatchObject({
      ...{ kind: "ssh", fingerprint: told?.fingerprint ?? "", gitHosts: null, problem: null },
    });
    expect(details.unseen).toContain(`get secrets ${namespace}/${shop}-git-credential`);
    const { stdout } = await typed(`credential show ${own}`, {}, kubeconfig);
    expect(stdout).toContain("✗ you may not read it");
  });

  test("of an unknown project is a no with the nearest name", async () => {
    const { code, stderr } = await typed(`credential show ${shop}x`);
    expect({ code, near: stderr.includes(`did you mean ${scope.namespace}/${shop}?`) }).toEqual({
      ...{ code: 1, near: true },
    });
  });
});

describe("rotate", () => {
  test("asks and does not wait", async () => {
    const name = await apply(generated(host));
    const before = await credentialOf(name);
    expect(await typed(`credential rotate ${name}`)).toEqual({
      code: 0,
      stdout: `${scope.namespace}/${name}: asked for a new credential\n`,
      stderr: "",
    });
    await eventually(async () => (await credentialOf(name))?.title !== before?.title, {
      description: "another credential is in force",
    });
  });

  test("with --wait ends when Flux fetches with the new one, and the old one is then revoked", async () => {
    const name = await apply(generated(host));
    const before = await credentialOf(name);
    const { code, stdout } = await withFlux(name, typed(`credential rotate ${name} --wait --timeout 30s`));
    const after = await credentialOf(name);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `${scope.namespace}/${name} has a new credential: deploy key ${after?.fingerprint}, and Flux fetches with it\n`,
    });
    expect(after?.title).not.toBe(before?.title);
    await eventually(async () => !(await titlesAt(host)).includes(before?.title ?? ""), {
      description: "the old one is revoked when the overlap is over",
      deadlineMs: 30_000,
    });
    expect(await titlesAt(host)).toContain(after?.title ?? "");
  }, 60_000);

  test("with --wait says why not, in the host's words", async () => {
    const name = await apply(generated(host));
    host.tls.fault = () => Response.json({ message: "token is expired" }, { status: 401 });
    const rotating = withFlux(name, typed(`credential rotate ${name} --wait --timeout 30s`));
    const { code, stderr } = await rotating.finally(() => {
      host.tls.fault = undefined;
    });
    expect(code).toBe(1);
    expect(stderr).toContain(`${scope.namespace}/${name} has no new credential that works\n`);
    expect(stderr).toContain("401 “token is expired”");
    expect(stderr).toContain("stays in force");
    expect(stderr).toEndWith(`  next: projectgitops diagnose ${name} -n ${scope.namespace}\n`);
  }, 90_000);

  test("of a Secret that people keep says how, and changes nothing, exit 2", async () => {
    const { metadata } = await getProject(scope, own);
    const { code, stdout, stderr } = await typed(`credential rotate ${own}`);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("\n  1. make a new key: ssh-keygen ");
    expect(stderr).toContain("\n  next: kubectl create secret generic git ");
    expect((await getProject(scope, own)).metadata.resourceVersion).toBe(metadata.resourceVersion ?? "");
  });

  test("of a suspended project names resume", async () => {
    const name = await apply(generated(host));
    await typed(`suspend ${name}`);
    const { code, stderr } = await typed(`credential rotate ${name}`);
    expect(code).toBe(1);
    expect(stderr).toEndWith(`  next: projectgitops resume ${name} -n ${scope.namespace}\n`);
  });
});

describe("revoke", () => {
  const annotationsOf = async (name: string) => (await getProject(scope, name)).metadata.annotations ?? {};

  test("says what it does, and does nothing without the project's name or a terminal", async () => {
    const no = await typed(`credential revoke ${shop}`, { prompt: () => Promise.resolve("yes") });
    expect(no).toMatchObject({ code: 1, stderr: "error: nothing was revoked\n" });
    expect(no.stdout).toContain("the old one revoked at once:\n");
    expect(no.stdout).toContain((await credentialOf(shop))?.title ?? "");
    const alone = await typed(`credential revoke ${shop}`);
    expect(alone.code).toBe(2);
    expect(alone.stderr).toEndWith(
      `  next: projectgitops credential revoke ${shop} -n ${scope.namespace} --yes\n`,
    );
    expect(await annotationsOf(shop)).not.toHaveProperty(["projectgitops.dev/revoke"]);
  });

  test("replaces the credential and has the old one gone at once, without the overlap", async () => {
    const name = await apply({
      ...generated(host),
      git: withOverlap(generated(host).git, "1h") as ProjectGitOps["spec"]["git"],
    });
    const before = await credentialOf(name);
    const { code, stdout } = await withFlux(
      name,
      typed(`credential revoke ${name} --wait --timeout 30s`, { prompt: () => Promise.resolve(name) }),
    );
    expect(code).toBe(0);
    expect(stdout).toContain(`${scope.namespace}/${name} has a new credential: deploy key SHA256:`);
    await eventually(async () => !(await titlesAt(host)).includes(before?.title ?? ""), {
      description: "the old one is gone at once",
    });
  }, 60_000);
});

function withOverlap(git: unknown, overlap: string): unknown {
  const { credential, ...rest } = git as { credential: { generate: object } };
  return { ...rest, credential: { generate: { ...credential.generate, rotation: { overlap } } } };
}

describe("test", () => {
  /** The throwaway of one environment, as soon as it is there. */
  const throwaway = (name: string, environment = "development") =>
    eventually(
      async () => {
        const labelSelector = Object.entries(THROWAWAY_LABEL)
          .map(([key, value]) => `${key}=${value}`)
          .join(",");
        const namespace = `project-${name}-${environment}`;
        const { items } = await scope.admin.list(GIT_REPOSITORIES, { namespace, labelSelector });
        return items[0] && { ...asLive(items[0]), kind: "GitRepository" };
      },
      { description: "the throwaway GitRepository is there", everyMs: 20 },
    );
  const isGone = async (name: string, environment = "development") =>
    (await scope.admin.list(GIT_REPOSITORIES, { namespace: `project-${name}-${environment}` })).items
      .length === 1;

  test("over SSH has Flux fetch with the copy, by a GitRepository of its own that is removed again", async () => {
    const testing = typed(`credential test ${shop} -o json`);
    const live = await throwaway(shop);
    expect(live.metadata.name).toMatch(/^projectgitops-test-[0-9a-f]{8}$/);
    expect(live).toMatchObject({
      metadata: { labels: THROWAWAY_LABEL },
      spec: { url: "ssh://git@github.com/acme/shop.git", secretRef: { name: `${shop}-git-auth` } },
    });
    await fluxSays(scope, live, { ready: "True", reason: "Succeeded", message: "stored artifact" });
    const { code, stdout } = await testing;
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      healthy: true,
      checks: [
        { check: "hostAPI", outcome: "ok" },
        { check: "registered", outcome: "ok" },
        { check: "git", outcome: "ok", message: expect.stringContaining("Flux fetched main@1f3c9ab") },
      ],
    });
    expect(await isGone(shop)).toBe(true);
  });

  test("tells Flux's words where it is refused, in the environment that was named, exit 1", async () => {
    const testing = typed(`credential test ${own} --environment staging`);
    const message = "ssh: handshake failed: ssh: unable to authenticate";
    await fluxSays(scope, await throwaway(own, "staging"), {
      ...{ ready: "False", reason: "GitOperationFailed", message },
    });
    const { code, stdout } = await testing;
    expect(code).toBe(1);
    expect(stdout).toBe(`✗ fails    git         Flux, with the copy of staging: ${message}\n`);
    expect(await isGone(own, "staging")).toBe(true);
  });

  test("without an answer of Flux could not ask, exit 2, and leaves nothing behind", async () => {
    const { code, stdout } = await typed(`credential test ${own} --timeout 1s`);
    expect(code).toBe(2);
    expect(stdout).toContain("? unknown  git         Flux has not answered in time\n");
    expect(await isGone(own)).toBe(true);
  });

  test("after Ctrl-C removes what it made", async () => {
    const interruption = new AbortController();
    const testing = typed(`credential test ${own}`, { interrupted: () => interruption.signal });
    await throwaway(own);
    interruption.abort();
    expect((await testing).code).toBe(130);
    expect(await isGone(own)).toBe(true);
  });

  test("the operator leaves the throwaway alone, and the project stays as it is", async () => {
    const testing = typed(`credential test ${own} --timeout 3s`);
    const live = await throwaway(own);
    await eventually(async () => (await scope.operator.metrics()).includes("projectgitops_"), {
      description: "the operator goes on",
    });
    expect((await getProject(scope, own)).status?.phase).toBe("COMPLETED");
    expect(live.metadata.annotations ?? {}).toEqual({});
    await testing;
  });

  test("an environment that is none is refused before anything is asked", async () => {
    const { code, stderr } = await typed(`credential test ${own} --environment nowhere`);
    expect(code).toBe(2);
    expect(stderr).toContain("it has development, staging, production\n");
  });
});

test("no byte of a key or token was printed, and the host was asked as its description says", async () => {
  const { items } = await scope.admin.list(SECRETS, { namespace: scope.namespace });
  const all = printed.join("\n");
  const keys = items.flatMap(({ data = {} }) =>
    Object.entries(data).filter(([key]) => /(^|\.)(identity|token|password)$/.test(key)),
  );
  expect(keys.length).toBeGreaterThan(4);
  for (const [, value] of keys) {
    const text = Buffer.from(value, "base64").toString();
    const lines = text.split("\n").filter((line) => line.length > 12 && !line.startsWith("-----"));
    for (const line of [value, ...lines]) expect(all.includes(line)).toBe(false);
  }
  expect(all).not.toContain(HOST_TOKEN);
  expect(host.complaints).toEqual([]);
});
