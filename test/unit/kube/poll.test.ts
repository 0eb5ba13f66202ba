import { describe, expect, test } from "bun:test";
import type { KubeObject } from "../../../src/kube/index.ts";
import { type Change, startPolling } from "../../../src/kube/verbs/poll.ts";

const object = (name: string, resourceVersion: string, uid = name): KubeObject => ({
  metadata: { name, uid, resourceVersion },
});
const word = ({ type, object }: Change) =>
  `${type} ${object.metadata?.name}@${object.metadata?.resourceVersion}`;

interface Run {
  words: string[];
  errors: unknown[];
}

/** Polls these lists one after the other (an Error is a list that fails) and ends after the last. */
async function poll(
  lists: (KubeObject[] | Error)[],
  onChange: (word: string) => unknown = () => undefined,
): Promise<Run> {
  const run: Run = { words: [], errors: [] };
  const remaining = [...lists];
  const polling = startPolling({
    interval: 1,
    async list() {
      const next = remaining.shift();
      if (next === undefined) {
        polling.stop();
        return { items: [] };
      }
      if (next instanceof Error) throw next;
      return { items: next };
    },
    async onChange(change) {
      await onChange(word(change));
      run.words.push(word(change));
    },
    onError: (error) => run.errors.push(error),
  });
  await polling.done;
  return run;
}

describe("polling", () => {
  test("tells what is added, changed and removed, by resourceVersion", async () => {
    const { words } = await poll([
      [object("a", "1"), object("b", "2")],
      [object("a", "1"), object("b", "3"), object("c", "4")],
      [object("c", "4")],
      [object("c", "4")],
    ]);
    expect(words).toEqual([
      "added a@1",
      "added b@2",
      "changed b@3",
      "added c@4",
      "removed a@1",
      "removed b@3",
    ]);
  });

  test("tells an object made anew under its old name as removed, then added", async () => {
    const { words } = await poll([[object("a", "1", "old")], [object("a", "2", "young")]]);
    expect(words).toEqual(["added a@1", "removed a@1", "added a@2"]);
  });

  test("a failing list removes nothing, is told, and loses no change", async () => {
    const failure = new Error("away");
    const { words, errors } = await poll([[object("a", "1")], failure, [object("a", "2")]]);
    expect(words).toEqual(["added a@1", "changed a@2"]);
    expect(errors).toEqual([failure]);
  });

  test("a change whose handler fails is told again", async () => {
    let failures = 1;
    const { words, errors } = await poll([[object("a", "1")], [object("a", "1")]], () => {
      if (failures-- > 0) throw new Error("not now");
    });
    expect(words).toEqual(["added a@1"]);
    expect(errors).toHaveLength(1);
  });

  test("rounds never overlap, however slow the list and the handler are", async () => {
    let under = 0;
    let most = 0;
    let rounds = 0;
    const busy = async () => {
      most = Math.max(most, ++under);
      await Bun.sleep(5);
      under--;
    };
    const polling = startPolling({
      interval: 1,
      async list() {
        await busy();
        if (++rounds === 5) polling.stop();
        return { items: [object("a", String(rounds))] };
      },
      onChange: busy,
    });
    await polling.done;
    expect(most).toBe(1);
  });

  test("ends with its signal, and gives a list under way up", async () => {
    const controller = new AbortController();
    const polling = startPolling({
      interval: 60_000,
      signal: controller.signal,
      list: (signal) =>
        new Promise((_, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason));
          controller.abort();
        }),
      onChange: () => undefined,
      onError: () => {
        throw new Error("an aborted list is no error");
      },
    });
    await polling.done;
    expect(controller.signal.aborted).toBe(true);
  });
});
