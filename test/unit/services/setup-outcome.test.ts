import { expect, test } from "bun:test";
import { ANNOTATIONS } from "../../../src/api/names.ts";
import type { Condition, ProjectGitOps, ProjectGitOpsStatus } from "../../../src/api/schema.ts";
import { outcomeOf } from "../../../src/services/setup-outcome.ts";

const condition = (type: string, status: Condition["status"], reason: string): Condition => ({
  type,
  status,
  reason,
  message: `because of ${reason}`,
  lastTransitionTime: "2026-11-22T00:00:00Z",
});

function project(status: ProjectGitOpsStatus | undefined, requestedAt?: string): ProjectGitOps {
  const annotations = requestedAt === undefined ? {} : { [ANNOTATIONS.requestedAt]: requestedAt };
  const metadata = { namespace: "platform", name: "shop", generation: 2, annotations };
  return { metadata, ...(status && { status }) } as ProjectGitOps;
}

test("a project that no operator has seen is under way", () => {
  expect(outcomeOf(project(undefined))).toEqual({ kind: "under way" });
  expect(outcomeOf(project({ observedGeneration: -1 }))).toEqual({ kind: "under way" });
});

test("COMPLETED of this generation is the end", () => {
  expect(outcomeOf(project({ observedGeneration: 2, phase: "COMPLETED" }))).toEqual({ kind: "completed" });
});

test("COMPLETED and FAILED of an earlier generation are no answer", () => {
  const cause = { reason: "HeldByAnother", message: "held" };
  expect(outcomeOf(project({ observedGeneration: 1, phase: "COMPLETED" })).kind).toBe("under way");
  expect(outcomeOf(project({ observedGeneration: 1, phase: "FAILED", setup: { cause } })).kind).toBe(
    "under way",
  );
});

test("a FAILED from before the request to try again is no answer", () => {
  const status = {
    observedGeneration: 2,
    phase: "FAILED",
    setup: { cause: { reason: "X", message: "x" } },
  } as const;
  expect(outcomeOf(project(status, "now")).kind).toBe("under way");
  expect(outcomeOf(project({ ...status, lastHandledReconcileAt: "now" }, "now")).kind).toBe("failed");
});

test("FAILED gives the first cause, not the last symptom", () => {
  const cause = { reason: "QuotaExceeded", message: "raise it", object: "Secret a/b", at: "t" };
  const conditions = [condition("Stalled", "True", "SetupFailed")];
  const status: ProjectGitOpsStatus = {
    observedGeneration: 2,
    phase: "FAILED",
    setup: { outcome: "Failed", cause },
    conditions,
  };
  expect(outcomeOf(project(status))).toMatchObject({
    kind: "failed",
    cause: { phase: "FAILED", reason: "QuotaExceeded", message: "raise it", object: "Secret a/b" },
  });
});

test("ROLLING_BACK is waited for: FAILED comes with all of it taken back", () => {
  const cause = { reason: "Forbidden", message: "no" };
  const status: ProjectGitOpsStatus = {
    observedGeneration: 2,
    phase: "ROLLING_BACK",
    setup: { outcome: "RollingBack", cause },
  };
  expect(outcomeOf(project(status)).kind).toBe("under way");
});

test("a stalled project has failed, whatever its phase: nothing goes on by itself", () => {
  const conditions = [
    condition("Ready", "False", "InvalidSpec"),
    condition("Stalled", "True", "InvalidSpec"),
  ];
  expect(
    outcomeOf(project({ observedGeneration: 2, phase: "CREATING_NAMESPACES", conditions })),
  ).toMatchObject({
    kind: "failed",
    cause: { phase: "CREATING_NAMESPACES", reason: "InvalidSpec" },
  });
});

test("a suspended project has failed even with COMPLETED from before: this generation is not carried out", () => {
  const conditions = [condition("Ready", "True", "Suspended")];
  expect(outcomeOf(project({ observedGeneration: 2, phase: "COMPLETED", conditions }))).toMatchObject({
    kind: "failed",
    cause: { reason: "Suspended" },
  });
});
