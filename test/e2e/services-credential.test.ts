import { afterAll, beforeAll, expect, test } from "bun:test";
import {
  GitAuthService,
  GitOpsEventHandlerService,
  HostError,
  K3sService,
} from "../../src/services/index.ts";
import { deployKeys, hostFlags } from "./support/host-credential.ts";
import { type App, type E2e, giveRepository, openE2e, untilReady } from "./support/project.ts";
import { sharedStack } from "./support/stack.ts";

let e2e: E2e;
let k3s: K3sService;
beforeAll(async () => {
  e2e = await openE2e(hostFlags(await sharedStack()));
  k3s = new K3sService(e2e.cluster.kubeconfigPath);
});
afterAll(async () => {
  k3s.close();
  await e2e.stop();
});

const make = (token = e2e.gitea.api.credential.password) => ({
  provider: "gitea" as const,
  apiURL: e2e.publicHttps.url,
  hostCredential: { token, "ca.crt": e2e.publicHttps.caPem },
});

const gitOf = ({ id }: App) => ({ url: e2e.gitea.sshUrl(id), knownHosts: e2e.gitea.knownHosts });

test("setupProjectAuth makes a deploy key and registers it, once however often it is called", async () => {
  const app = await giveRepository(e2e, ["development"]);
  const auth = new GitAuthService(k3s);
  const setup = { projectId: app.id, namespace: e2e.namespace, skipK8sSecrets: true };
  const git = { ...gitOf(app), make: make() };
  expect(await auth.setupProjectAuth({ ...setup, git })).toEqual({
    success: true,
    credentialId: `${e2e.namespace}/${app.id}-git`,
  });
  const first = await deployKeys(e2e, app);
  await auth.setupProjectAuth({ ...setup, git });
  expect(await deployKeys(e2e, app)).toEqual(first);
  expect(first.map(({ title, read_only }) => [title, read_only])).toEqual([
    [`projectgitops-services ${e2e.namespace}/${app.id}`, true],
  ]);
  const credential = await auth.getProjectCredential(app.id, e2e.namespace);
  expect(credential?.kind === "ssh" && credential.publicKey.startsWith(first[0]?.key ?? "none")).toBe(true);
});

test("handleSetupRequest makes the credential before anything else, and Flux deploys with it", async () => {
  const app = await giveRepository(e2e, ["development"]);
  const result = await new GitOpsEventHandlerService(k3s).handleSetupRequest({
    projectId: app.id,
    namespace: e2e.namespace,
    git: { ...gitOf(app), make: make() },
    environments: [{ name: "development" }],
  });
  expect(result.phase).toBe("COMPLETED");
  await untilReady(e2e, app);
});

test("a token that the host does not take is told with what to do, and nothing is written", async () => {
  const app = await giveRepository(e2e, ["development"]);
  const setup = { projectId: app.id, namespace: e2e.namespace, skipK8sSecrets: true };
  const asking = new GitAuthService(k3s).setupProjectAuth({
    ...setup,
    git: { ...gitOf(app), make: make("wrong") },
  });
  const error = await asking.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(HostError);
  expect((error as HostError).reason).toBe("HostUnauthorized");
  expect(await new GitAuthService(k3s).getProjectCredential(app.id, e2e.namespace)).toBeUndefined();
});
