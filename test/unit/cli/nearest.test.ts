import { expect, test } from "bun:test";
import { nearest } from "../../../src/cli/nearest.ts";

const NAMES = ["shop", "shop-eu", "blog", "payments", "8888"];

test.each([
  ["shpo", ["shop"]],
  ["sho", ["shop", "shop-eu"]],
  ["paymens", ["payments"]],
  ["888", ["8888"]],
  ["unrelated", []],
  ["b", []],
])("who types %s is offered %j", (typed, offered) => {
  expect(nearest(typed, NAMES)).toEqual(offered);
});
