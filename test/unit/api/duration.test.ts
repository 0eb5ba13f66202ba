import { expect, test } from "bun:test";
import { assert, integer, property, record } from "fast-check";
import { durationMs, parseDuration } from "../../../src/api/duration.ts";

test("Go durations become milliseconds", () => {
  const read = Object.fromEntries(
    ["90s", "1h30m", "1.5h", "250ms", "0s", "2m0.5s"].map((d) => [d, parseDuration(d)]),
  );
  expect(read).toEqual({
    "90s": 90_000,
    "1h30m": 5_400_000,
    "1.5h": 5_400_000,
    "250ms": 250,
    "0s": 0,
    "2m0.5s": 120_500,
  });
});

test("everything else is no duration", () => {
  for (const text of ["", "5", "1d", "-1m", "1 m", "m", "1m ", "1.m", ".5s", "1e3s", "10µs"]) {
    expect([text, parseDuration(text)]).toEqual([text, undefined]);
  }
  expect(() => durationMs("soon")).toThrow(RangeError);
});

test("the parts of a duration add up", () => {
  assert(
    property(
      record({
        h: integer({ min: 0, max: 99 }),
        m: integer({ min: 0, max: 99 }),
        s: integer({ min: 0, max: 99 }),
      }),
      ({ h, m, s }) => {
        return parseDuration(`${h}h${m}m${s}s`) === ((h * 60 + m) * 60 + s) * 1000;
      },
    ),
  );
});
