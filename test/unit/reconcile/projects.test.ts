import { expect, test } from "bun:test";
import type { ProjectGitOps } from "../../../src/api/schema.ts";
import { announcement } from "../../../src/reconcile/events.ts";
import { needsClaim, Projects } from "../../../src/reconcile/index.ts";
import { deleting, minutesAgo, OTHER_UID, project, UID } from "../machine/support.ts";

const KEY = "platform/shop";
const at = (resourceVersion: string, more: Partial<ProjectGitOps["metadata"]> = {}): ProjectGitOps => {
  const made = project();
  return { ...made, metadata: { ...made.metadata, resourceVersion, ...more } };
};

test("a new project, a new version and a new uid are news; what was read is not", () => {
  const projects = new Projects();
  expect(projects.isNews(KEY, UID, "1")).toBe(true);
  projects.remember(at("1"));
  expect(projects.isNews(KEY, UID, "1")).toBe(false);
  expect(projects.isNews(KEY, UID, "2")).toBe(true);
  expect(projects.isNews(KEY, OTHER_UID, "1")).toBe(true);
});

test("a list that is behind our own writes is no news", () => {
  const projects = new Projects();
  for (const version of ["1", "2", "3"]) projects.remember(at(version));
  expect(projects.isNews(KEY, UID, "1")).toBe(false);
  expect(projects.isNews(KEY, UID, "2")).toBe(false);
  projects.remember(at("1", { uid: OTHER_UID }));
  expect(projects.isNews(KEY, UID, "2")).toBe(true);
});

test("a list that is behind our finalizer patch is no news, though that version was never read", () => {
  const projects = new Projects();
  projects.remember(at("2"), "1");
  expect(projects.isNews(KEY, UID, "1")).toBe(false);
  expect(projects.isNews(KEY, UID, "2")).toBe(false);
  expect(projects.isNews(KEY, UID, "3")).toBe(true);
});

test("peers are others with the same projectId that are not on their way out", () => {
  const projects = new Projects();
  const self = at("1");
  const other = at("1", { name: "other", uid: OTHER_UID, creationTimestamp: minutesAgo(5) });
  projects.remember(self);
  projects.remember(other);
  expect(projects.peers(self)).toEqual([
    {
      key: "platform/other",
      uid: OTHER_UID,
      creationTimestamp: minutesAgo(5),
      sameProjectId: true,
      namespaces: other.spec.environments.map(({ name }) => `project-shop-${name}`),
    },
  ]);
  projects.remember(deleting(other));
  expect(projects.peers(self)).toEqual([]);
  projects.remember({ ...other, spec: { ...other.spec, projectId: "blog" } });
  expect(projects.peers(self)).toEqual([]);
});

test("a list that is behind our finalizer patch is no news, though that version was never read", () => {
  const projects = new Projects();
  projects.remember(at("2"), "1");
  expect(projects.isNews(KEY, UID, "1")).toBe(false);
  expect(projects.isNews(KEY, UID, "2")).toBe(false);
  expect(projects.isNews(KEY, UID, "3")).toBe(true);
});

test("peers are others too whose names run into the same namespaces", () => {
  const projects = new Projects();
  const self = at("1");
  const [environment] = self.spec.environments;
  const environments = [{ ...environment, name: "b-c" }] as typeof self.spec.environments;
  const wide = { ...self, spec: { ...self.spec, projectId: "a", environments } };
  const other = at("1", { name: "other", uid: OTHER_UID });
  const narrow = { ...environments[0], name: "c" } as (typeof environments)[number];
  projects.remember({ ...other, spec: { ...other.spec, projectId: "a-b", environments: [narrow] } });
  expect(projects.peers(wide)).toMatchObject([{ sameProjectId: false, namespaces: ["project-a-b-c"] }]);
});

test("a project is claimed unless it has our finalizer or is on its way out", () => {
  expect(needsClaim(project({}, { finalizers: [] }))).toBe(true);
  expect(needsClaim(project({}, { finalizers: ["someone.else/finalizer"] }))).toBe(true);
  expect(needsClaim(project())).toBe(false);
  expect(needsClaim(deleting(project({}, { finalizers: [] })))).toBe(false);
});

const told = (
  phase: NonNullable<ProjectGitOps["status"]>["phase"],
  status: "True" | "False" | "Unknown",
  reason: string,
): ProjectGitOps => ({
  ...project(),
  status: {
    phase,
    conditions: [{ type: "Ready", status, reason, message: "words", lastTransitionTime: minutesAgo(1) }],
  },
});

test("an event tells a transition, with the phases that went by; without one there is none", () => {
  const before = project();
  const passed = ["CREATING_NAMESPACES", "CREATING_SECRETS", "COMPLETED"];
  expect(announcement(before, told("COMPLETED", "Unknown", "WaitingForFlux"), passed)).toEqual({
    type: "Normal",
    reason: "Completed",
    note: "CREATING_NAMESPACES → CREATING_SECRETS → COMPLETED: words",
  });
  const settled = told("COMPLETED", "True", "Completed");
  expect(announcement(settled, settled, ["COMPLETED"])).toBeUndefined();
  expect(announcement(settled, told("COMPLETED", "False", "SourceNotReady"), ["COMPLETED"])).toEqual({
    type: "Warning",
    reason: "SourceNotReady",
    note: "words",
  });
});

test("the note of an event is never longer than the API server takes", () => {
  const after = told("FAILED", "False", "Forbidden");
  const [ready] = after.status?.conditions ?? [];
  if (!ready) throw new Error("no condition");
  const long = {
    ...after,
    status: { ...after.status, conditions: [{ ...ready, message: "ü".repeat(5000) }] },
  };
  expect(Buffer.byteLength(announcement(project(), long, [])?.note ?? "")).toBeLessThanOrEqual(1024);
});

test("phases of a pass whose status did not get through are handed to the next pass, once", () => {
  const projects = new Projects();
  const entered = [{ name: "CREATING_NAMESPACES", startedAt: "2026-11-22T00:00:00Z" }] as const;
  projects.keepUntold("uid", entered);
  expect(projects.takeUntold("other")).toEqual([]);
  expect(projects.takeUntold("uid")).toEqual(entered);
  expect(projects.takeUntold("uid")).toEqual([]);
});
