import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { resourceOf } from "../../src/reconcile/index.ts";
import { withKubeconfig } from "../api/cli-support.ts";
import { eventually } from "../cluster/index.ts";
import { deployKeys, generated, giveHostCredential, hostFlags } from "./support/host-credential.ts";
import {
  type App,
  applyProject,
  condition,
  type E2e,
  getProject,
  giveRepository,
  openE2e,
  untilReady,
} from "./support/project.ts";
import { sharedStack } from "./support/stack.ts";

/** `projectgitops credential` against a real git host and the real Flux. */

let e2e: E2e;
beforeAll(async () => {
  e2e = await openE2e(hostFlags(await sharedStack()));
  await giveHostCredential(e2e, e2e.publicHttps.caPem);
});
afterAll(() => e2e.stop());

const environments = [{ name: "development" }];
const typed = (commandLine: string) =>
  withKubeconfig(e2e.cluster.kubeconfigPath)(`${commandLine} -n ${e2e.namespace}`);

interface Tested {
  healthy: boolean;
  checks: { check: string; outcome: string; message: string }[];
}
async function tried({ id }: App): Promise<Tested & { code: number }> {
  const { code, stdout } = await typed(`credential test ${id} -o json --timeout 30s`);
  return { code, ...(JSON.parse(stdout) as Tested) };
}
const outcomes = ({ checks }: Tested) => checks.map(({ check, outcome }) => `${check} ${outcome}`);

/** What Flux fetches from in the environment: its own GitRepository, and nothing that a test left behind. */
async function repositoriesIn({ id }: App): Promise<string[]> {
  const { items } = await e2e.admin.list(resourceOf("GitRepository"), {
    namespace: `project-${id}-development`,
  });
  return items.map(({ metadata }) => metadata?.name ?? "");
}

async function setUp(): Promise<App> {
  const app = await giveRepository(e2e, ["development"], { private: true });
  await applyProject(e2e, app, { git: generated(e2e, app), environments });
  await untilReady(e2e, app);
  await eventually(
    async () => condition(await getProject(e2e, app.id), "CredentialReady")?.status === "True",
    {
      description: "the credential is proved",
      deadlineMs: 30_000,
    },
  );
  return app;
}

describe("test of a deploy key that the operator made", () => {
  test("asks the host's API, and has Flux fetch by SSH", async () => {
    const app = await setUp();
    const result = await tried(app);
    expect({ code: result.code, outcomes: outcomes(result) }).toEqual({
      code: 0,
      outcomes: ["hostAPI ok", "registered ok", "git ok"],
    });
    expect(result.checks[2]?.message).toContain(`Flux fetched main@${app.commit.slice(0, 7)}`);
    expect(await repositoriesIn(app)).toEqual([`${app.id}-repo`]);
  });

  test("says that it is not registered any more, with Flux's words; rotate puts another one in force", async () => {
    const app = await setUp();
    const [key] = await deployKeys(e2e, app);
    await e2e.gitea.api.removeDeployKey(app.id, key?.id ?? 0);
    const result = await tried(app);
    expect({ code: result.code, outcomes: outcomes(result) }).toEqual({
      code: 1,
      outcomes: ["hostAPI ok", "registered failed", "git failed"],
    });
    expect(result.checks[2]?.message).toMatch(/unable to authenticate|permission|not found/i);
    expect(await repositoriesIn(app)).toEqual([`${app.id}-repo`]);

    const refused = await eventually(
      async () => {
        const { stdout } = await typed(`diagnose ${app.id} -o json`);
        const { findings } = JSON.parse(stdout) as { findings: { id: string; fix?: string }[] };
        return findings.find(({ id }) => id === "KeyRefused");
      },
      { description: "diagnose finds that the key is refused", deadlineMs: 60_000 },
    );
    expect(refused.fix).toBe(`projectgitops credential rotate ${app.id} -n ${e2e.namespace}`);

    const { code, stdout, stderr } = await typed(`credential rotate ${app.id} --wait --timeout 60s`);
    expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("has a new credential: deploy key SHA256:");
    expect((await tried(app)).code).toBe(0);
  }, 120_000);
});

describe("test over https", () => {
  test.each([
    ["a password that the host accepts", true],
    ["one that it does not accept", false],
  ])("%s", async (_, isRight) => {
    const app = await giveRepository(e2e, ["development"], { private: true });
    const { username, password } = e2e.gitea.api.credential;
    const { url, caPem } = e2e.selfSignedHttps;
    const given = { username, password: isRight ? password : "wrong-0123456789", "ca.crt": caPem };
    await e2e.admin.createSecret(e2e.namespace, `${app.id}-git`, given);
    const git = { url: `${url}/acme/${app.id}.git`, credential: { secretRef: { name: `${app.id}-git` } } };
    // Whether the operator has made anything of it does not matter: the person's machine asks.
    await applyProject(e2e, app, { git, environments });
    const result = await tried(app);
    expect({ code: result.code, outcomes: outcomes(result) }).toEqual({
      code: isRight ? 0 : 1,
      outcomes: [isRight ? "git ok" : "git failed"],
    });
    expect(result.checks[0]?.message).toContain(isRight ? "1 branch, 0 tags" : "does not accept it (401");
  });
});
