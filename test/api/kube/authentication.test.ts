import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  BunK8sClient,
  type ClientConfig,
  type CredentialConfig,
  configFromKubeconfig,
  defineResource,
  type ExecConfig,
  inClusterConfig,
  type KubeObject,
  ROLE_BINDINGS,
  SERVICE_ACCOUNTS,
} from "../../../src/kube/index.ts";
import { type Cluster, eventually, sharedCluster, uniqueName } from "../../cluster/index.ts";
import { failure } from "./helpers.ts";

interface SelfSubjectReview extends KubeObject {
  status?: {
    userInfo: { username: string; uid?: string; groups: string[]; extra?: Record<string, string[]> };
  };
}
const SELF = defineResource<SelfSubjectReview>({
  group: "authentication.k8s.io",
  version: "v1",
  plural: "selfsubjectreviews",
  kind: "SelfSubjectReview",
  namespaced: false,
});
const whoIs = async (client: BunK8sClient) => (await client.create(SELF, {})).status?.userInfo;

let cluster: Cluster;
let admin: BunK8sClient;
let config: ClientConfig;
const namespace = uniqueName("auth");
const account = `system:serviceaccount:${namespace}:robot`;
const folder = mkdtempSync(join(tmpdir(), "authentication-"));
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

beforeAll(async () => {
  cluster = await sharedCluster();
  config = configFromKubeconfig(cluster.kubeconfigPath);
  admin = new BunK8sClient(config);
  await admin.createNamespace(namespace);
  await admin.create(SERVICE_ACCOUNTS, { metadata: { namespace, name: "robot" } });
});
afterAll(() => rmSync(folder, { recursive: true }));

const as = (credential: CredentialConfig) =>
  new BunK8sClient({ server: cluster.server, ca: cluster.caPem, credential });

describe("the API server knows the client by", () => {
  test("its client certificate", async () => {
    expect(await whoIs(admin)).toMatchObject({
      username: "envtest-admin",
      groups: expect.arrayContaining(["system:masters"]),
    });
  });

  test("its client certificate and CA in files", async () => {
    const credential = {
      clientCertificateFile: join(cluster.certs, "admin.crt"),
      clientKeyFile: join(cluster.certs, "admin.key"),
    };
    const client = new BunK8sClient({
      server: cluster.server,
      caFile: join(cluster.certs, "ca.crt"),
      credential,
    });
    expect((await whoIs(client))?.username).toBe("envtest-admin");
  });

  test("a token of TokenRequest, given as text or as a file", async () => {
    const { token, expirationTimestamp } = await admin.createToken(namespace, "robot", {
      expirationSeconds: 600,
    });
    expect(Date.parse(expirationTimestamp)).toBeGreaterThan(Date.now());
    expect((await whoIs(as({ token })))?.username).toBe(account);
    expect((await whoIs(as({ tokenFile: file("token", `${token}\n`) })))?.username).toBe(account);
  });

  test("the files of a Pod", async () => {
    const { token } = await admin.createToken(namespace, "robot");
    file("token", token);
    file("ca.crt", readFileSync(join(cluster.certs, "ca.crt"), "utf8"));
    file("namespace", namespace);
    const { hostname, port } = new URL(cluster.server);
    const pod = new BunK8sClient(
      inClusterConfig({ KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port }, folder),
    );
    expect((await whoIs(pod))?.username).toBe(account);
    expect(pod.namespace).toBe(namespace);
  });

  test("an exec plugin's token", async () => {
    const { token } = await admin.createToken(namespace, "robot");
    const credential = JSON.stringify({
      kind: "ExecCredential",
      apiVersion: "client.authentication.k8s.io/v1",
      status: { token },
    });
    const path = file("answer.json", credential);
    const exec: ExecConfig = { apiVersion: "client.authentication.k8s.io/v1", command: "cat", args: [path] };
    expect((await whoIs(as({ exec })))?.username).toBe(account);
  });
});

describe("acting as somebody else", () => {
  const acting = (impersonate: NonNullable<ClientConfig["impersonate"]>) =>
    new BunK8sClient({ ...config, impersonate });

  test("a user", async () => {
    expect(await whoIs(acting({ user: "jane" }))).toMatchObject({
      username: "jane",
      groups: ["system:authenticated"],
    });
  });

  test("a user with uid, one group and extra", async () => {
    const info = await whoIs(
      acting({ user: "jane", uid: "7", groups: ["dev"], extra: { "example.com/scope": ["read"] } }),
    );
    expect(info).toMatchObject({
      username: "jane",
      uid: "7",
      groups: expect.arrayContaining(["dev"]),
      extra: { "example.com/scope": ["read"] },
    });
  });

  test("a user with several groups and extra values, which fetch alone cannot send", async () => {
    const client = acting({
      user: "jane",
      groups: ["dev", "ops, night"],
      extra: { scope: ["read", "write"] },
    });
    for (let call = 0; call < 3; call++) {
      expect(await whoIs(client)).toMatchObject({
        groups: expect.arrayContaining(["dev", "ops, night"]),
        extra: { scope: ["read", "write"] },
      });
    }
    expect(await failure(client.listNamespaces())).toMatchObject({ statusCode: 403 });
    expect(await failure(client.version({ signal: AbortSignal.abort(new Error("mine")) }))).toMatchObject({
      message: "mine",
    });
    client.close();
  });
});

describe("what is refused says so", () => {
  test("no credential is a 403 as anonymous", async () => {
    const error = await failure(as({}).listNamespaces());
    expect(error).toMatchObject({
      statusCode: 403,
      reason: "Forbidden",
      message: expect.stringContaining("system:anonymous"),
    });
  });

  test("a wrong token is a 401, and never in the error", async () => {
    const error = await failure(as({ token: "hunter2" }).listNamespaces());
    expect(error).toMatchObject({ statusCode: 401, reason: "Unauthorized" });
    expect(Bun.inspect(error)).not.toContain("hunter2");
  });

  test("a token for a missing ServiceAccount is a 404", async () => {
    expect(await failure(admin.createToken(namespace, "nobody"))).toMatchObject({ statusCode: 404 });
  });
});

test("an access review tells what a client may do", async () => {
  const { token } = await admin.createToken(namespace, "robot");
  const robot = as({ token });
  const access = { verb: "get", resource: "configmaps", namespace };
  expect(await admin.canI(access)).toMatchObject({ allowed: true });
  expect(await robot.canI(access)).toMatchObject({ allowed: false });
  await admin.create(ROLE_BINDINGS, {
    metadata: { namespace, name: "robot" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
    subjects: [{ kind: "ServiceAccount", namespace, name: "robot" }],
  });
  await eventually(async () => (await robot.canI(access)).allowed, {
    description: "the binding is in force",
  });
  expect(await robot.canI({ ...access, verb: "delete" })).toMatchObject({ allowed: false });
});
