import { expect, test } from "bun:test";
import { age } from "../../../src/cli/age.ts";

const NOW = Date.parse("2026-11-22T12:00:00Z");

test.each([
  ["2026-11-18T11:00:00Z", "4d"],
  ["2026-11-22T09:00:01Z", "2h"],
  ["2026-11-22T11:58:00Z", "2m"],
  ["2026-11-22T11:59:59Z", "1s"],
  ["2026-11-22T12:00:00Z", "0s"],
])("%s is %s ago", (timestamp, expected) => {
  expect(age(timestamp, NOW)).toBe(expected);
});

test("a clock ahead of ours counts as now", () => {
  expect(age("2026-11-22T12:00:09Z", NOW)).toBe("0s");
});

test("an object without a time has an unknown age", () => {
  expect(age(undefined, NOW)).toBe("<unknown>");
});
