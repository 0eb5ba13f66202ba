/**
 * Least privilege, proved: holds what deploy/ grants the operator against what its operators used in the last whole
 * runs of `npm test` and `npm run test:e2e`, as the API servers' audit logs noted it. Fails on a right that nothing
 * used, on one that was used and is not granted, and on a request of the operator that its own confinement refused.
 * The last line is `N passed, N failed`.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadAll } from "js-yaml";
import type { ClusterRole } from "kubernetes-types/rbac/v1";
import { rightsOf, rightText } from "../src/cli/diagnose/installation/rights.ts";
import type { PermissionsUsed } from "../test/cluster/permissions.ts";
import { PERMISSION_RUNS, permissionsFolder } from "./permission-runs.ts";

const ROOT = join(import.meta.dir, "..");
const ROLES = ["deploy/cluster-role.yaml", "deploy/leader-election.yaml"];

const granted = ROLES.flatMap(rightsIn).toSorted();
const seen = PERMISSION_RUNS.map((run) => ({ run, ...readRun(permissionsFolder(run)) }));
const all = new Set(seen.flatMap(({ used }) => used));
const checks: readonly [title: string, broken: readonly string[]][] = [
  ...granted.map((right): [string, string[]] => [
    `${right}: used in ${runsOf(right) || "no run"}`,
    all.has(right) ? [] : ["granted in deploy/ and never used: take it out, or test what needs it"],
  ]),
  [
    "nothing was used that deploy/ does not grant",
    [...all].filter((right) => !granted.includes(right)).toSorted(),
  ],
  ["the operator ran into none of its own policies", seen.flatMap(({ confined }) => confined)],
];
for (const [title, broken] of checks) {
  process.stdout.write(`(${broken.length === 0 ? "pass" : "fail"}) ${title}\n`);
  for (const line of broken) process.stdout.write(`    ${line}\n`);
}
const failed = checks.filter(([, broken]) => broken.length > 0).length;
process.stdout.write(`${checks.length - failed} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);

function runsOf(right: string): string {
  return seen
    .filter(({ used }) => used.includes(right))
    .map(({ run }) => run)
    .join(" and ");
}

function rightsIn(path: string): string[] {
  const roles = loadAll(readFileSync(join(ROOT, path), "utf8")) as ClusterRole[];
  return roles.flatMap(({ rules, metadata }) => rightsOf(rules ?? [], metadata?.namespace).map(rightText));
}

function readRun(folder: string): PermissionsUsed {
  if (!existsSync(folder)) {
    process.stderr.write(
      `error: no whole test run has left its permissions in ${folder}\n  next: npm test && npm run test:e2e\n`,
    );
    process.stdout.write("0 passed, 1 failed\n");
    process.exit(2);
  }
  const notes = readdirSync(folder).map(
    (name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as PermissionsUsed,
  );
  return {
    used: [...new Set(notes.flatMap(({ used }) => used))],
    confined: notes.flatMap(({ confined }) => confined),
  };
}
