import { expect, test } from "bun:test";
import type { Secret } from "kubernetes-types/core/v1";
import { changedAt, differenceOf } from "../../../src/cli/diagnose/credential/copy-difference.ts";
import type { CopyRead } from "../../../src/cli/diagnose/reads/copies.ts";

const WANTED = { identity: "d2FudGVk", "identity.pub": "cHVi", known_hosts: "aG9zdHM=" };

interface Entry {
  manager: string;
  time: string;
  keys: string[];
}

const entry = ({ manager, time, keys }: Entry) => ({
  manager,
  time,
  operation: "Update",
  fieldsV1: { "f:data": Object.fromEntries(keys.map((key) => [`f:${key}`, {}])) },
});

function copy(data: Record<string, string>, ...entries: Entry[]): CopyRead {
  const managedFields = entries.map(entry);
  const secret: Secret = { metadata: { name: "shop-git-auth", managedFields }, data };
  return {
    environment: "staging",
    ref: { namespace: "project-shop-staging", name: "shop-git-auth" },
    use: "git",
    source: secret,
    wanted: { type: "kubernetes.io/ssh-auth", data: WANTED },
    seen: { state: "found", object: secret },
  };
}

const OURS = { manager: "projectgitops", time: "2026-11-22T08:00:00Z", keys: Object.keys(WANTED) };
const EDIT = { manager: "kubectl-edit", time: "2026-11-22T09:00:00Z", keys: ["identity"] };

test("a copy that holds what is wanted does not differ, whatever stands beside it and whoever wrote it", () => {
  const alike = copy({ ...WANTED, note: "bWluZQ==" }, OURS, EDIT);
  expect(differenceOf(alike, true)).toEqual({ edited: [], outdated: [], writer: undefined });
});

test("a key that somebody else wrote last was edited, and the latest writer is told", () => {
  const sed = { ...EDIT, manager: "sed", time: "2026-11-22T09:30:00Z", keys: ["known_hosts"] };
  const read = copy({ ...WANTED, identity: "b3RoZXI=", known_hosts: "b3RoZXI=" }, OURS, EDIT, sed);
  expect(differenceOf(read, true)).toEqual({
    edited: ["identity", "known_hosts"],
    outdated: [],
    writer: { manager: "sed", time: "2026-11-22T09:30:00Z" },
  });
});

test("a key that the operator itself wrote last is only outdated", () => {
  const read = copy({ ...WANTED, identity: "b2xk" }, OURS);
  expect(differenceOf(read, false)).toEqual({ edited: [], outdated: ["identity"], writer: undefined });
});

test("a key that is not there was removed, unless the Secret has got it since the copy was made", () => {
  const { known_hosts: _, ...rest } = WANTED;
  const without = { ...OURS, keys: Object.keys(rest) };
  expect(differenceOf(copy(rest, without), true)).toMatchObject({ edited: ["known_hosts"] });
  expect(differenceOf(copy(rest, without), false)).toMatchObject({ edited: [], outdated: ["known_hosts"] });
});

test("a Secret changed when somebody last wrote its data", () => {
  expect(changedAt(copy({}, OURS, EDIT))).toBe(Date.parse(EDIT.time));
  expect(changedAt(copy({}))).toBeUndefined();
});
