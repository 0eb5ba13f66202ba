import { expect, test } from "bun:test";
import { NOT_PERMITTED } from "../../../src/cli/diagnose/catalogue/installation.ts";
import { found } from "../../../src/cli/diagnose/finding-kind.ts";
import { diagnosisText } from "../../../src/cli/diagnose/text.ts";
import type { Io } from "../../../src/cli/io.ts";

const NOW = Date.parse("2026-11-22T10:00:00Z");
const io = (columns: number | undefined): Io => ({
  out: () => undefined,
  err: () => undefined,
  colour: false,
  columns,
  name: "kubectl projectgitops",
  now: () => NOW,
  readInput: () => Promise.resolve(""),
  prompt: () => Promise.resolve(undefined),
  interrupted: () => new AbortController().signal,
});
const LONG = "words that go on and on ".repeat(6).trim();
const FIX = `projectgitops reconcile shop -n platform --with-source --wait --timeout 10m --context ${"c".repeat(60)}`;
const text = (columns: number | undefined, what = LONG) =>
  diagnosisText(
    [
      found(NOT_PERMITTED, {
        object: "Secret platform/shop-git",
        what,
        evidence: LONG,
        cause: LONG,
        fix: FIX,
        since: "2026-11-22T09:57:00Z",
      }),
    ],
    { subject: "shop (platform)", things: 3, milliseconds: 120 },
    io(columns),
  );

test("nothing but a fix, which must be pasted, is longer than the terminal is wide", () => {
  const lines = text(80).split("\n");
  const long = lines.filter((line) => line.length > 80);
  expect(long).toEqual([`${" ".repeat(11)}fix    ${FIX.replace("projectgitops", "kubectl projectgitops")}`]);
});

test("since when is never torn apart", () => {
  for (let length = 40; length < 70; length++) expect(text(80, "x".repeat(length))).toContain("(since 3m)");
});

test("in a pipe no line is broken", () => {
  expect(text(undefined).trimEnd().split("\n")).toHaveLength(7);
});
