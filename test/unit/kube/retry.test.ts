import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import {
  BunK8sClient,
  CONFIG_MAPS,
  K8sApiError,
  NAMESPACES,
  TransportError,
} from "../../../src/kube/index.ts";
import { type FakeServer, type Handler, startFakeServer, status } from "./fake-server.ts";

let server: FakeServer;
let client: BunK8sClient;
const ok: Handler = (_request, reply) => reply.json(200, { metadata: { name: "x" } });

beforeAll(async () => {
  server = await startFakeServer(ok);
  client = new BunK8sClient(server.config, { requestTimeoutMs: 3_000 });
});
beforeEach(() => {
  server.requests.length = 0;
});
afterAll(() => server.stop());

/** Answers so often with a failure, then well. */
function failing(times: number, code: number, retryAfter?: string): Handler {
  let left = times;
  return (request, reply) => {
    if (left-- <= 0) return ok(request, reply);
    const headers = retryAfter === undefined ? {} : { "Retry-After": retryAfter };
    return reply.json(code, status(code, code === 429 ? "TooManyRequests" : "InternalError"), headers);
  };
}

const post = () => client.createNamespace("x");
const get = () => client.getNamespace("x");
const outcome = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (error: unknown) => error,
  );

describe("what the server asks to repeat", () => {
  test.each([
    ["429", get, 429],
    ["429 on a POST: the server says that it did nothing", post, 429],
    ["503", get, 503],
    ["503 on a POST", post, 503],
    ["500 on a read", get, 500],
    ["504 on a read", get, 504],
  ] as const)("%s with Retry-After is repeated", async (_name, call, code) => {
    server.answer(failing(2, code, "0"));
    await call();
    expect(server.requests).toHaveLength(3);
  });

  test("waits as long as Retry-After says, in seconds or as a date", async () => {
    server.answer(failing(1, 429, "1"));
    const begun = performance.now();
    await get();
    expect(performance.now() - begun).toBeGreaterThan(990);
    server.answer(failing(1, 503, new Date(Date.now() - 1_000).toUTCString()));
    await get();
    expect(server.requests).toHaveLength(4);
  });

  test("is repeated ten times at most, then the answer is the error", async () => {
    server.answer(failing(100, 429, "0"));
    expect(await outcome(get())).toMatchObject({ statusCode: 429, retryAfterSeconds: 0 });
    expect(server.requests).toHaveLength(11);
  });

  test("is not repeated when retries are turned off for the call or the client", async () => {
    server.answer(failing(100, 429, "0"));
    await outcome(client.get(NAMESPACES, { name: "x" }, { maxRetries: 0 }));
    expect(server.requests).toHaveLength(1);
    await outcome(new BunK8sClient(server.config, { maxRetries: 0 }).getNamespace("x"));
    expect(server.requests).toHaveLength(2);
  });

  test("is not repeated without Retry-After", async () => {
    server.answer(failing(1, 429));
    await outcome(get());
    server.answer(failing(1, 500));
    await outcome(get());
    expect(server.requests).toHaveLength(2);
  });

  test("gives its slot to others while it waits", async () => {
    const narrow = new BunK8sClient(server.config, { maxConcurrent: 1 });
    server.answer((request, reply) => {
      if (request.path.endsWith("/slow") && server.requests.length === 1)
        return reply.json(429, status(429, "TooManyRequests"), { "Retry-After": "1" });
      return ok(request, reply);
    });
    const order: string[] = [];
    await Promise.all([
      narrow.getNamespace("slow").then(() => order.push("slow")),
      narrow.getNamespace("quick").then(() => order.push("quick")),
    ]);
    expect(order).toEqual(["quick", "slow"]);
  });

  test("the caller's signal ends the waiting, and nothing is sent any more", async () => {
    const controller = new AbortController();
    server.answer((request, reply) => {
      failing(1, 429, "1")(request, reply);
      setTimeout(() => controller.abort(new Error("enough")), 50);
    });
    const begun = performance.now();
    const error = await outcome(client.get(NAMESPACES, { name: "x" }, { signal: controller.signal }));
    expect(error).toMatchObject({ message: "enough" });
    expect(performance.now() - begun).toBeLessThan(900);
    expect(server.requests).toHaveLength(1);
  });
});

describe("what may have been done is never done again", () => {
  test.each([500, 502, 504])(
    "a POST answered with %d after the work, even with Retry-After",
    async (code) => {
      server.answer(failing(1, code, "0"));
      expect(await outcome(post())).toBeInstanceOf(K8sApiError);
      expect(server.requests).toHaveLength(1);
    },
  );

  test("a POST whose connection breaks, on a new connection or a used one: the caller sees an unknown outcome", async () => {
    for (const warm of [false, true]) {
      client.close();
      server.answer(ok);
      if (warm) await get();
      server.requests.length = 0;
      server.answer((_request, reply) => reply.close());
      const error = await outcome(post());
      expect(error).toBeInstanceOf(TransportError);
      expect(error).toMatchObject({ code: "reset", outcome: "unknown", verb: "create" });
      expect(server.requests).toHaveLength(1);
    }
  });

  test("a patch whose connection breaks", async () => {
    server.answer(ok);
    await get();
    server.requests.length = 0;
    server.answer((_request, reply) => reply.close());
    const ref = { namespace: "a", name: "b" };
    expect(await outcome(client.patch(CONFIG_MAPS, ref, {}, { type: "merge" }))).toMatchObject({
      outcome: "unknown",
    });
    expect(server.requests).toHaveLength(1);
  });

  test("a POST that hangs: the deadline comes with an unknown outcome", async () => {
    server.answer(() => undefined);
    const error = await outcome(client.createNamespace("x", { timeoutMs: 100 }));
    expect(error).toMatchObject({ code: "timeout", outcome: "unknown" });
  });

  test("a call that waits for a slot until its deadline was not sent", async () => {
    const narrow = new BunK8sClient(server.config, { maxConcurrent: 1 });
    server.answer(() => undefined);
    const hanging = outcome(narrow.version({ timeoutMs: 300 }));
    expect(await outcome(narrow.createNamespace("x", { timeoutMs: 50 }))).toMatchObject({
      code: "timeout",
      outcome: "not-sent",
      message: expect.stringContaining("no free request slot within 50 ms"),
    });
    await hanging;
    expect(server.requests.map((request) => request.method)).toEqual(["GET"]);
  });
});

test("a read whose connection breaks is repeated", async () => {
  let left = 2;
  server.answer((request, reply) => (left-- > 0 ? reply.close() : ok(request, reply)));
  await get();
  expect(server.requests.length).toBeGreaterThanOrEqual(3);
});

test("a call whose signal has aborted already sends nothing", async () => {
  const reason = new Error("before");
  const call = client.get(NAMESPACES, { name: "x" }, { signal: AbortSignal.abort(reason) });
  expect(await outcome(call)).toBe(reason);
  expect(server.requests).toEqual([]);
});

test("redirects are not followed, so the credential goes nowhere else", async () => {
  const elsewhere = await startFakeServer(ok, { authority: server.authority });
  const target = `${elsewhere.url}/api/v1/namespaces/x`;
  server.answer((_request, reply) => reply.text(307, "text/plain", "", { Location: target }));
  const withToken = new BunK8sClient({ ...server.config, credential: { token: "hunter2" } });
  expect(await outcome(withToken.createNamespace("x"))).toMatchObject({
    name: "UnexpectedResponse",
    statusCode: 307,
  });
  expect(elsewhere.requests).toEqual([]);
  await elsewhere.stop();
});
