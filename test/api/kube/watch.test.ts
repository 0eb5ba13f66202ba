import { beforeAll, expect, test } from "bun:test";
import {
  BunK8sClient,
  CONFIG_MAPS,
  type KubeObject,
  SECRETS,
  type WatchEvent,
} from "../../../src/kube/index.ts";
import { sharedCluster, startCluster, uniqueName } from "../../cluster/index.ts";
import { failure } from "./helpers.ts";

let client: BunK8sClient;
beforeAll(async () => {
  client = new BunK8sClient((await sharedCluster()).kubeconfigPath);
});

const word = (event: WatchEvent) =>
  `${event.type} ${event.type === "BOOKMARK" ? "" : event.object.metadata?.name}`.trim();
const OURS = "metadata.name!=kube-root-ca.crt";

test("a watch tells what is there, and then every change", async () => {
  const namespace = uniqueName("watch");
  await client.createNamespace(namespace);
  const ref = { namespace, name: "a" };
  await client.create(CONFIG_MAPS, { metadata: ref });
  const words: string[] = [];
  for await (const event of client.watch(CONFIG_MAPS, { namespace, fieldSelector: OURS })) {
    words.push(word(event));
    if (event.type === "BOOKMARK")
      await client.patch(CONFIG_MAPS, ref, { data: { a: "1" } }, { type: "merge" });
    if (event.type === "MODIFIED") await client.delete(CONFIG_MAPS, ref);
    if (event.type === "DELETED") break;
  }
  expect(words).toEqual(["ADDED a", "BOOKMARK", "MODIFIED a", "DELETED a"]);
});

test("a watch may start at the version of a list, and may be metadata only", async () => {
  const namespace = uniqueName("watch");
  await client.createNamespace(namespace);
  await client.createSecret(namespace, "before", { key: "hunter2" });
  const list = await client.listMetadata(SECRETS, { namespace });
  await client.createSecret(namespace, "after", { key: "hunter2" });
  const { resourceVersion = "" } = list.metadata;
  for await (const event of client.watch(SECRETS, { namespace, resourceVersion, metadataOnly: true })) {
    expect(word(event)).toBe("ADDED after");
    expect(event).toMatchObject({ object: { kind: "PartialObjectMetadata" } });
    expect(JSON.stringify(event)).not.toContain(Buffer.from("hunter2").toString("base64"));
    break;
  }
});

test("an aborted watch just ends", async () => {
  const controller = new AbortController();
  for await (const event of client.watch(CONFIG_MAPS, { signal: controller.signal })) {
    if (event.type === "BOOKMARK") controller.abort();
  }
  expect(controller.signal.aborted).toBe(true);
});

test("the API server ends the stream every two seconds: not one of 2,000 events is missed or told twice", async () => {
  const namespace = uniqueName("watch");
  await client.createNamespace(namespace);
  const total = 2_000;
  const seen = new Map<string, number>();
  let streams = 0;
  const watcher = new BunK8sClient((await sharedCluster()).kubeconfigPath, {
    hooks: { onRequest: ({ verb }) => void (verb === "watch" && streams++) },
  });
  const watching = (async () => {
    for await (const event of watcher.watch<KubeObject>(CONFIG_MAPS, {
      namespace,
      fieldSelector: OURS,
      silenceMs: 2_500,
    })) {
      if (event.type === "BOOKMARK") continue;
      const name = event.object.metadata?.name ?? "";
      seen.set(name, (seen.get(name) ?? 0) + 1);
      if (seen.size === total) return;
    }
  })();
  // Spread over several streams: as fast as one after the other goes, four at a time.
  const names = Array.from({ length: total }, (_, at) => `e${at}`);
  const write = async () => {
    for (let name = names.shift(); name !== undefined; name = names.shift()) {
      await client.create(CONFIG_MAPS, { metadata: { namespace, name } });
      if (names.length % 100 === 0) await client.version();
    }
  };
  await Promise.all([write(), write()]);
  await watching;
  expect([...seen.values()].every((times) => times === 1)).toBe(true);
  expect(streams).toBeGreaterThan(1);
});

test("after a restart of the API server a watch goes on, and one from a forgotten version rejects with its 410", async () => {
  const own = await startCluster();
  try {
    const here = new BunK8sClient(own.kubeconfigPath);
    const words: string[] = [];
    for await (const event of here.watch(CONFIG_MAPS, { namespace: "default", fieldSelector: OURS })) {
      words.push(word(event));
      if (event.type === "BOOKMARK" && words.length === 1) {
        await own.restartApiServer();
        await here.create(CONFIG_MAPS, { metadata: { namespace: "default", name: "after" } });
      }
      if (event.type === "ADDED") break;
    }
    expect(words.filter((each) => each !== "BOOKMARK")).toEqual(["ADDED after"]);
    const first = async () => {
      for await (const event of here.watch(CONFIG_MAPS, { resourceVersion: "1" })) return event;
      return undefined;
    };
    expect(await failure(first())).toMatchObject({ statusCode: 410, verb: "watch" });
  } finally {
    await own.stop();
  }
});
