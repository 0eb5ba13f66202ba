import { expect, test } from "bun:test";
import { WorkQueue } from "../../../src/runtime/queue.ts";
import { eventually } from "../../cluster/eventually.ts";

/** A queue whose work ends when the test says so. */
function manual(concurrency = 2) {
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  const queue = new WorkQueue(concurrency, (key) => {
    started.push(key);
    return new Promise((done) => ends.set(key, done));
  });
  const end = async (key: string) => {
    ends.get(key)?.();
    // Two turns: the work's own promise, and what follows it.
    await Promise.resolve();
    await Promise.resolve();
  };
  return { queue, started, end };
}

test("keys are worked on in the order of arrival, as many at once as there are workers", async () => {
  const { queue, started, end } = manual(2);
  for (const key of ["a", "b", "c", "d"]) queue.add(key);
  expect(started).toEqual(["a", "b"]);
  expect(queue.depth).toBe(2);
  await end("b");
  expect(started).toEqual(["a", "b", "c"]);
});

test("a key that waits already is not added twice", () => {
  const { queue, started } = manual(1);
  queue.add("a");
  queue.add("b");
  queue.add("b");
  expect(queue.depth).toBe(1);
  expect(started).toEqual(["a"]);
});

test("one worker a key: what is added during its work is worked on once more, afterwards", async () => {
  const { queue, started, end } = manual(4);
  queue.add("a");
  queue.add("a");
  queue.add("a");
  expect(started).toEqual(["a"]);
  await end("a");
  expect(started).toEqual(["a", "a"]);
  await end("a");
  expect(started).toHaveLength(2);
  expect(queue.busy).toBe(false);
});

test("a key that is slow holds up nobody else", async () => {
  const { queue, started, end } = manual(2);
  for (const key of ["slow", "b", "c"]) queue.add(key);
  await end("b");
  await end("c");
  expect(started).toEqual(["slow", "b", "c"]);
  expect(queue.busy).toBe(true);
});

test("a delayed key comes after its delay, and an immediate one takes the delay's place", async () => {
  const { queue, started, end } = manual();
  queue.addAfter("a", 5);
  queue.addAfter("b", 60_000);
  expect(started).toEqual([]);
  expect(queue.has("b")).toBe(true);
  expect(queue.depth).toBe(0);
  await eventually(() => started.includes("a"), { everyMs: 1 });
  queue.add("b");
  expect(started).toEqual(["a", "b"]);
  await end("b");
  expect(queue.has("b")).toBe(false);
});

test("a later delay replaces an earlier one", async () => {
  const { queue, started } = manual();
  queue.addAfter("a", 60_000);
  queue.addAfter("a", 1);
  await eventually(() => started.length === 1, { everyMs: 1 });
});

test("a forgotten key is not worked on", async () => {
  const { queue, started, end } = manual(1);
  for (const key of ["a", "b", "a"]) queue.add(key);
  queue.addAfter("c", 1);
  for (const key of ["a", "b", "c"]) queue.forget(key);
  await end("a");
  expect(started).toEqual(["a"]);
  expect(queue.has("c")).toBe(false);
});

test("stop takes no more, and ends when what is under way has ended", async () => {
  const { queue, started, end } = manual(1);
  queue.add("a");
  queue.add("b");
  queue.addAfter("c", 1);
  let stopped = false;
  const stopping = queue.stop().then(() => {
    stopped = true;
  });
  queue.add("d");
  await Promise.resolve();
  expect(stopped).toBe(false);
  await end("a");
  await stopping;
  expect(started).toEqual(["a"]);
  expect(queue.busy).toBe(false);
});

test("stop ends at once when nothing is under way", async () => {
  await new WorkQueue(1, async () => undefined).stop();
});
