import { afterAll, beforeAll, expect, test } from "bun:test";
import { BunK8sClient, K8sApiError, UnexpectedResponse } from "../../../src/kube/index.ts";
import { type FakeServer, startFakeServer, status } from "./fake-server.ts";

let server: FakeServer;
beforeAll(async () => {
  server = await startFakeServer(() => undefined);
});
afterAll(() => server.stop());

const BYTES = Uint8Array.from({ length: 256 }, (_, byte) => byte);

/** Answers with all byte values, which no text has. */
const withBytes = () =>
  server.answer(async (_request, reply) => {
    await reply.raw(
      `HTTP/1.1 200 OK\r\nContent-Type: application/gzip\r\nContent-Length: ${BYTES.length}\r\n\r\n`,
    );
    await reply.raw(BYTES);
  });

test("the bytes at a path come as they are", async () => {
  withBytes();
  const client = new BunK8sClient(server.config);
  expect(await client.getRawBytes("/api/v1/namespaces/a/services/http:b:80/proxy/c.tar.gz")).toEqual(
    Buffer.from(BYTES),
  );
  expect(server.requests.at(-1)?.path).toBe("/api/v1/namespaces/a/services/http:b:80/proxy/c.tar.gz");
});

test("more bytes than the client allows are refused", async () => {
  withBytes();
  const client = new BunK8sClient(server.config, { maxResponseBytes: 100 });
  const failing = client.getRawBytes("/large");
  await expect(failing).rejects.toBeInstanceOf(UnexpectedResponse);
  await expect(failing).rejects.toThrow("longer than 100 bytes");
});

test("a refusal is told as every other", async () => {
  server.answer((_request, reply) => reply.json(403, status(403, "Forbidden")));
  await expect(new BunK8sClient(server.config).getRawBytes("/secret")).rejects.toBeInstanceOf(K8sApiError);
});

test("a body that never ends is given up with the caller's signal", async () => {
  server.answer((_request, reply) => reply.raw("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"));
  const signal = AbortSignal.timeout(100);
  await expect(new BunK8sClient(server.config).getRawBytes("/slow", { signal })).rejects.toHaveProperty(
    "name",
    "TimeoutError",
  );
});
