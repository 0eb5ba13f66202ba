import { expect, test } from "bun:test";
import { Backoff } from "../../../src/runtime/backoff.ts";

const SHORTEST = 750;
const LONGEST = 15 * 60_000;

test("each failure doubles the longest wait, from 750 ms to 15 min", () => {
  const backoff = new Backoff(() => 1);
  const waits = Array.from({ length: 30 }, () => backoff.next("a"));
  expect(waits.slice(0, 3)).toEqual([1500, 3000, 6000]);
  expect(waits).toEqual([...waits].sort((a, b) => a - b));
  expect(waits.at(-1)).toBe(LONGEST);
});

test("full jitter: any wait from the shortest to the longest of its turn, never less", () => {
  const least = new Backoff(() => 0);
  expect([least.next("a"), least.next("a"), least.next("a")]).toEqual([SHORTEST, SHORTEST, SHORTEST]);
  const random = new Backoff();
  const waits = Array.from({ length: 200 }, () => {
    random.reset("a");
    return random.next("a");
  });
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(SHORTEST);
  expect(Math.max(...waits)).toBeLessThanOrEqual(1500);
  expect(new Set(waits).size).toBeGreaterThan(50);
});

test("keys count apart, and a reset begins anew", () => {
  const backoff = new Backoff(() => 1);
  backoff.next("a");
  backoff.next("a");
  expect(backoff.next("b")).toBe(1500);
  backoff.reset("a");
  expect(backoff.next("a")).toBe(1500);
});
