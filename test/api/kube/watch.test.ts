import { beforeAll, expect, test } from "bun:test";
import { BunK8sClient, CONFIG_MAPS, SECRETS, type WatchEvent } from "../../../src/kube/index.ts";
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

test("a metadata-only watch of nothing begins with a bookmark, and then tells what comes", async () => {
  const namespace = uniqueName("watch");
  await client.createNamespace(namespace);
  const words: string[] = [];
  for await (const event of client.watch(SECRETS, { namespace, metadataOnly: true })) {
    words.push(word(event));
    if (event.type !== "BOOKMARK") break;
    await client.createSecret(namespace, "first", { key: "hunter2" });
  }
  expect(words).toEqual(["BOOKMARK", "ADDED first"]);
});

test("an aborted watch just ends", async () => {
  const controller = new AbortController();
  for await (const event of client.watch(CONFIG_MAPS, { signal: controller.signal })) {
    if (event.type === "BOOKMARK") controller.abort();
  }
  expect(controller.signal.aborted).toBe(true);
});

test("while the API server ends the stream every second, no event is missed or told twice", async () => {
  const namespace = uniqueName("watch");
  await client.createNamespace(namespace);
  let streams = 0;
  const hooks = { onRequest: ({ verb }: { verb: string }) => void (verb === "watch" && streams++) };
  const watcher = new BunK8sClient((await sharedCluster()).kubeconfigPath, { hooks });
  const seen: string[] = [];
  const watching = (async () => {
    // The server is asked to end the stream after 0.7 to 0.95 of the silence, in whole seconds.
    for await (const event of watcher.watch(CONFIG_MAPS, {
      namespace,
      fieldSelector: OURS,
      silenceMs: 1_500,
    })) {
      if (event.type === "BOOKMARK") continue;
      seen.push(event.object.metadata?.name ?? "");
      // Events come in the order of the writes: with the last one all must have come.
      if (seen.at(-1) === "last") return;
    }
  })();
  const written: string[] = [];
  const write = async (writer: string) => {
    for (let number = 0; streams < 4; number++) {
      const name = `${writer}-${number}`;
      await client.create(CONFIG_MAPS, { metadata: { namespace, name } });
      written.push(name);
    }
  };
  await Promise.all([write("a"), write("b"), write("c")]);
  await client.create(CONFIG_MAPS, { metadata: { namespace, name: "last" } });
  await watching;
  expect(seen.toSorted()).toEqual([...written, "last"].toSorted());
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
}, 180_000);
