import { beforeAll, describe, expect, test } from "bun:test";
import {
  BunK8sClient,
  CONFIG_MAPS,
  DEPLOYMENTS,
  defineResource,
  isAlreadyExists,
  isConflict,
  isNotFound,
  K8sApiError,
  type KubeObject,
  NAMESPACES,
  NamespaceNotFoundError,
  SECRETS,
} from "../../../src/kube/index.ts";
import { sharedCluster, uniqueName } from "../../cluster/index.ts";
import { deployment, failure } from "./helpers.ts";

let client: BunK8sClient;
const namespace = uniqueName("verbs");
beforeAll(async () => {
  client = new BunK8sClient((await sharedCluster()).kubeconfigPath);
  await client.createNamespace(namespace);
});

const map = (name: string, data: Record<string, string> = {}, more: object = {}) => ({
  metadata: { namespace, name, ...more },
  data,
});

describe("get, list and their forms", () => {
  test("a get answers the object, a missing one rejects with 404", async () => {
    await client.create(CONFIG_MAPS, map("get", { a: "1" }));
    expect(await client.get(CONFIG_MAPS, { namespace, name: "get" })).toMatchObject({
      kind: "ConfigMap",
      data: { a: "1" },
    });
    const error = await failure(client.get(CONFIG_MAPS, { namespace, name: "none" }));
    expect(isNotFound(error)).toBe(true);
    expect(error).toMatchObject({
      statusCode: 404,
      reason: "NotFound",
      details: { name: "none", kind: "configmaps" },
      verb: "get",
      path: `/api/v1/namespaces/${namespace}/configmaps/none`,
      message: expect.stringMatching(/^NotFound: configmaps "none" not found/),
    });
  });

  test("a list has its version, and items with apiVersion and kind", async () => {
    await client.create(CONFIG_MAPS, map("listed", {}, { labels: { find: "me" } }));
    const list = await client.list(CONFIG_MAPS, { namespace, labelSelector: "find=me" });
    expect(list.metadata.resourceVersion).toMatch(/^\d+$/);
    expect(list.items).toMatchObject([{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "listed" } }]);
    const byField = await client.list(CONFIG_MAPS, { namespace, fieldSelector: "metadata.name=listed" });
    expect(byField.items).toHaveLength(1);
    const fresh = await client.list(CONFIG_MAPS, {
      namespace,
      resourceVersion: list.metadata.resourceVersion ?? "",
      resourceVersionMatch: "NotOlderThan",
    });
    expect(fresh.items.length).toBeGreaterThanOrEqual(1);
  });

  test("metadata of a Secret comes without its data", async () => {
    await client.createSecret(namespace, "secret", { key: "hunter2" });
    const one = await client.getMetadata(SECRETS, { namespace, name: "secret" });
    const all = await client.listMetadata(SECRETS, { namespace });
    expect(one).toMatchObject({ kind: "PartialObjectMetadata", metadata: { name: "secret" } });
    expect(all.items.map((item) => item.metadata?.name)).toContain("secret");
    expect(JSON.stringify([one, all])).not.toContain(Buffer.from("hunter2").toString("base64"));
  });

  test("the table form has the columns that kubectl prints", async () => {
    const table = await client.listTable(DEPLOYMENTS, { namespace });
    expect(table.columnDefinitions.map((column) => column.name)).toContain("Ready");
    expect(table.rows).toEqual([]);
    const namespaces = await client.listTable(NAMESPACES, { fieldSelector: `metadata.name=${namespace}` });
    expect(namespaces.rows).toMatchObject([
      { cells: [namespace, "Active", expect.anything()], object: { metadata: { name: namespace } } },
    ]);
  });

  test("a kind that the server does not serve is a 404 like any other", async () => {
    const kind = defineResource({
      group: "nobody.example",
      version: "v1",
      plural: "things",
      kind: "Thing",
      namespaced: false,
    });
    const error = await failure(client.list(kind));
    expect(isNotFound(error)).toBe(true);
    expect(error).toMatchObject({ reason: "NotFound" });
  });
});

describe("pages", () => {
  const many = uniqueName("pages");
  beforeAll(async () => {
    await client.createNamespace(many);
    const bodies = Array.from({ length: 25 }, (_, at) => ({ metadata: { namespace: many, name: `m${at}` } }));
    await Promise.all(bodies.map((body) => client.create(CONFIG_MAPS, body)));
  });

  test("come one after the other until all is told, each object once", async () => {
    const sizes: number[] = [];
    const names = new Set<string>();
    for await (const page of client.pages(CONFIG_MAPS, {
      namespace: many,
      limit: 10,
      labelSelector: "!none",
      fieldSelector: "metadata.name!=kube-root-ca.crt",
    })) {
      sizes.push(page.items.length);
      for (const item of page.items) names.add(item.metadata?.name ?? "");
    }
    expect(sizes).toEqual([10, 10, 5]);
    expect(names.size).toBe(25);
  });

  test("a token that the server refuses rejects", async () => {
    const error = await failure(
      client.list(CONFIG_MAPS, { namespace: many, limit: 10, continue: "nonsense" }),
    );
    expect(error).toMatchObject({ statusCode: 400, reason: "BadRequest" });
  });
});

describe("create", () => {
  test("meeting an object of that name is AlreadyExists, apart from Conflict", async () => {
    await client.create(CONFIG_MAPS, map("twice"));
    const error = await failure(client.create(CONFIG_MAPS, map("twice")));
    expect([isAlreadyExists(error), isConflict(error)]).toEqual([true, false]);
  });

  test("into a missing namespace is NamespaceNotFoundError, told from one request", async () => {
    const sent: string[] = [];
    const counting = new BunK8sClient((await sharedCluster()).kubeconfigPath, {
      hooks: { onRequest: ({ verb }) => sent.push(verb) },
    });
    const error = await failure(
      counting.create(CONFIG_MAPS, { metadata: { namespace: "not-there", name: "x" } }),
    );
    expect(error).toBeInstanceOf(NamespaceNotFoundError);
    expect(error).toBeInstanceOf(K8sApiError);
    expect(error).toMatchObject({
      message: "Namespace not-there does not exist",
      namespace: "not-there",
      statusCode: 404,
    });
    expect(sent).toEqual(["create"]);
  });

  test("sends unknown fields back as an error, because it asks for strict validation", async () => {
    const body = { ...map("strict"), bogus: 1 } as KubeObject;
    expect(
      await failure(client.create(CONFIG_MAPS as typeof CONFIG_MAPS & KubeObject, body as never)),
    ).toMatchObject({
      statusCode: 400,
      message: expect.stringContaining('unknown field "bogus"'),
    });
    const lenient = await client.create(CONFIG_MAPS, body as never, { fieldValidation: "Ignore" });
    expect(lenient).not.toHaveProperty("bogus");
  });

  test("with dryRun stores nothing", async () => {
    expect(await client.create(CONFIG_MAPS, map("dry"), { dryRun: true })).toMatchObject({
      metadata: { name: "dry" },
    });
    expect(isNotFound(await failure(client.get(CONFIG_MAPS, { namespace, name: "dry" })))).toBe(true);
  });

  test("lets the server choose a name", async () => {
    const made = await client.create(CONFIG_MAPS, { metadata: { namespace, generateName: "some-" } });
    expect(made.metadata?.name).toStartWith("some-");
  });

  test("with a wrong value names the field, in causes too", async () => {
    expect(await failure(client.create(CONFIG_MAPS, map("Wrong_Name")))).toMatchObject({
      statusCode: 422,
      reason: "Invalid",
      causes: [{ field: "metadata.name", reason: "FieldValueInvalid" }],
    });
  });

  test("of a Secret that is refused never echoes what is in it", async () => {
    const secret = {
      metadata: { namespace, name: "echo" },
      type: "kubernetes.io/dockerconfigjson",
      data: { ".dockerconfigjson": Buffer.from("hunter2 no json").toString("base64") },
    };
    const error = await failure(client.create(SECRETS, secret));
    expect(error).toMatchObject({ statusCode: 422 });
    expect(Bun.inspect(error, { depth: 10 })).not.toMatch(/hunter2|aHVudGVyM/);
  });
});

describe("apply", () => {
  test("makes, changes, and removes what it no longer names; its manager owns the fields", async () => {
    const options = { fieldManager: "tester" };
    await client.apply(CONFIG_MAPS, map("applied", { a: "1", b: "2" }), options);
    const after = await client.apply(CONFIG_MAPS, map("applied", { a: "3" }), options);
    expect(after.data).toEqual({ a: "3" });
    expect(after.metadata?.managedFields).toMatchObject([{ manager: "tester", operation: "Apply" }]);
  });

  test("of a field that another manager holds is a Conflict, unless forced", async () => {
    await client.apply(CONFIG_MAPS, map("contested", { a: "mine" }), { fieldManager: "one" });
    const theirs = map("contested", { a: "theirs" });
    const error = await failure(client.apply(CONFIG_MAPS, theirs, { fieldManager: "two" }));
    expect(isConflict(error)).toBe(true);
    expect(error).toMatchObject({ causes: [{ reason: "FieldManagerConflict", field: ".data.a" }] });
    expect((await client.apply(CONFIG_MAPS, theirs, { fieldManager: "two", force: true })).data).toEqual({
      a: "theirs",
    });
  });

  test("with a uid never makes a new object", async () => {
    const error = await failure(
      client.apply(CONFIG_MAPS, map("ghost", {}, { uid: crypto.randomUUID() }), { fieldManager: "me" }),
    );
    expect(isConflict(error)).toBe(true);
  });
});

describe("patch, replace and delete", () => {
  test("merge, JSON and strategic merge patches", async () => {
    const ref = { namespace, name: "patched" };
    await client.create(CONFIG_MAPS, map("patched", { a: "1", b: "2" }));
    expect(
      (await client.patch(CONFIG_MAPS, ref, { data: { a: null, c: "3" } }, { type: "merge" })).data,
    ).toEqual({ b: "2", c: "3" });
    const json = [{ op: "replace", path: "/data/b", value: "4" }];
    expect((await client.patch(CONFIG_MAPS, ref, json, { type: "json" })).data).toEqual({ b: "4", c: "3" });
    await client.createDeployment(namespace, deployment("patched"));
    const containers = [{ name: "second", image: "two" }];
    const patched = await client.patch(
      DEPLOYMENTS,
      ref,
      { spec: { template: { spec: { containers } } } },
      { type: "strategic" },
    );
    expect(patched.spec?.template.spec?.containers.map((container) => container.name).toSorted()).toEqual([
      "main",
      "second",
    ]);
  });

  test("a patch that names an older version is a Conflict", async () => {
    const made = await client.create(CONFIG_MAPS, map("versioned"));
    await client.patch(
      CONFIG_MAPS,
      { namespace, name: "versioned" },
      { data: { a: "1" } },
      { type: "merge" },
    );
    const old = { metadata: { resourceVersion: made.metadata?.resourceVersion }, data: { a: "2" } };
    expect(
      isConflict(
        await failure(client.patch(CONFIG_MAPS, { namespace, name: "versioned" }, old, { type: "merge" })),
      ),
    ).toBe(true);
  });

  test("replace writes the whole object, of that version only", async () => {
    const made = await client.create(CONFIG_MAPS, map("replaced", { a: "1" }));
    const after = await client.replace(CONFIG_MAPS, { ...made, data: { b: "2" } });
    expect(after.data).toEqual({ b: "2" });
    expect(isConflict(await failure(client.replace(CONFIG_MAPS, { ...made, data: {} })))).toBe(true);
  });

  test("delete with preconditions deletes that object only", async () => {
    const made = await client.create(CONFIG_MAPS, map("deleted"));
    const ref = { namespace, name: "deleted" };
    for (const preconditions of [{ uid: crypto.randomUUID() }, { resourceVersion: "1" }]) {
      expect(isConflict(await failure(client.delete(CONFIG_MAPS, ref, { preconditions })))).toBe(true);
    }
    const { uid = "", resourceVersion = "" } = made.metadata ?? {};
    expect(await client.delete(CONFIG_MAPS, ref, { preconditions: { uid, resourceVersion } })).toMatchObject({
      kind: "Status",
      status: "Success",
    });
    expect(isNotFound(await failure(client.delete(CONFIG_MAPS, ref)))).toBe(true);
  });

  test("delete answers the object while a finalizer holds it; propagation is passed on", async () => {
    await client.create(CONFIG_MAPS, map("held", {}, { finalizers: ["example.com/hold"] }));
    const ref = { namespace, name: "held" };
    const answer = await client.delete(CONFIG_MAPS, ref, { propagationPolicy: "Foreground" });
    expect(answer).toMatchObject({ kind: "ConfigMap", metadata: { deletionTimestamp: expect.any(String) } });
    const held = await client.get(CONFIG_MAPS, ref);
    expect(held.metadata?.finalizers?.toSorted()).toEqual(["example.com/hold", "foregroundDeletion"]);
    await client.patch(CONFIG_MAPS, ref, { metadata: { finalizers: null } }, { type: "merge" });
  });

  test("deletecollection deletes what the selector chooses", async () => {
    await client.create(CONFIG_MAPS, map("c1", {}, { labels: { batch: "a" } }));
    await client.create(CONFIG_MAPS, map("c2", {}, { labels: { batch: "b" } }));
    await client.deleteCollection(CONFIG_MAPS, { namespace, labelSelector: "batch=a" });
    const left = await client.list(CONFIG_MAPS, { namespace, labelSelector: "batch" });
    expect(left.items.map((item) => item.metadata?.name)).toEqual(["c2"]);
  });
});

describe("subresources", () => {
  test("status is written apart from spec", async () => {
    const ref = { namespace, name: "status" };
    await client.createDeployment(namespace, deployment("status"));
    const patch = { spec: { replicas: 7 }, status: { observedGeneration: 5 } };
    const after = await client.patch(DEPLOYMENTS, ref, patch, { type: "merge", subresource: "status" });
    expect(after).toMatchObject({ spec: { replicas: 1 }, status: { observedGeneration: 5 } });
    expect(await client.get(DEPLOYMENTS, ref, { subresource: "status" })).toMatchObject({
      status: { observedGeneration: 5 },
    });
  });

  test("scale changes the replicas", async () => {
    const ref = { namespace, name: "scaled" };
    await client.createDeployment(namespace, deployment("scaled"));
    expect(await client.scale(DEPLOYMENTS, ref, 3)).toMatchObject({ kind: "Scale", spec: { replicas: 3 } });
    expect((await client.get(DEPLOYMENTS, ref)).spec?.replicas).toBe(3);
    expect(await client.get(DEPLOYMENTS as never, ref, { subresource: "scale" })).toMatchObject({
      kind: "Scale",
    });
  });
});

describe("discovery", () => {
  test("finds a kind by apiVersion and kind, and by the names that kubectl takes", async () => {
    const { kind, plural, group, version, namespaced } = DEPLOYMENTS;
    const expected = { kind, plural, group, version, namespaced };
    expect(await client.discover({ apiVersion: "apps/v1", kind: "Deployment" })).toEqual(expected);
    for (const name of ["deploy", "deployment", "deployments", "Deployments.apps"]) {
      expect(await client.discover({ name })).toEqual(expected);
    }
    expect(await client.discover({ apiVersion: "v1", kind: "Namespace" })).toMatchObject({
      group: "",
      namespaced: false,
    });
  });

  test("what it finds can be used as it is", async () => {
    const kind = await client.discover({ name: "cm" });
    expect((await client.list(kind, { namespace })).items[0]?.kind).toBe("ConfigMap");
  });

  test("what is not served is a 404", async () => {
    expect(isNotFound(await failure(client.discover({ apiVersion: "v1", kind: "Nothing" })))).toBe(true);
    expect(isNotFound(await failure(client.discover({ apiVersion: "no.example/v1", kind: "Nothing" })))).toBe(
      true,
    );
    expect(isNotFound(await failure(client.discover({ name: "nothings" })))).toBe(true);
  });
});

test("raw paths answer text", async () => {
  expect(await client.getRaw("/readyz")).toBe("ok");
  expect(await client.getRaw("/metrics")).toContain("apiserver_request_total");
});
