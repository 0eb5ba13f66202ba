import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BunK8sClient } from "../../../src/kube/index.ts";
import { type FakeServer, type Handler, startFakeServer, status } from "./fake-server.ts";

const folder = mkdtempSync(join(tmpdir(), "rotation-"));
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
afterAll(() => rmSync(folder, { recursive: true }));

describe("a token file", () => {
  let server: FakeServer;
  let good = "first";
  const check: Handler = (request, reply) =>
    request.headers.get("authorization") === `Bearer ${good}`
      ? reply.json(200, { gitVersion: good })
      : reply.json(401, status(401, "Unauthorized"));

  beforeAll(async () => {
    server = await startFakeServer(check);
  });
  beforeEach(() => {
    server.requests.length = 0;
    good = "first";
    file("token", "first\n");
  });
  afterAll(() => server.stop());

  const clientAt = (clock: { now: number }) =>
    new BunK8sClient(
      { ...server.config, credential: { tokenFile: join(folder, "token") } },
      { now: () => clock.now },
    );

  test("is read again when it is 60 seconds old", async () => {
    const clock = { now: 0 };
    const client = clientAt(clock);
    await client.version();
    file("token", "second");
    good = "second";
    clock.now = 60_000;
    expect((await client.version()).gitVersion).toBe("second");
    expect(server.requests).toHaveLength(2);
  });

  test("is read again at once on a 401, and the call is repeated, also a POST", async () => {
    const client = clientAt({ now: 0 });
    await client.version();
    file("token", "second");
    good = "second";
    await client.createNamespace("x");
    expect(server.requests.map((request) => request.method)).toEqual(["GET", "POST", "POST"]);
  });

  test("that has not changed is not tried again after a 401", async () => {
    const client = clientAt({ now: 0 });
    good = "other";
    const error = await client.version().catch((error: unknown) => error);
    expect(error).toMatchObject({ statusCode: 401, reason: "Unauthorized" });
    expect(server.requests).toHaveLength(1);
  });

  test("that is missing or empty for a moment leaves the last token in use", async () => {
    const clock = { now: 0 };
    const client = clientAt(clock);
    unlinkSync(join(folder, "token"));
    clock.now = 61_000;
    await client.version();
    file("token", "");
    clock.now = 122_000;
    await client.version();
    expect(server.requests).toHaveLength(2);
  });

  test("144 rotations, the old token made invalid each time: not one call fails", async () => {
    const clock = { now: 0 };
    const client = clientAt(clock);
    for (let rotation = 1; rotation <= 144; rotation++) {
      good = `token-${rotation}`;
      file("token", good);
      clock.now += rotation % 2 === 0 ? 10_000 : 600_000;
      const answers = await Promise.all([
        client.version(),
        client.version(),
        client.createNamespace(`n-${rotation}`),
      ]);
      expect(answers).toHaveLength(3);
    }
  });
});

describe("certificate files", () => {
  test("a client certificate is read again after five minutes, over new connections", async () => {
    const { authority, ...unused } = await startFakeServer(() => undefined);
    await unused.stop();
    const tls = {
      ...(await authority.issue()),
      ca: authority.caPem,
      requestCert: true,
      rejectUnauthorized: true,
    };
    const server = await startFakeServer(
      (request, reply) => reply.json(200, { gitVersion: request.clientName }),
      { authority, tls },
    );
    const put = async (commonName: string) => {
      const pair = await authority.issue({ commonName });
      return { clientCertificateFile: file("me.crt", pair.cert), clientKeyFile: file("me.key", pair.key) };
    };
    const clock = { now: 0 };
    const client = new BunK8sClient(
      { ...server.config, credential: await put("jane") },
      { now: () => clock.now },
    );
    expect((await client.version()).gitVersion).toBe("jane");
    await put("jane-renewed");
    clock.now = 299_000;
    expect((await client.version()).gitVersion).toBe("jane");
    clock.now = 301_000;
    expect((await client.version()).gitVersion).toBe("jane-renewed");
    await server.stop();
  });

  test("a CA file is read again at once when the server's certificate is not trusted", async () => {
    const old = await startFakeServer(() => undefined);
    await old.stop();
    const renewed = await startFakeServer((_request, reply) => reply.json(200, { gitVersion: "v1" }));
    const caFile = file("ca.crt", old.authority.caPem);
    const client = new BunK8sClient({ server: renewed.url, caFile });
    const error = await client.version().catch((error: unknown) => error);
    expect(error).toMatchObject({ code: "untrusted-certificate" });
    file("ca.crt", renewed.authority.caPem);
    await client.createNamespace("x");
    expect(renewed.requests.map((request) => request.method)).toEqual(["POST"]);
    await renewed.stop();
  });
});
