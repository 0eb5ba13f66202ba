import { afterAll, beforeAll, expect, test } from "bun:test";
import { BunK8sClient, type RequestEvent, type ResponseEvent, SECRETS } from "../../../src/kube/index.ts";
import { type FakeServer, startFakeServer, status } from "./fake-server.ts";

let server: FakeServer;
beforeAll(async () => {
  server = await startFakeServer(() => undefined);
});
afterAll(() => server.stop());

test("each attempt is told at its start and its end, with verb, resource, code, duration and number", async () => {
  const started: RequestEvent[] = [];
  const ended: ResponseEvent[] = [];
  const hooks = {
    onRequest: (event: RequestEvent) => started.push(event),
    onResponse: (event: ResponseEvent) => ended.push(event),
  };
  const client = new BunK8sClient(server.config, { hooks });
  let first = true;
  server.answer((_request, reply) => {
    if (first) reply.json(429, status(429, "TooManyRequests"), { "Retry-After": "0" });
    else reply.json(201, { kind: "Secret" });
    first = false;
  });
  await client.createSecret("shop", "git", { key: "hunter2" });
  const what = { verb: "create", resource: "secrets", namespace: "shop", name: "git" } as const;
  expect(started).toEqual([
    { ...what, attempt: 1 },
    { ...what, attempt: 2 },
  ]);
  expect(ended).toMatchObject([
    { ...what, attempt: 1, code: 429 },
    { ...what, attempt: 2, code: 201 },
  ]);
  expect(ended[0]?.durationMs).toBeGreaterThan(0);
  expect(JSON.stringify([started, ended])).not.toContain("hunter2");
});

test("an attempt without an answer ends with code error", async () => {
  const ended: ResponseEvent[] = [];
  const client = new BunK8sClient(server.config, { hooks: { onResponse: (event) => ended.push(event) } });
  server.answer((_request, reply) => reply.close());
  await client.createNamespace("x").catch(() => undefined);
  expect(ended).toMatchObject([{ verb: "create", resource: "namespaces", code: "error", attempt: 1 }]);
});

test("apply counts as patch, and subresources are named", async () => {
  const verbs: string[] = [];
  const client = new BunK8sClient(server.config, {
    hooks: { onRequest: ({ verb, subresource }) => verbs.push(`${verb} ${subresource ?? "-"}`) },
  });
  server.answer((_request, reply) => reply.json(200, {}));
  const body = { metadata: { namespace: "a", name: "b" } };
  const ref = body.metadata;
  await client.apply(SECRETS, body, { fieldManager: "me" });
  await client.patch(SECRETS, ref, {}, { type: "merge", subresource: "status" });
  await client.replace(SECRETS, body);
  await client.delete(SECRETS, ref);
  await client.deleteCollection(SECRETS, { namespace: "a" });
  await client.list(SECRETS);
  expect(verbs).toEqual(["patch -", "patch status", "update -", "delete -", "deletecollection -", "list -"]);
});

test("hooks may be an object of a class", async () => {
  class Counter {
    sent = 0;
    ended = 0;
    onRequest() {
      this.sent++;
    }
    onResponse() {
      this.ended++;
    }
  }
  const hooks = new Counter();
  server.answer((_request, reply) => reply.json(200, { gitVersion: "v1" }));
  await new BunK8sClient(server.config, { hooks }).version();
  expect([hooks.sent, hooks.ended]).toEqual([1, 1]);
});

test("a hook that throws breaks nothing", async () => {
  const boom = () => {
    throw new Error("boom");
  };
  const client = new BunK8sClient(server.config, {
    hooks: { onRequest: boom, onResponse: boom, onWarning: boom },
  });
  server.answer((_request, reply) => reply.json(200, { gitVersion: "v1" }, { Warning: '299 - "old"' }));
  expect((await client.version()).gitVersion).toBe("v1");
});

test("the API server's warnings are told", async () => {
  const told: string[] = [];
  const client = new BunK8sClient(server.config, { hooks: { onWarning: ({ text }) => told.push(text) } });
  const Warning = '299 - "policy/v1beta1 is deprecated", 299 - "unknown field \\"a, b\\""';
  server.answer((_request, reply) => reply.json(200, {}, { Warning }));
  await client.version();
  expect(told).toEqual(["policy/v1beta1 is deprecated", 'unknown field "a, b"']);
});
