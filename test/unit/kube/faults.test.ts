import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import { BunK8sClient, K8sApiError, TransportError, UnexpectedResponse } from "../../../src/kube/index.ts";
import { eventually } from "../../cluster/eventually.ts";
import { type FakeServer, type Handler, startFakeServer, status } from "./fake-server.ts";

const DEADLINE_MS = 400;
const VERSION = { major: "1", minor: "36", gitVersion: "v1.36.0" };
const fine: Handler = (_request, reply) => reply.json(200, VERSION);

/** 16 MB of spaces in 16 KB. */
const FOLDED = gzipSync(Buffer.alloc(16 << 20, " "));

interface Fault {
  name: string;
  handler: Handler;
  expected: new (...fields: never[]) => Error;
  fields: Record<string, unknown>;
}

const FAULTS: Fault[] = [
  {
    name: "hangs before the header",
    handler: () => undefined,
    expected: TransportError,
    fields: { code: "timeout", outcome: "unknown" },
  },
  {
    name: "hangs after the header",
    handler: (_request, reply) =>
      reply.raw("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n"),
    expected: TransportError,
    fields: { code: "timeout", outcome: "unknown" },
  },
  {
    name: "sends a byte at a time, for ever",
    handler: async (_request, reply) => {
      await reply.raw(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
      );
      const timer = setInterval(() => void reply.raw("1\r\n{\r\n"), 5);
      setTimeout(() => clearInterval(timer), 2 * DEADLINE_MS);
    },
    expected: TransportError,
    fields: { code: "timeout", outcome: "unknown" },
  },
  {
    name: "closes in the middle of the body",
    handler: async (_request, reply) => {
      await reply.raw(
        'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"major"',
      );
      reply.close();
    },
    expected: TransportError,
    fields: { code: "reset", outcome: "unknown" },
  },
  {
    name: "closes in the middle of a chunked body",
    handler: async (_request, reply) => {
      await reply.raw(
        'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n{"major"\r\n',
      );
      reply.close();
    },
    expected: TransportError,
    fields: { code: "reset", outcome: "unknown" },
  },
  {
    name: "closes without an answer",
    handler: (_request, reply) => reply.close(),
    expected: TransportError,
    fields: { code: "reset", outcome: "unknown" },
  },
  {
    name: "answers half a JSON",
    handler: (_request, reply) => reply.text(200, "application/json", '{"major":"1","items":['),
    expected: UnexpectedResponse,
    fields: { statusCode: 200 },
  },
  {
    name: "answers HTML with 200",
    handler: (_request, reply) => reply.text(200, "text/html", "<html>Log in</html>"),
    expected: UnexpectedResponse,
    fields: { statusCode: 200, contentType: "text/html" },
  },
  {
    name: "answers HTML with 502",
    handler: (_request, reply) => reply.text(502, "text/html", "<html>Bad gateway</html>"),
    expected: UnexpectedResponse,
    fields: { statusCode: 502 },
  },
  {
    name: "answers JSON that is no Status with 500",
    handler: (_request, reply) => reply.json(500, { error: "boom" }),
    expected: UnexpectedResponse,
    fields: { statusCode: 500 },
  },
  {
    name: "answers 429 without Retry-After",
    handler: (_request, reply) => reply.json(429, status(429, "TooManyRequests")),
    expected: K8sApiError,
    fields: { statusCode: 429, reason: "TooManyRequests" },
  },
  {
    name: "answers 429 as plain text, as a busy API server does",
    handler: (_request, reply) =>
      reply.text(429, "text/plain", "Too many requests, please try again later.\n"),
    expected: K8sApiError,
    fields: {
      statusCode: 429,
      reason: "TooManyRequests",
      serverMessage: "Too many requests, please try again later.",
    },
  },
  {
    name: "asks with 429 to come back after the deadline",
    handler: (_request, reply) => reply.json(429, status(429, "TooManyRequests"), { "Retry-After": "30" }),
    expected: K8sApiError,
    fields: { statusCode: 429, retryAfterSeconds: 30 },
  },
  {
    name: "redirects",
    handler: (_request, reply) =>
      reply.text(302, "text/plain", "", { Location: "https://elsewhere.invalid/" }),
    expected: UnexpectedResponse,
    fields: { statusCode: 302 },
  },
  {
    name: "sends more than the client takes, with its length",
    handler: (_request, reply) => sendMany(reply, 100, true),
    expected: UnexpectedResponse,
    fields: { statusCode: 200 },
  },
  {
    name: "sends little that unfolds to more than the client takes",
    handler: (_request, reply) => {
      const head = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: ${FOLDED.length}\r\n\r\n`;
      return reply.raw(Buffer.concat([Buffer.from(head), FOLDED]));
    },
    expected: UnexpectedResponse,
    fields: { statusCode: 200 },
  },
  {
    name: "sends 100 MB without saying so before",
    handler: (_request, reply) => sendMany(reply, 100, false),
    expected: UnexpectedResponse,
    fields: { statusCode: 200 },
  },
];

async function sendMany(reply: Parameters<Handler>[1], megabytes: number, announced: boolean): Promise<void> {
  const length = announced ? `Content-Length: ${megabytes << 20}` : "Transfer-Encoding: chunked";
  await reply.raw(`HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n${length}\r\n\r\n`);
  const block = Buffer.alloc(1 << 20, " ");
  for (let sent = 0; sent < megabytes; sent++) {
    if (!announced) await reply.raw("100000\r\n");
    await reply.raw(block);
    if (!announced) await reply.raw("\r\n");
  }
}

describe("a server that", () => {
  let server: FakeServer;
  let client: BunK8sClient;

  beforeAll(async () => {
    server = await startFakeServer(fine);
    client = new BunK8sClient(server.config, { requestTimeoutMs: DEADLINE_MS, maxResponseBytes: 4 << 20 });
  });
  afterEach(() => server.answer(fine));
  afterAll(() => server.stop());

  for (const { name, handler, expected, fields } of FAULTS) {
    test(`${name}: the error says so, in time, no socket stays open, and the next call works`, async () => {
      server.answer(handler);
      const begun = performance.now();
      const error = await client.version().then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(performance.now() - begun).toBeLessThan(DEADLINE_MS + 500);
      expect(error).toBeInstanceOf(expected);
      expect(error).toMatchObject({ ...fields, verb: "get", path: "/version" });
      server.answer(fine);
      expect((await client.version()).gitVersion).toBe(VERSION.gitVersion);
      client.close();
      await eventually(() => server.open === 0, { deadlineMs: 5_000, description: "all sockets are closed" });
    });
  }

  test("closes idle connections: the next read does not notice", async () => {
    for (let round = 0; round < 5; round++) {
      server.answer((_request, reply) => {
        reply.json(200, VERSION);
        reply.close();
      });
      await client.version();
    }
    let first = true;
    server.answer((request, reply) => {
      if (first) reply.close();
      else fine(request, reply);
      first = false;
    });
    expect((await client.version()).gitVersion).toBe(VERSION.gitVersion);
  });
});

describe("a connection that cannot be made names its reason and sends nothing", () => {
  const call = async (config: ConstructorParameters<typeof BunK8sClient>[0]) => {
    const client = new BunK8sClient(config, { requestTimeoutMs: 3_000 });
    return client.createNamespace("x").then(
      () => undefined,
      (error: unknown) => error,
    );
  };

  test("refused", async () => {
    const server = await startFakeServer(fine);
    await server.stop();
    expect(await call(server.config)).toMatchObject({
      code: "refused",
      outcome: "not-sent",
      hint: expect.stringContaining("port"),
    });
  });

  test("a host name that does not resolve", async () => {
    expect(await call({ server: "https://nowhere.invalid" })).toMatchObject({
      code: "dns",
      outcome: "not-sent",
      hint: expect.stringContaining("DNS"),
    });
  });

  test("a certificate of another CA", async () => {
    const [server, other] = await Promise.all([startFakeServer(fine), startFakeServer(fine)]);
    expect(await call({ server: server.url, ca: other.authority.caPem })).toMatchObject({
      code: "untrusted-certificate",
      outcome: "not-sent",
      hint: expect.stringContaining("certificate-authority"),
    });
    expect(await call({ server: server.url })).toMatchObject({ code: "untrusted-certificate" });
    expect(server.requests).toEqual([]);
    await Promise.all([server.stop(), other.stop()]);
  });

  test.each([
    [
      "expired",
      { notBefore: new Date("2020-01-01"), notAfter: new Date("2021-01-01") },
      "expired-certificate",
      "renew",
    ],
    [
      "not valid yet",
      { notBefore: new Date("2090-01-01"), notAfter: new Date("2091-01-01") },
      "expired-certificate",
      "clock",
    ],
    ["for another name", { names: ["k8s.example"] }, "wrong-name", "tls-server-name"],
  ] as const)("a certificate that is %s", async (_name, issue, code, hint) => {
    const { authority, ...unused } = await startFakeServer(fine);
    await unused.stop();
    const server = await startFakeServer(fine, {
      authority,
      tls: await authority.issue({
        ...issue,
        names: "names" in issue ? [...issue.names] : undefined,
      } as never),
    });
    expect(await call(server.config)).toMatchObject({
      code,
      outcome: "not-sent",
      hint: expect.stringContaining(hint),
    });
    expect(server.requests).toEqual([]);
    await server.stop();
  });

  test("tls-server-name makes a certificate for another name good", async () => {
    const { authority, ...unused } = await startFakeServer(fine);
    await unused.stop();
    const server = await startFakeServer(fine, {
      authority,
      tls: await authority.issue({ names: ["k8s.example"] }),
    });
    const client = new BunK8sClient({ ...server.config, tlsServerName: "k8s.example" });
    expect((await client.version()).gitVersion).toBe(VERSION.gitVersion);
    await server.stop();
  });

  test("without verification any certificate is taken, whatever its name", async () => {
    const server = await startFakeServer(fine);
    const client = new BunK8sClient({
      server: server.url.replace("127.0.0.1", "localhost"),
      insecureSkipTlsVerify: true,
    });
    expect((await client.version()).gitVersion).toBe(VERSION.gitVersion);
    await server.stop();
  });

  test("a missing client certificate", async () => {
    const { authority, ...unused } = await startFakeServer(fine);
    await unused.stop();
    const tls = {
      ...(await authority.issue()),
      ca: authority.caPem,
      requestCert: true,
      rejectUnauthorized: true,
    };
    const server = await startFakeServer(fine, { authority, tls });
    expect(await call(server.config)).toMatchObject({
      code: "client-certificate",
      outcome: "not-sent",
      hint: expect.stringContaining("client-certificate"),
    });
    await server.stop();
  });

  test("PEM that cannot be read, without a word of it", async () => {
    const server = await startFakeServer(fine);
    const pair = await server.authority.issue({ commonName: "jane" });
    const other = await server.authority.issue({ commonName: "joe" });
    const garbage = "-----BEGIN PRIVATE KEY-----\nhunter2hunter2\n-----END PRIVATE KEY-----\n";
    const cases = [
      [{ ca: "garbage" }, "the CA certificate is not valid PEM"],
      [
        { credential: { clientCertificate: "garbage", clientKey: pair.key } },
        "the client certificate is not valid PEM",
      ],
      [
        { credential: { clientCertificate: pair.cert, clientKey: garbage } },
        "the client key is not valid PEM",
      ],
      [
        { credential: { clientCertificate: pair.cert, clientKey: other.key } },
        "the client key does not belong to the client certificate",
      ],
    ] as const;
    for (const [change, what] of cases) {
      const error = await call({ ...server.config, ...change });
      expect(error).toMatchObject({
        code: "bad-pem",
        outcome: "not-sent",
        message: expect.stringContaining(what),
      });
      expect(Bun.inspect(error)).not.toContain("hunter2");
    }
    await server.stop();
  });

  test("a proxy that refuses, and never its password", async () => {
    const server = await startFakeServer(fine);
    const proxy = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        data: (socket) =>
          void socket.end("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"),
      },
    });
    const error = await call({ ...server.config, proxyUrl: `http://me:hunter2@127.0.0.1:${proxy.port}` });
    expect(error).toMatchObject({
      code: "proxy",
      outcome: "not-sent",
      message: expect.stringContaining("407"),
    });
    expect(Bun.inspect(error)).not.toContain("hunter2");
    proxy.stop(true);
    expect(await call({ ...server.config, proxyUrl: `http://127.0.0.1:${proxy.port}` })).toMatchObject({
      code: "proxy",
      message: expect.stringContaining("not reachable"),
    });
    await server.stop();
  });
});
