import { beforeAll, describe, expect, test } from "bun:test";
import {
  BunK8sClient,
  isAlreadyExists,
  isConflict,
  isNotFound,
  K8sApiError,
  NAMESPACES,
  NamespaceNotFoundError,
  PODS,
} from "../../../src/kube/index.ts";
import { applyCrds, sharedCluster, uniqueName } from "../../cluster/index.ts";
import { deployment, failure } from "./helpers.ts";

let client: BunK8sClient;
const namespace = uniqueName("named");
beforeAll(async () => {
  client = new BunK8sClient((await sharedCluster()).kubeconfigPath);
  await client.createNamespace(namespace);
});

const invalid = (error: unknown) => error instanceof K8sApiError && error.statusCode === 422;
const service = (name: string, port = 80) => ({ metadata: { name }, spec: { ports: [{ port }] } });

describe("namespaces", () => {
  test("are made, read, listed and deleted", async () => {
    const name = uniqueName("ns");
    expect(await client.createNamespace(name)).toMatchObject({ kind: "Namespace", metadata: { name } });
    expect((await client.getNamespace(name)).metadata?.uid).toBeString();
    const list = await client.listNamespaces();
    expect(list.metadata?.resourceVersion).toBeString();
    expect(list.items.map((item) => item.metadata?.name)).toContain(name);
    expect((await client.listNamespaces({ fieldSelector: `metadata.name=${name}` })).items).toHaveLength(1);
    expect(await client.deleteNamespace(name)).toMatchObject({
      metadata: { name },
      status: { phase: "Terminating" },
    });
  });

  test("can be made from a whole object", async () => {
    const name = uniqueName("ns");
    const made = await client.createNamespace({ metadata: { name, labels: { a: "b" } } });
    expect(made.metadata?.labels).toMatchObject({ a: "b" });
  });

  test("failures are typed", async () => {
    expect(isNotFound(await failure(client.getNamespace("none")))).toBe(true);
    expect(isNotFound(await failure(client.deleteNamespace("none")))).toBe(true);
    expect(isAlreadyExists(await failure(client.createNamespace(namespace)))).toBe(true);
    expect(invalid(await failure(client.createNamespace("Not_Valid")))).toBe(true);
  });

  test("exist or do not; a terminating one exists; what cannot be told rejects", async () => {
    expect(await client.namespaceExists(namespace)).toBe(true);
    expect(await client.namespaceExists("none")).toBe(false);
    const name = uniqueName("ns");
    await client.create(NAMESPACES, { metadata: { name, finalizers: ["example.com/hold"] } });
    await client.deleteNamespace(name);
    expect((await client.getNamespace(name)).status?.phase).toBe("Terminating");
    expect(await client.namespaceExists(name)).toBe(true);
    await client.patch(NAMESPACES, { name }, { metadata: { finalizers: null } }, { type: "merge" });
    const anonymous = new BunK8sClient({ server: client.server, ca: (await sharedCluster()).caPem });
    expect(await failure(anonymous.namespaceExists(namespace))).toMatchObject({
      statusCode: 403,
      reason: "Forbidden",
    });
  });
});

describe("pods", () => {
  const pod = (name: string) => ({
    metadata: { namespace, name },
    spec: { containers: [{ name: "main", image: "one" }] },
  });

  test("are listed and read; a missing one is a 404", async () => {
    await client.create(PODS, pod("web"));
    expect((await client.getPod(namespace, "web")).spec?.containers[0]?.image).toBe("one");
    expect((await client.listPods(namespace)).items.map((item) => item.metadata?.name)).toEqual(["web"]);
    expect((await client.listPods(namespace, { labelSelector: "a=b" })).items).toEqual([]);
    expect(isNotFound(await failure(client.getPod(namespace, "none")))).toBe(true);
  });

  test("logs of what does not run reject, whole and followed, with the server's reason", async () => {
    await client.create(PODS, pod("silent"));
    expect(isNotFound(await failure(client.getPodLogs(namespace, "none")))).toBe(true);
    const follow = async () => {
      for await (const _ of client.getPodLogs(namespace, "none", { follow: true }));
    };
    expect(isNotFound(await failure(follow()))).toBe(true);
    expect(
      await client.getPodLogs(namespace, "silent", { tailLines: 5 }).catch((error) => error.name),
    ).toBeOneOf(["", "K8sApiError"]);
    expect(await failure(client.getPodLogs(namespace, "silent", { container: "other" }))).toMatchObject({
      statusCode: 400,
    });
  });
});

describe("deployments", () => {
  test("are made, read, listed, updated and deleted", async () => {
    const made = await client.createDeployment(namespace, deployment("web"));
    expect(made).toMatchObject({ kind: "Deployment", metadata: { namespace, name: "web" } });
    const read = await client.getDeployment(namespace, "web");
    expect((await client.listDeployments(namespace)).items.map((item) => item.metadata?.name)).toContain(
      "web",
    );
    if (read.spec) read.spec.replicas = 2;
    expect((await client.updateDeployment(namespace, "web", read)).spec?.replicas).toBe(2);
    expect(isConflict(await failure(client.updateDeployment(namespace, "web", read)))).toBe(true);
    await client.deleteDeployment(namespace, "web");
  });

  test("failures are typed", async () => {
    await client.createDeployment(namespace, deployment("twice"));
    expect(isAlreadyExists(await failure(client.createDeployment(namespace, deployment("twice"))))).toBe(
      true,
    );
    expect(isNotFound(await failure(client.getDeployment(namespace, "none")))).toBe(true);
    expect(isNotFound(await failure(client.updateDeployment(namespace, "none", deployment("none"))))).toBe(
      true,
    );
    expect(isNotFound(await failure(client.deleteDeployment(namespace, "none")))).toBe(true);
    const wrong = { ...deployment("wrong"), spec: { ...deployment("other").spec, selector: {} } };
    expect(invalid(await failure(client.createDeployment(namespace, wrong as never)))).toBe(true);
    expect(await failure(client.createDeployment("not-there", deployment("x")))).toBeInstanceOf(
      NamespaceNotFoundError,
    );
  });
});

describe("services", () => {
  test("are made, read, listed, updated and deleted", async () => {
    await client.createService(namespace, service("web"));
    const read = await client.getService(namespace, "web");
    expect((await client.listServices(namespace)).items.map((item) => item.metadata?.name)).toContain("web");
    const updated = await client.updateService(namespace, "web", {
      ...read,
      spec: { ...read.spec, ports: [{ port: 81 }] },
    });
    expect(updated.spec?.ports?.[0]?.port).toBe(81);
    expect(isConflict(await failure(client.updateService(namespace, "web", read)))).toBe(true);
    await client.deleteService(namespace, "web");
  });

  test("failures are typed", async () => {
    await client.createService(namespace, service("twice"));
    expect(isAlreadyExists(await failure(client.createService(namespace, service("twice"))))).toBe(true);
    expect(isNotFound(await failure(client.getService(namespace, "none")))).toBe(true);
    expect(isNotFound(await failure(client.deleteService(namespace, "none")))).toBe(true);
    expect(invalid(await failure(client.createService(namespace, service("wrong", 99_999))))).toBe(true);
  });
});

describe("secrets", () => {
  test("plain text is encoded once, non-ASCII too", async () => {
    const made = await client.createSecret(namespace, "plain", { a: "grüße\n", b: "" });
    expect(made).toMatchObject({ kind: "Secret", type: "Opaque" });
    const read = await client.getSecret(namespace, "plain");
    expect(Buffer.from(read.data?.["a"] ?? "", "base64").toString()).toBe("grüße\n");
    expect(read.data?.["b"] ?? "").toBe("");
    await client.deleteSecret(namespace, "plain");
  });

  test("the namespace may be the object that the server returned, and the type be given", async () => {
    const object = await client.createNamespace(uniqueName("ns"));
    const made = await client.createSecret(
      object,
      "key",
      { "ssh-privatekey": "x" },
      "kubernetes.io/ssh-auth",
    );
    expect(made).toMatchObject({
      type: "kubernetes.io/ssh-auth",
      metadata: { namespace: object.metadata?.name },
    });
  });

  test("failures are typed", async () => {
    await client.createSecret(namespace, "twice", {});
    expect(isAlreadyExists(await failure(client.createSecret(namespace, "twice", {})))).toBe(true);
    expect(isNotFound(await failure(client.getSecret(namespace, "none")))).toBe(true);
    expect(isNotFound(await failure(client.deleteSecret(namespace, "none")))).toBe(true);
    expect(
      invalid(await failure(client.createSecret(namespace, "wrong", {}, "kubernetes.io/ssh-auth"))),
    ).toBe(true);
    const missing = await failure(client.createSecret("not-there", "x", { a: "b" }));
    expect(missing).toBeInstanceOf(NamespaceNotFoundError);
    expect(missing).toMatchObject({
      message: "Namespace not-there does not exist",
      statusCode: 404,
      verb: "create",
    });
  });
});

describe("events and health", () => {
  test("events of a namespace, narrowed by a field selector", async () => {
    const all = await client.getEvents(namespace);
    expect(all.items).toBeArray();
    const none = await client.getEvents(namespace, { fieldSelector: "involvedObject.name=nothing" });
    expect(none.items).toEqual([]);
    expect(await failure(client.getEvents(namespace, { fieldSelector: "no.such.field=1" }))).toMatchObject({
      statusCode: 400,
    });
  });

  test("health says whether the server answers, and its version", async () => {
    expect(await client.healthCheck()).toEqual({
      reachable: true,
      version: expect.stringMatching(/^v1\.\d+/),
    });
    const nowhere = new BunK8sClient({ server: "https://127.0.0.1:1" });
    expect(await nowhere.healthCheck()).toEqual({ reachable: false, version: undefined });
  });
});

describe("custom objects", () => {
  const kind = { group: "kube.example.com", version: "v1", plural: "widgets" };
  const widget = (name: string, size: unknown = 1) => ({
    apiVersion: "kube.example.com/v1",
    kind: "Widget",
    metadata: { name },
    spec: { size },
  });

  beforeAll(async () => applyCrds(await sharedCluster(), [`${import.meta.dir}/widgets.yaml`]));

  test("are made, read, listed, patched and deleted", async () => {
    const made = await client.createNamespacedCustomObject({ ...kind, namespace, body: widget("a") });
    expect(made).toMatchObject({ metadata: { namespace, name: "a" }, spec: { size: 1 } });
    expect(await client.getNamespacedCustomObject({ ...kind, namespace, name: "a" })).toMatchObject({
      spec: { size: 1 },
    });
    const merged = await client.patchNamespacedCustomObject({
      ...kind,
      namespace,
      name: "a",
      body: { spec: { size: 2 } },
    });
    expect(merged).toMatchObject({ spec: { size: 2 } });
    const json = [{ op: "replace", path: "/spec/size", value: 3 }];
    const replaced = await client.patchNamespacedCustomObject({
      ...kind,
      namespace,
      name: "a",
      body: json,
      type: "json",
    });
    expect(replaced).toMatchObject({ spec: { size: 3 } });
    const list = await client.listCustomResources({ ...kind, namespace });
    expect(list.items).toMatchObject([
      { apiVersion: "kube.example.com/v1", kind: "Widget", metadata: { name: "a" } },
    ]);
    expect(list.metadata.resourceVersion).toBeString();
    expect((await client.listCustomResources({ ...kind, labelSelector: "a=b" })).items).toEqual([]);
    expect(await client.deleteNamespacedCustomObject({ ...kind, namespace, name: "a" })).toMatchObject({
      status: "Success",
    });
  });

  test("failures are typed", async () => {
    const at = { ...kind, namespace };
    await client.createNamespacedCustomObject({ ...at, body: widget("twice") });
    expect(
      isAlreadyExists(await failure(client.createNamespacedCustomObject({ ...at, body: widget("twice") }))),
    ).toBe(true);
    expect(isNotFound(await failure(client.getNamespacedCustomObject({ ...at, name: "none" })))).toBe(true);
    expect(
      isNotFound(await failure(client.patchNamespacedCustomObject({ ...at, name: "none", body: {} }))),
    ).toBe(true);
    expect(isNotFound(await failure(client.deleteNamespacedCustomObject({ ...at, name: "none" })))).toBe(
      true,
    );
    expect(isNotFound(await failure(client.listCustomResources({ ...kind, plural: "none" })))).toBe(true);
    expect(
      invalid(await failure(client.createNamespacedCustomObject({ ...at, body: widget("wrong", "big") }))),
    ).toBe(true);
  });

  test("startPolling tells what is added, changed and removed", async () => {
    const polled = uniqueName("polled");
    await client.createNamespace(polled);
    const at = { ...kind, namespace: polled };
    const words: string[] = [];
    const heard = Promise.withResolvers<void>();
    const polling = client.startPolling({
      resource: at,
      interval: 20,
      async onChange({ type, object }) {
        words.push(`${type} ${object.metadata?.name}`);
        if (type === "added")
          await client.patchNamespacedCustomObject({ ...at, name: "w", body: { spec: { size: 9 } } });
        if (type === "changed") await client.deleteNamespacedCustomObject({ ...at, name: "w" });
        if (type === "removed") heard.resolve();
      },
      onError: heard.reject,
    });
    await client.createNamespacedCustomObject({ ...at, body: widget("w") });
    await heard.promise;
    polling.stop();
    await polling.done;
    expect(words).toEqual(["added w", "changed w", "removed w"]);
  });
});
