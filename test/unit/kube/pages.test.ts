import { expect, test } from "bun:test";
import { BunK8sClient, CONFIG_MAPS } from "../../../src/kube/index.ts";
import { startFakeServer, status } from "./fake-server.ts";

const page = (names: string[], token?: string) => ({
  metadata: { resourceVersion: "10", ...(token && { continue: token }) },
  items: names.map((name) => ({ metadata: { name } })),
});

test("a snapshot that goes while its pages are read is gone on with from the same place, no object twice", async () => {
  const answers = [
    () => page(["a", "b"], "one"),
    () => ({ ...status(410, "Expired"), metadata: { continue: "inconsistent" } }),
    () => page(["c"]),
  ];
  const server = await startFakeServer((_request, reply) => {
    const body = answers.shift()?.();
    reply.json(body !== undefined && "code" in body ? 410 : 200, body);
  });
  const client = new BunK8sClient(server.config);
  const names: (string | undefined)[] = [];
  for await (const each of client.pages(CONFIG_MAPS, { namespace: "n", limit: 2, resourceVersion: "5" })) {
    names.push(...each.items.map((item) => item.metadata?.name));
  }
  expect(names).toEqual(["a", "b", "c"]);
  const queries = server.requests.map(({ path }) => path.split("?")[1]);
  expect(queries).toEqual([
    "resourceVersion=5&limit=2",
    "limit=2&continue=one",
    "limit=2&continue=inconsistent",
  ]);
  await server.stop();
});

test("a 410 without a way on rejects", async () => {
  const server = await startFakeServer((_request, reply) => reply.json(410, status(410, "Expired")));
  const client = new BunK8sClient(server.config);
  const read = async () => {
    for await (const _ of client.pages(CONFIG_MAPS)) break;
  };
  expect(await read().catch((error: unknown) => error)).toMatchObject({ statusCode: 410 });
  await server.stop();
});
