import { expect, test } from "bun:test";
import type { BunK8sClient } from "../../../src/kube/index.ts";
import { CrdCheck } from "../../../src/runtime/crd-check.ts";

/** Answers what the CRD is at the moment of the question; the race cannot be had from a real API server at will. */
function crd() {
  const state = { asked: 0, deletionTimestamp: undefined as string | undefined, fails: false };
  const getMetadata = () => {
    state.asked++;
    if (state.fails) return Promise.reject(new Error("no answer"));
    const { deletionTimestamp } = state;
    return Promise.resolve({ metadata: deletionTimestamp ? { deletionTimestamp } : {} });
  };
  const client = { getMetadata } as unknown as Pick<BunK8sClient, "getMetadata">;
  const check = new CrdCheck(client, 5000);
  return { state, ask: (uid: string, now: number) => check.isBeingDeleted(uid, now, {}) };
}

test("an answer from before a project's deletion does not decide over that project", async () => {
  const { state, ask } = crd();
  expect(await ask("first", 0)).toBe(false);
  // Within the interval: somebody deletes the CRD, and all its objects with it.
  state.deletionTimestamp = "2026-11-22T06:00:00Z";
  expect(await ask("second", 100)).toBe(true);
  expect(await ask("first", 200)).toBe(true);
});

test("a project that has its answer asks again once an interval", async () => {
  const { state, ask } = crd();
  for (const now of [0, 1000, 4999]) await ask("first", now);
  expect(state.asked).toBe(1);
  await ask("first", 5000);
  expect(state.asked).toBe(2);
});

test("a question without an answer is asked again, and decides nothing", async () => {
  const { state, ask } = crd();
  state.fails = true;
  await expect(ask("first", 0)).rejects.toThrow("no answer");
  state.fails = false;
  state.deletionTimestamp = "2026-11-22T06:00:00Z";
  expect(await ask("first", 1)).toBe(true);
});
