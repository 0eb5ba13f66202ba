import { expect, test } from "bun:test";
import { FluxLooks } from "../../../src/runtime/flux-looks.ts";

const keys = (count: number) => Array.from({ length: count }, (_, i) => `p${i}`);

test("a project is looked at after the first interval, then with doubled ones up to the longest", () => {
  const looks = new FluxLooks(1000, 5000);
  const delays: number[] = [];
  for (let now = 0, i = 0; i < 5; i++) {
    looks.wait("a", 6, now);
    const due = [1000, 2000, 4000, 5000].find((delay) => looks.due(now + delay).length > 0) ?? 0;
    delays.push(due);
    now += due;
  }
  expect(delays).toEqual([1000, 2000, 4000, 5000, 5000]);
});

test("a poll spends at most twenty requests, and everybody has a turn", () => {
  const looks = new FluxLooks(1000, 1000);
  for (const key of keys(10)) looks.wait(key, 6, 0);
  const turns = [1, 2, 3, 4].map(() => looks.due(1000));
  expect(turns.map((turn) => turn.length)).toEqual([3, 3, 3, 1]);
  expect(turns.flat()).toEqual(keys(10));
});

test("a project that costs more than a poll's budget is looked at all the same, alone", () => {
  const looks = new FluxLooks(1000, 1000);
  looks.wait("big", 40, 0);
  looks.wait("small", 2, 0);
  expect(looks.due(1000)).toEqual(["big"]);
  expect(looks.due(1000)).toEqual(["small"]);
});

test("one that is not due does not stand in the way of those behind it", () => {
  const looks = new FluxLooks(1000, 1000);
  looks.wait("later", 2, 900);
  looks.wait("now", 2, 0);
  expect(looks.due(1000)).toEqual(["now"]);
});

test("what does not wait any more is not looked at; a new spec begins with the first interval", () => {
  const looks = new FluxLooks(1000, 60_000);
  looks.wait("a", 2, 0);
  looks.forget("a");
  expect(looks.due(1e9)).toEqual([]);
  looks.wait("b", 2, 0);
  looks.due(1000);
  looks.reset("b");
  looks.wait("b", 2, 1000);
  expect(looks.due(2000)).toEqual(["b"]);
});
