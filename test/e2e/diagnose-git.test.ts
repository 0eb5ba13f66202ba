import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { ProjectGitOpsSpecInput } from "../../src/api/schema.ts";
import { GIT } from "../../src/cli/diagnose/catalogue/git.ts";
import type { Finding } from "../../src/cli/finding.ts";
import { makeSshKey } from "../../src/git/index.ts";
import { withKubeconfig } from "../api/cli-support.ts";
import { paste } from "../api/diagnose/paste.ts";
import { eventually } from "../cluster/index.ts";
import { publicly } from "./support/options.ts";
import {
  type App,
  applyProject,
  type E2e,
  giveDeployKey,
  giveRepository,
  openE2e,
  overSsh,
  untilComplaint,
  untilReady,
} from "./support/project.ts";

let e2e: E2e;
beforeAll(async () => {
  e2e = await openE2e();
});
afterAll(() => e2e.stop());

type Git = ProjectGitOpsSpecInput["git"];
const OURS: ReadonlySet<string> = new Set(GIT.map(({ id }) => id));

/** What diagnose finds of the way to git; Flux runs here without the Deployments that other findings look for. */
async function found({ id }: Pick<App, "id">): Promise<Finding[]> {
  const { stdout } = await withKubeconfig(e2e.cluster.kubeconfigPath)(
    `diagnose ${id} -n ${e2e.namespace} -o json`,
  );
  return (JSON.parse(stdout) as { findings: Finding[] }).findings.filter(({ id }) => OURS.has(id));
}

/** Waits until Flux has failed, and gives the one finding that is made of it. */
async function only(app: Pick<App, "id">, id: string, deadlineMs = 60_000): Promise<Finding> {
  let last: Finding[] = [];
  const told = async () => {
    last = await found(app);
    return last.length > 0;
  };
  await eventually(told, { description: `something is found in ${app.id}`, deadlineMs, everyMs: 500 });
  const [first] = last;
  expect({ ids: last.map((one) => one.id), evidence: first?.evidence }).toEqual({
    ids: [id],
    evidence: first?.evidence,
  });
  return last[0] as Finding;
}

const ENVIRONMENT = { name: "development", interval: "10s", retryInterval: "10s" };

async function apply(app: App, git: Git, environment: object = {}): Promise<App> {
  await applyProject(e2e, app, { git, environments: [{ ...ENVIRONMENT, ...environment }] });
  return app;
}

const repository = () => giveRepository(e2e, ["development"]);

async function withSecret(app: App, url: string, secret: Record<string, string>): Promise<Git> {
  await e2e.admin.createSecret(e2e.namespace, `${app.id}-git`, secret);
  return { url, interval: "10s", credential: { secretRef: { name: `${app.id}-git` } } };
}

async function withHostKeys(app: App, knownHosts: string): Promise<Git> {
  const { privateKey, publicKey } = makeSshKey(app.id);
  await e2e.gitea.api.addDeployKey(app.id, publicKey);
  return withSecret(app, e2e.gitea.sshUrl(app.id), { identity: privateKey, known_hosts: knownHosts });
}

/** Nothing of ours is found any more, and what was deployed is there. */
async function untilMended(app: App, fix: string | undefined): Promise<void> {
  await paste(e2e.cluster, fix);
  await eventually(async () => (await found(app)).length === 0, {
    description: `nothing is found in ${app.id}`,
    deadlineMs: 60_000,
    everyMs: 500,
  });
  await untilReady(e2e, app);
}

test("a healthy project has none of the findings of the way to git", async () => {
  const app = await repository();
  await giveDeployKey(e2e, app);
  await apply(app, overSsh(e2e, app));
  await untilReady(e2e, app);
  expect(await found(app)).toEqual([]);
});

describe("signing in", () => {
  test("a key that the host does not know: the fix prints the key to register, and registering it is the cure", async () => {
    const app = await repository();
    const secret = { identity: makeSshKey("unknown").privateKey, known_hosts: e2e.gitea.knownHosts };
    await apply(app, await withSecret(app, e2e.gitea.sshUrl(app.id), secret));
    const { fix, evidence } = await only(app, "KeyRefused");
    expect(evidence).toContain("ssh: unable to authenticate");
    const { stdout } = await paste(e2e.cluster, fix);
    await e2e.gitea.api.addDeployKey(app.id, stdout.trim());
    await untilMended(app, `projectgitops reconcile ${app.id} -n ${e2e.namespace} --with-source`);
  });

  test("a host key other than the known one", async () => {
    const app = await repository();
    const [host, type, key = ""] = e2e.gitea.knownHosts.trim().split(" ");
    const bytes = Buffer.from(key, "base64");
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 2;
    await apply(app, await withHostKeys(app, `${host} ${type} ${bytes.toString("base64")}\n`));
    const { fix } = await only(app, "HostKeyChanged");
    // ssh-keyscan really asks Gitea, and the person answers yes.
    await untilMended(app, `cd "$(mktemp -d)"\n{ ${fix}; } <<< yes`);
  });

  test("a host of which no key is known for its port", async () => {
    const app = await repository();
    // A pattern means port 22 to Flux, and any port to OpenSSH.
    const [, type, key] = e2e.gitea.knownHosts.trim().split(" ");
    await apply(app, await withHostKeys(app, `* ${type} ${key}\n`));
    const { fix, what } = await only(app, "HostKeyUnknown");
    expect(what).toContain(`[127.0.0.1]:`);
    await untilMended(app, `cd "$(mktemp -d)"\n{ ${fix}; } <<< yes`);
  });

  test("a token that the host refuses, which is told nowhere", async () => {
    const app = await repository();
    const token = `token-${crypto.randomUUID()}`;
    const url = `${e2e.publicHttps.url}/acme/${app.id}.git`;
    await apply(app, await withSecret(app, url, { username: "acme", password: token }));
    const refused = await only(app, "TokenRefused");
    expect(JSON.stringify(refused)).not.toContain(token);
    const { username, password } = e2e.gitea.api.credential;
    const file = `cd "$(mktemp -d)"; printf '%s' '${password}' > token`;
    expect(username).toBe("acme");
    await untilMended(app, `${file}\n${refused.fix}`);
  });

  test("a private repository without any credential", async () => {
    const app = await repository();
    await apply(app, publicly(e2e, app));
    await only(app, "SignInRequired");
  });

  test("a certificate that nobody vouches for", async () => {
    const app = await giveRepository(e2e, ["development"], { private: false });
    await apply(app, { url: `${e2e.selfSignedHttps.url}/acme/${app.id}.git`, interval: "10s" });
    const { fix } = await only(app, "GitCertificateUntrusted");
    const file = `cd "$(mktemp -d)"; cat > ca.crt <<'EOF'\n${e2e.selfSignedHttps.caPem}\nEOF`;
    await untilMended(app, `${file}\n${fix}`);
  });
});

describe("the repository", () => {
  test("that is not there, over https with a good token", async () => {
    const app = await repository();
    const url = `${e2e.publicHttps.url}/acme/${app.id}-not.git`;
    await apply(app, await withSecret(app, url, e2e.gitea.api.credential));
    expect((await only(app, "RepositoryNotFound")).what).toContain(`acme/${app.id}-not`);
  });

  test("that is not there, over ssh with a good key", async () => {
    const app = await repository();
    await giveDeployKey(e2e, app);
    await apply(app, { ...overSsh(e2e, app), url: e2e.gitea.sshUrl(`${app.id}-not`) });
    await only(app, "RepositoryNotFound");
  });

  test("that nothing was pushed to", async () => {
    const app = await repository();
    await e2e.gitea.createRepository(`${app.id}-empty`, { private: false });
    await apply(app, { url: `${e2e.publicHttps.url}/acme/${app.id}-empty.git`, interval: "10s" });
    await only(app, "RepositoryEmpty");
  });
});

describe("what is in the repository", () => {
  const asked = (app: App) =>
    withSecret(app, `${e2e.selfSignedHttps.url}/acme/${app.id}.git`, {
      ...e2e.gitea.api.credential,
      "ca.crt": e2e.selfSignedHttps.caPem,
    });

  test("a branch that is not there: the git host is asked for those that are, and the nearest is the cure", async () => {
    const app = await repository();
    await apply(app, { ...(await asked(app)), ref: { branch: "mian" } });
    const { cause, fix } = await only(app, "BranchNotFound");
    expect(cause).toBe("it has branch main");
    await untilMended(app, fix);
  });

  test("a tag that is not there, and a range that no tag fits", async () => {
    const [one, two] = await Promise.all([repository(), repository()]);
    await Promise.all([one.repository.tag("v1.4.0"), two.repository.tag("v1.4.0")]);
    await apply(one, { ...(await asked(one)), ref: { tag: "v1.4" } });
    await apply(two, { ...(await asked(two)), ref: { semver: "2.x" } });
    await untilMended(one, (await only(one, "TagNotFound")).fix);
    await untilMended(two, (await only(two, "SemverNotMatched")).fix);
  });

  test("a commit that is not there, and a reference that is not there", async () => {
    const [one, two] = await Promise.all([repository(), repository()]);
    await apply(one, { ...(await asked(one)), ref: { commit: "0123456789abcdef0123456789abcdef01234567" } });
    await apply(two, { ...(await asked(two)), ref: { name: "refs/pull/9/head" } });
    await untilMended(one, (await only(one, "CommitNotFound")).fix);
    await only(two, "RefNotFound");
  });

  test("a folder that is not there: those that Flux fetched are told, and the nearest is the cure", async () => {
    const app = await repository();
    await giveDeployKey(e2e, app);
    await apply(app, overSsh(e2e, app), { path: "./k8s/overlay/development" });
    const { cause, fix } = await only(app, "PathNotFound");
    expect(cause).toContain("manifests in ./k8s/overlays/development, ./k8s/base");
    await untilMended(app, fix);
  });
});

describe("the way to the host", () => {
  test("nobody listens there", async () => {
    const app = await repository();
    await apply(app, { url: `https://127.0.0.1:1/acme/${app.id}.git`, interval: "10s" });
    expect((await only(app, "GitConnectionRefused")).what).toContain("127.0.0.1:1");
  });

  test("its name does not resolve", async () => {
    const app = await repository();
    await apply(app, { url: `https://git.no-such-host.invalid/acme/${app.id}.git`, interval: "10s" });
    await only(app, "GitHostNotFound");
  });

  test("no answer comes, and a NetworkPolicy says why; without it only the silence is told", async () => {
    // Accepts and never says a word, as what is in between does when it swallows the rest.
    const silent = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });
    const app = await repository();
    const policy = (verb: string) =>
      paste(
        e2e.cluster,
        `kubectl ${verb} -f - <<'EOF'\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: ${app.id}, namespace: flux-system}\nspec: {podSelector: {matchLabels: {app: source-controller}}, policyTypes: [Egress], egress: [{ports: [{port: 53, protocol: UDP}]}]}\nEOF`,
      );
    await apply(app, { url: `https://127.0.0.1:${silent.port}/acme/${app.id}.git`, interval: "10s" });
    await only(app, "GitHostTimeout", 90_000);
    await policy("apply");
    try {
      const { object } = await only(app, "EgressBlocked");
      expect(object).toBe(`NetworkPolicy flux-system/${app.id}`);
    } finally {
      await policy("delete");
      silent.stop(true);
    }
    await untilComplaint(e2e, app, /./);
  }, 180_000);
});
