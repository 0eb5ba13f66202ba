import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { BunK8sClient, CONFIG_MAPS, type KubeObject, type WatchEvent } from "../../../src/kube/index.ts";
import { type FakeServer, type Handler, type Reply, startFakeServer, status } from "./fake-server.ts";

const object = (name: string, resourceVersion: string, uid = name): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { namespace: "n", name, uid, resourceVersion },
});
const list = (resourceVersion: string, ...items: KubeObject[]) => ({
  kind: "ConfigMapList",
  metadata: { resourceVersion },
  items,
});

/** Begins the stream of a watch. */
async function begin(reply: Reply): Promise<void> {
  await reply.raw("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
}
async function send(reply: Reply, ...events: object[]): Promise<void> {
  for (const event of events) await chunk(reply, `${JSON.stringify(event)}\n`);
}
async function chunk(reply: Reply, text: string): Promise<void> {
  await reply.raw(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`);
}
const end = (reply: Reply) => reply.raw("0\r\n\r\n");

/** The answers to one watch's requests, one after the other; the last hangs. */
function script(...steps: ((reply: Reply, path: string) => unknown)[]): Handler {
  return async (request, reply) => {
    const step = steps.shift();
    if (step !== undefined) await step(reply, request.path);
    else if (request.path.includes("watch=true")) await begin(reply);
  };
}

let server: FakeServer;
beforeAll(async () => {
  server = await startFakeServer(() => undefined);
});
afterAll(() => server.stop());

/** Runs a watch until so many events have come; short words for each. */
async function told(
  events: number,
  options: object = {},
  more: { retries?: string[] } = {},
): Promise<string[]> {
  const client = new BunK8sClient(server.config, { requestTimeoutMs: 1_000 });
  server.requests.length = 0;
  const words: string[] = [];
  const onRetry = (error: Error) => void more.retries?.push(error.message);
  for await (const event of client.watch(CONFIG_MAPS, { namespace: "n", onRetry, ...options })) {
    words.push(word(event));
    if (words.length === events) break;
  }
  return words;
}

function word(event: WatchEvent): string {
  return event.type === "BOOKMARK"
    ? `bookmark ${event.resourceVersion}`
    : `${event.type.toLowerCase()} ${event.object.metadata?.name}`;
}

const watched = () =>
  server.requests
    .filter(({ path }) => path.includes("watch=true"))
    .map(({ path }) => /resourceVersion=(\d+)/.exec(path)?.[1]);

describe("a watch", () => {
  test("begins with its own list and goes on from its version", async () => {
    server.answer(
      script(
        (reply) => reply.json(200, list("10", object("a", "5"))),
        async (reply) => {
          await begin(reply);
          await send(
            reply,
            { type: "MODIFIED", object: object("a", "11") },
            { type: "DELETED", object: object("a", "12") },
          );
        },
      ),
    );
    expect(await told(4)).toEqual(["added a", "bookmark 10", "modified a", "deleted a"]);
    expect(watched()).toEqual(["10"]);
    expect(server.requests[1]?.path).toContain("allowWatchBookmarks=true");
  });

  test("that ends is taken up from the last version told, bookmarks included", async () => {
    server.answer(
      script(
        (reply) => reply.json(200, list("10")),
        async (reply) => {
          await begin(reply);
          await send(
            reply,
            { type: "ADDED", object: object("a", "11") },
            { type: "BOOKMARK", object: { metadata: { resourceVersion: "15" } } },
          );
          await end(reply);
        },
        // Breaks off: whether the event before that still arrives is the network's affair.
        async (reply) => {
          await begin(reply);
          await send(reply, { type: "ADDED", object: object("b", "16") });
          reply.close();
        },
        async (reply, path) => {
          await begin(reply);
          if (path.includes("resourceVersion=15"))
            await send(reply, { type: "ADDED", object: object("b", "16") });
          await send(reply, { type: "ADDED", object: object("c", "17") });
        },
      ),
    );
    expect(await told(5)).toEqual(["bookmark 10", "added a", "bookmark 15", "added b", "added c"]);
    expect(watched().slice(0, 2)).toEqual(["10", "15"]);
  });

  test("drops half an event at a broken end, and gets it whole from the next stream", async () => {
    server.answer(
      script(
        (reply) => reply.json(200, list("10")),
        async (reply) => {
          await begin(reply);
          await send(reply, { type: "ADDED", object: object("ä", "11") });
          await chunk(reply, '{"type":"ADDED","object":{"metadata":{"name":"b"');
          await end(reply);
        },
        async (reply) => {
          await begin(reply);
          await send(reply, { type: "ADDED", object: object("b", "12") });
        },
      ),
    );
    expect(await told(3)).toEqual(["bookmark 10", "added ä", "added b"]);
  });

  test("puts events together that come in pieces, in the middle of a character too", async () => {
    const bytes = Buffer.from(`${JSON.stringify({ type: "ADDED", object: object("größe", "11") })}\n`);
    server.answer(
      script(
        (reply) => reply.json(200, list("10")),
        async (reply) => {
          await begin(reply);
          for (const byte of bytes)
            await reply.raw(Buffer.concat([Buffer.from("1\r\n"), Buffer.from([byte]), Buffer.from("\r\n")]));
        },
      ),
    );
    expect(await told(2)).toEqual(["bookmark 10", "added größe"]);
  });

  const gone: [string, (reply: Reply) => unknown][] = [
    ["as an answer", (reply) => reply.json(410, status(410, "Expired", "too old resource version"))],
    [
      "as an event in the stream",
      async (reply) => {
        await begin(reply);
        await send(reply, { type: "ERROR", object: status(410, "Expired", "too old resource version") });
        await end(reply);
      },
    ],
    [
      "as a version from the future",
      (reply) =>
        reply.json(
          504,
          status(504, "Timeout", "Too large resource version", {
            causes: [{ reason: "ResourceVersionTooLarge" }],
          }),
        ),
    ],
  ];
  for (const [how, answer] of gone) {
    test(`whose version has gone, ${how}, lists again and tells just the difference`, async () => {
      server.answer(
        script(
          (reply) =>
            reply.json(
              200,
              list(
                "10",
                object("same", "1"),
                object("changed", "2"),
                object("gone", "3"),
                object("remade", "4", "old"),
              ),
            ),
          answer,
          (reply) =>
            reply.json(
              200,
              list(
                "90",
                object("same", "1"),
                object("changed", "80"),
                object("new", "81"),
                object("remade", "82", "young"),
              ),
            ),
          async (reply) => {
            await begin(reply);
            await send(reply, { type: "ADDED", object: object("later", "91") });
          },
        ),
      );
      expect((await told(12)).slice(5)).toEqual([
        "deleted gone",
        "deleted remade",
        "modified changed",
        "added new",
        "added remade",
        "bookmark 90",
        "added later",
      ]);
      expect(watched()).toEqual(["10", "90"]);
    });
  }

  test("whose version goes twice tells each difference once", async () => {
    const gone = (reply: Reply) => reply.json(410, status(410, "Expired"));
    server.answer(
      script(
        (reply) => reply.json(200, list("10", object("a", "1"), object("b", "2"))),
        gone,
        (reply) => reply.json(200, list("20", object("b", "2"))),
        gone,
        (reply) => reply.json(200, list("30", object("b", "2"))),
      ),
    );
    expect(await told(6)).toEqual([
      "added a",
      "added b",
      "bookmark 10",
      "deleted a",
      "bookmark 20",
      "bookmark 30",
    ]);
  });

  test("that began at the caller's version rejects with the 410, for what was missed cannot be told", async () => {
    server.answer(script((reply) => reply.json(410, status(410, "Expired"))));
    expect(await told(1, { resourceVersion: "7" }).catch((error: unknown) => error)).toMatchObject({
      statusCode: 410,
    });
  });

  test("gets over a busy server, its faults and lost connections, and tells of them", async () => {
    const retries: string[] = [];
    server.answer(
      script(
        (reply) => reply.json(200, list("10")),
        (reply) => reply.json(503, status(503, "ServiceUnavailable", "shutting down")),
        async (reply) => {
          await begin(reply);
          await send(reply, { type: "ERROR", object: status(500, "InternalError", "etcd is away") });
        },
        async (reply) => {
          await begin(reply);
          await send(reply, { type: "ADDED", object: object("a", "11") });
        },
      ),
    );
    expect(await told(2, {}, { retries })).toEqual(["bookmark 10", "added a"]);
    expect(retries).toEqual([
      expect.stringContaining("shutting down"),
      expect.stringContaining("etcd is away"),
    ]);
    expect(watched()).toEqual(["10", "10", "10"]);
  });

  test("waits as long as a busy server asks", async () => {
    server.answer(
      script(
        (reply) => reply.json(200, list("10")),
        (reply) => reply.json(429, status(429, "TooManyRequests"), { "Retry-After": "2" }),
        async (reply) => {
          await begin(reply);
          await send(reply, { type: "ADDED", object: object("a", "11") });
        },
      ),
    );
    const begun = performance.now();
    expect(await told(2)).toEqual(["bookmark 10", "added a"]);
    expect(performance.now() - begun).toBeGreaterThan(1_990);
  });

  test.each([403, 404, 400])("that is refused with %d rejects", async (code) => {
    server.answer(
      script(
        (reply) => reply.json(200, list("10")),
        (reply) => reply.json(code, status(code, "Refused")),
      ),
    );
    expect(await told(2).catch((error: unknown) => error)).toMatchObject({ statusCode: code, verb: "watch" });
  });

  test("that falls silent is taken up anew", async () => {
    const retries: string[] = [];
    server.answer(
      script(
        (reply) => reply.json(200, list("10")),
        (reply) => begin(reply),
        async (reply) => {
          await begin(reply);
          await send(reply, { type: "ADDED", object: object("a", "11") });
        },
      ),
    );
    expect(await told(2, { silenceMs: 200 }, { retries })).toEqual(["bookmark 10", "added a"]);
    expect(retries[0]).toContain("no complete answer within 200 ms");
  });

  test("ends without an error when its signal aborts, while it waits for an event or for a retry", async () => {
    for (const answer of [
      (reply: Reply) => begin(reply),
      (reply: Reply) => reply.json(503, status(503, "Busy")),
    ]) {
      server.answer(script((reply) => reply.json(200, list("10")), answer));
      const controller = new AbortController();
      const client = new BunK8sClient(server.config);
      const words: string[] = [];
      setTimeout(() => controller.abort(), 100);
      for await (const event of client.watch(CONFIG_MAPS, { signal: controller.signal }))
        words.push(word(event));
      expect(words).toEqual(["bookmark 10"]);
    }
  });

  test("does not lose events while its consumer is slow", async () => {
    server.answer(
      script(
        (reply) => reply.json(200, list("10")),
        async (reply) => {
          await begin(reply);
          for (let at = 11; at < 111; at++)
            await send(reply, { type: "ADDED", object: object(`o${at}`, `${at}`) });
        },
      ),
    );
    const client = new BunK8sClient(server.config);
    let events = 0;
    for await (const event of client.watch(CONFIG_MAPS, { silenceMs: 300 })) {
      if (event.type === "BOOKMARK") continue;
      if (events === 0) await new Promise((resolve) => setTimeout(resolve, 400));
      if (++events === 100) break;
    }
    expect(watched().at(-1)).toBe("10");
  });
});

describe("a followed log", () => {
  test("comes line by line and ends with the container", async () => {
    server.answer(async (_request, reply) => {
      await begin(reply);
      await chunk(reply, "one\ntw");
      await chunk(reply, "o\nlast without end");
      await end(reply);
    });
    const client = new BunK8sClient(server.config);
    server.requests.length = 0;
    const lines: string[] = [];
    for await (const line of client.getPodLogs("n", "p", { follow: true, container: "c", tailLines: 5 }))
      lines.push(line);
    expect(lines).toEqual(["one", "two", "last without end"]);
    expect(server.requests[0]?.path).toBe(
      "/api/v1/namespaces/n/pods/p/log?container=c&tailLines=5&follow=true",
    );
  });

  test("ends without an error when its signal aborts", async () => {
    server.answer(async (_request, reply) => {
      await begin(reply);
      await chunk(reply, "one\n");
    });
    const controller = new AbortController();
    const client = new BunK8sClient(server.config);
    const lines: string[] = [];
    for await (const line of client.getPodLogs("n", "p", { follow: true, signal: controller.signal })) {
      lines.push(line);
      setTimeout(() => controller.abort(), 10);
    }
    expect(lines).toEqual(["one"]);
  });

  test("not followed is one text", async () => {
    server.answer((_request, reply) => reply.text(200, "text/plain", "one\ntwo\n"));
    expect(await new BunK8sClient(server.config).getPodLogs("n", "p", { previous: true })).toBe("one\ntwo\n");
  });
});
