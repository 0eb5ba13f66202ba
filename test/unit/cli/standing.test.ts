import { expect, test } from "bun:test";
import type { ProjectGitOps } from "../../../src/api/schema.ts";
import { standingOf } from "../../../src/api/standing.ts";

interface Given {
  generation?: number;
  requestedAt?: string;
  ready?: "True" | "False" | "Unknown";
  reason?: string;
  stalled?: boolean;
  phase?: string;
}

/** A project at generation 2, whose status speaks of this generation and answers the request "now". */
function project({ generation = 2, requestedAt = "now", ready, reason = "Any", stalled, phase }: Given) {
  const condition = (type: string, status: string) => ({ type, status, reason, message: `says ${type}` });
  return {
    metadata: { generation: 2, annotations: { "reconcile.fluxcd.io/requestedAt": requestedAt } },
    status: {
      observedGeneration: generation,
      lastHandledReconcileAt: "now",
      phase,
      conditions: [
        ...(ready ? [condition("Ready", ready)] : []),
        ...(stalled ? [condition("Stalled", "True")] : []),
      ],
    },
  } as unknown as ProjectGitOps;
}

test.each<[string, Given, string]>([
  ["Ready for what it says now", { ready: "True" }, "ready"],
  ["Ready of an older generation is no answer", { ready: "True", generation: 1 }, "under way"],
  ["Ready from before the last request is no answer", { ready: "True", requestedAt: "later" }, "under way"],
  ["not Ready, and work goes on", { ready: "False" }, "under way"],
  ["Stalled: waiting does not help", { ready: "False", stalled: true }, "stuck"],
  ["a set-up that was given up", { ready: "False", phase: "FAILED" }, "stuck"],
  ["suspended, though it was Ready", { ready: "True", reason: "Suspended" }, "stuck"],
  [
    "Stalled of an older generation is no answer",
    { ready: "False", stalled: true, generation: 1 },
    "under way",
  ],
  ["nothing said yet", {}, "under way"],
])("%s", (_, given, kind) => {
  expect(standingOf(project(given)).kind).toBe(kind as never);
});
