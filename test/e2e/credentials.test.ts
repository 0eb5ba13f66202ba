import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { ProjectGitOpsSpecInput } from "../../src/api/schema.ts";
import { makeSshKey } from "../../src/git/index.ts";
import {
  type App,
  applyProject,
  type E2e,
  giveRepository,
  openE2e,
  untilComplaint,
  untilReady,
  workload,
} from "./support/project.ts";

let e2e: E2e;
beforeAll(async () => {
  e2e = await openE2e();
});
afterAll(() => e2e.stop());

/** How a repository is reached: makes the Secret it needs, if any, and returns spec.git. */
interface Way {
  private: boolean;
  git(app: App): Promise<ProjectGitOpsSpecInput["git"]>;
}

const WAYS: Record<string, Way> = {
  "by SSH with a deploy key of type ssh-auth, which has no key named identity": {
    private: true,
    git: async ({ id }) => {
      const { privateKey, publicKey } = makeSshKey(id);
      await e2e.gitea.api.addDeployKey(id, publicKey);
      const data = { "ssh-privatekey": privateKey, known_hosts: e2e.gitea.knownHosts };
      await e2e.admin.createSecret(e2e.namespace, `${id}-git`, data, "kubernetes.io/ssh-auth");
      return { url: e2e.gitea.sshUrl(id), credential: { secretRef: { name: `${id}-git` } } };
    },
  },
  "by SSH with the host key in the spec": {
    private: true,
    git: async ({ id }) => {
      const { privateKey, publicKey } = makeSshKey(id);
      await e2e.gitea.api.addDeployKey(id, publicKey);
      await e2e.admin.createSecret(e2e.namespace, `${id}-git`, { identity: privateKey });
      return {
        url: e2e.gitea.sshUrl(id),
        knownHosts: e2e.gitea.knownHosts,
        credential: { secretRef: { name: `${id}-git` } },
      };
    },
  },
  "by HTTPS with a token": {
    private: true,
    git: ({ id }) => overHttps(id, e2e.publicHttps.url, e2e.gitea.api.credential),
  },
  "by HTTPS with a token, from a host with a self-signed CA that stands in the Secret": {
    private: true,
    git: ({ id }) =>
      overHttps(id, e2e.selfSignedHttps.url, {
        ...e2e.gitea.api.credential,
        "ca.crt": e2e.selfSignedHttps.caPem,
      }),
  },
  "from a public repository behind a self-signed CA, with nothing but that CA in the Secret": {
    private: false,
    git: ({ id }) => overHttps(id, e2e.selfSignedHttps.url, { "ca.crt": e2e.selfSignedHttps.caPem }),
  },
  "from a public repository, without a credential": {
    private: false,
    git: async ({ id }) => ({ url: `${e2e.publicHttps.url}/acme/${id}.git` }),
  },
};

describe("a project comes to Ready", () => {
  test.each(Object.entries(WAYS))("%s", async (_, way) => {
    const app = await giveRepository(e2e, ["development"], { private: way.private });
    await applyProject(e2e, app, { git: await way.git(app), environments: [{ name: "development" }] });
    await untilReady(e2e, app);
    expect(await workload(e2e, app, "development")).toMatchObject({ greeting: "one" });
  });
});

describe("what is wrong is said in the git host's words, first cause first", () => {
  test("a self-signed certificate that nothing vouches for", async () => {
    const app = await giveRepository(e2e, ["development"]);
    const git = await overHttps(app.id, e2e.selfSignedHttps.url, e2e.gitea.api.credential);
    await applyProject(e2e, app, { git, environments: [{ name: "development" }] });
    await untilComplaint(e2e, app, /^development: cannot fetch from git: .*certificate/);
  });

  test("a token that the host refuses", async () => {
    const app = await giveRepository(e2e, ["development"]);
    const git = await overHttps(app.id, e2e.publicHttps.url, { username: "acme", password: "no-such-token" });
    await applyProject(e2e, app, { git, environments: [{ name: "development" }] });
    const { status } = await untilComplaint(
      e2e,
      app,
      /^development: cannot fetch from git: .*authentication/i,
    );
    expect(JSON.stringify(status)).not.toContain("no-such-token");
  });

  test("a host key other than the one that is known", async () => {
    const app = await giveRepository(e2e, ["development"]);
    const { privateKey, publicKey } = makeSshKey(app.id);
    await e2e.gitea.api.addDeployKey(app.id, publicKey);
    await e2e.admin.createSecret(e2e.namespace, `${app.id}-git`, {
      identity: privateKey,
      known_hosts: anotherKey(e2e.gitea.knownHosts),
    });
    const git = { url: e2e.gitea.sshUrl(app.id), credential: { secretRef: { name: `${app.id}-git` } } };
    await applyProject(e2e, app, { git, environments: [{ name: "development" }] });
    await untilComplaint(e2e, app, /^development: cannot fetch from git: .*knownhosts: key mismatch/);
  });
});

async function overHttps(
  id: string,
  host: string,
  secret: Record<string, string>,
): Promise<ProjectGitOpsSpecInput["git"]> {
  await e2e.admin.createSecret(e2e.namespace, `${id}-git`, secret);
  return { url: `${host}/acme/${id}.git`, credential: { secretRef: { name: `${id}-git` } } };
}

/** The same known_hosts line with another key of the same type. */
function anotherKey(line: string): string {
  const [host, type, key = ""] = line.trim().split(" ");
  const bytes = Buffer.from(key, "base64");
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 2;
  return `${host} ${type} ${bytes.toString("base64")}\n`;
}
