import { afterAll, beforeAll, expect, test } from "bun:test";
import { withKubeconfig } from "../api/cli-support.ts";
import { standInstallation } from "../api/diagnose/installation.ts";
import { FAST } from "../api/support/scope.ts";
import { type App, type E2e, giveDeployKey, giveRepository, openE2e, PROJECTS } from "./support/project.ts";

let e2e: E2e;
let app: App;
const typed = (commandLine: string) =>
  withKubeconfig(e2e.cluster.kubeconfigPath)(`test-setup -n ${e2e.namespace} ${commandLine}`);

beforeAll(async () => {
  e2e = await openE2e(["--leader-elect"]);
  app = await giveRepository(e2e, ["development"]);
  await giveDeployKey(e2e, app);
}, 120_000);
afterAll(() => e2e.stop());

test("a repository and its key are tried out from apply to gone, and each step is timed", async () => {
  const ssh = e2e.gitea.sshUrl(app.id);
  const { code, stdout, stderr } = await typed(
    `--git-url ${ssh} --credential ${app.id}-git --path ./k8s/overlays/development`,
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining(" delivery gone ") });
  process.stdout.write(stdout);
  expect(stdout).toMatch(/^Ready after \d.*, gone \d.* after its deletion\n/);
  const revision = `main@${app.commit.slice(0, 7)}`;
  expect(stdout).toMatch(new RegExp(`\\n {2}source Ready .* ${revision}\\n`));
  expect(stdout).toMatch(new RegExp(`\\n {2}delivery Ready .* ${revision}, 1 object\\n`));
  expect((await e2e.admin.list(PROJECTS, { namespace: e2e.namespace })).items).toEqual([]);
});

test("a folder that is not there: Flux's words are told with the fix, and all is removed", async () => {
  await standInstallation(e2e.admin, ["--namespace", e2e.namespace, ...FAST]);
  const ssh = e2e.gitea.sshUrl(app.id);
  const { code, stdout, stderr } = await typed(
    `--git-url ${ssh} --credential ${app.id}-git --path ./k8s/overlays/developement --timeout 8s`,
  );
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(" did not become Ready\n") });
  process.stdout.write(stdout);
  expect(stdout).toMatch(/^not Ready, gone \d/);
  expect(stdout).toMatch(/: 1 problem; .*\n\n✗ problem {2}.*\.\/k8s\/overlays\/developement/);
  expect(stdout).toMatch(/\n +fix +.*\.\/k8s\/overlays\/development\b/);
  expect(stdout).toContain("PathNotFound\n");
  expect((await e2e.admin.list(PROJECTS, { namespace: e2e.namespace })).items).toEqual([]);
});
