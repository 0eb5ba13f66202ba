import { expect, test } from "bun:test";
import type { ProjectGitOps } from "../../../src/api/schema.ts";
import { projectRow, shortRevision } from "../../../src/cli/project-row.ts";

const NOW = Date.parse("2026-11-22T12:00:00Z");
const health = (ready: "True" | "False", revision?: string) => ({
  ready,
  reason: "Any",
  message: "",
  ...(revision ? { revision } : {}),
});

function project(status: ProjectGitOps["status"]): ProjectGitOps {
  const spec = { projectId: "shop", git: { url: "https://git.example.com/shop" }, environments: [{}, {}] };
  return {
    metadata: { name: "shop", namespace: "platform", creationTimestamp: "2026-11-22T11:58:00Z" },
    spec,
    status,
  } as ProjectGitOps;
}

test("a project that nobody has looked at says so", () => {
  expect(projectRow(project({ observedGeneration: -1 }), NOW)).toMatchObject({
    phase: "-",
    ready: "-",
    environments: "0/2",
    revision: "-",
    age: "2m",
    message: "not seen by the operator yet",
  });
});

test("what is applied is told in short, with a count of the revisions that differ", () => {
  const row = projectRow(
    project({
      phase: "COMPLETED",
      environmentsReady: "1/2",
      environments: [
        {
          name: "a",
          namespace: "a",
          source: health("True"),
          delivery: health("True", "main@sha1:1f3c9ab5d6"),
        },
        {
          name: "b",
          namespace: "b",
          source: health("False"),
          delivery: health("True", "main@sha1:77ad01e900"),
        },
      ],
    }),
    NOW,
  );
  expect(row).toMatchObject({ environments: "1/2", revision: "main@1f3c9ab +1" });
});

test("a Ready project has no message, another one that of its condition Ready", () => {
  const condition = { type: "Ready", reason: "Any", lastTransitionTime: "2026-11-22T11:58:00Z" };
  const ready = project({ conditions: [{ ...condition, status: "True", message: "3 of 3 environments" }] });
  const failed = project({
    conditions: [{ ...condition, status: "False", message: "git host refused the key" }],
  });
  expect(projectRow(ready, NOW).message).toBe("");
  expect(projectRow(failed, NOW).message).toBe("git host refused the key");
});

test.each([
  ["main@sha1:1f3c9ab5d6e7", "main@1f3c9ab"],
  ["sha1:1f3c9ab5d6e7", "1f3c9ab"],
  ["v1.4.2", "v1.4.2"],
])("the revision %s is printed as %s", (revision, short) => {
  expect(shortRevision(revision)).toBe(short);
});
