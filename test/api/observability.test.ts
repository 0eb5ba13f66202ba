import { afterAll, beforeAll, expect, test } from "bun:test";
import { PROJECTS } from "../../src/reconcile/index.ts";
import { eventually } from "../cluster/index.ts";
import { untilReady } from "./support/flux.ts";
import { requestsAbout, untilPolled, untilResynced } from "./support/requests.ts";
import {
  giveCredential,
  openScope,
  projectObject,
  type Scope,
  uniqueProject,
  untilPhase,
} from "./support/scope.ts";

let scope: Scope;
const id = uniqueProject();
beforeAll(async () => {
  scope = await openScope();
  await giveCredential(scope);
  await scope.admin.create(PROJECTS, projectObject(scope.namespace, id));
  await untilReady(scope, id);
});
afterAll(() => scope.stop());

/** Value of one metric line, by its name and the labels that it has to carry. */
async function metric(name: string, labels: Record<string, string> = {}): Promise<number | undefined> {
  const found = (await scope.operator.metrics())
    .split("\n")
    .filter((text) => text.startsWith(`${name}{`) || text.startsWith(`${name} `))
    .find((text) => Object.entries(labels).every(([key, value]) => text.includes(`${key}="${value}"`)));
  return found === undefined ? undefined : Number(found.slice(found.lastIndexOf(" ")));
}

const METRICS = [
  ["project_info", "gauge"],
  ["reconcile_total", "counter"],
  ["reconcile_duration_seconds", "histogram"],
  ["setup_duration_seconds", "histogram"],
  ["poll_duration_seconds", "histogram"],
  ["poll_last_success_timestamp_seconds", "gauge"],
  ["queue_depth", "gauge"],
  ["api_requests_total", "counter"],
  ["api_request_duration_seconds", "histogram"],
  ["leader", "gauge"],
] as const;

test.each([...METRICS])("/metrics has projectgitops_%s, a %s with a help text", async (name, type) => {
  const text = await scope.operator.metrics();
  expect(text).toContain(`# TYPE projectgitops_${name} ${type}\n`);
  expect(text).toMatch(new RegExp(`# HELP projectgitops_${name} \\w+`));
});

test("project_info shows each project with its phase and Ready, under exported_namespace", async () => {
  const labels = { exported_namespace: scope.namespace, name: id, project: id };
  const state = { phase: "COMPLETED", ready: "True", suspended: "false" };
  await eventually(async () => (await metric("projectgitops_project_info", { ...labels, ...state })) === 1);
});

test("a set-up is measured once, and each pass is counted by its outcome", async () => {
  expect(await metric("projectgitops_setup_duration_seconds_count")).toBe(1);
  expect(await metric("projectgitops_reconcile_total", { outcome: "settled" })).toBeGreaterThan(0);
});

test("requests are counted by verb, resource and code, and a project's name is in none of them", async () => {
  const namespaces = { verb: "create", resource: "namespaces", code: "201" };
  expect(await metric("projectgitops_api_requests_total", namespaces)).toBe(3);
  const lines = (await scope.operator.metrics()).split("\n");
  expect(lines.filter((text) => text.includes(id) && !text.includes("project_info"))).toEqual([]);
});

test("a project that is gone leaves project_info", async () => {
  const other = uniqueProject();
  const git = { url: "https://git.example.com/a/b.git", credential: { secretRef: { name: "missing" } } };
  await scope.admin.create(PROJECTS, projectObject(scope.namespace, other, { git }));
  const labels = { project: other, phase: "CREATING_NAMESPACES", ready: "False" };
  await eventually(async () => (await metric("projectgitops_project_info", labels)) === 1);
  await scope.admin.delete(PROJECTS, { namespace: scope.namespace, name: other });
  await eventually(
    async () => (await metric("projectgitops_project_info", { project: other })) === undefined,
  );
});

test("/healthz and /readyz say yes while polls are answered; other paths are 404", async () => {
  const get = async (path: string) => (await fetch(`${scope.operator.address}${path}`)).status;
  expect([await get("/healthz"), await get("/readyz"), await get("/")]).toEqual([200, 200, 404]);
});

test("the log has one line for a pass that did something, with project, phase, duration and requests", async () => {
  const other = uniqueProject();
  await scope.admin.create(PROJECTS, projectObject(scope.namespace, other));
  await untilPhase(scope, other, "COMPLETED");
  await eventually(() => linesOf(other).length > 0);
  const [line] = linesOf(other);
  expect(line).toMatchObject({
    level: "info",
    project: `${scope.namespace}/${other}`,
    phase: "COMPLETED",
    reason: "WaitingForFlux",
  });
  expect(line?.["durationMs"]).toBeNumber();
  // Finalizer, status and 18 creates, the credential being read already by the project before; events apart.
  const sent = requestsAbout(scope, other).filter(({ objectRef }) => objectRef?.resource !== "events");
  expect(line?.["requests"]).toBeWithin(20, sent.length + 1);
  expect(String(line?.["time"])).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});

const linesOf = (name: string) =>
  scope.operator.lines().filter(({ project }) => project === `${scope.namespace}/${name}`);

test("passes that did nothing are not in the log, and every line is JSON", async () => {
  const quiet = uniqueProject();
  await scope.admin.create(
    PROJECTS,
    projectObject(scope.namespace, quiet, { environments: [{ name: "dev" }] }),
  );
  await untilReady(scope, quiet);
  await untilResynced(scope, 2); // the annotation that seals a set-up comes at the first resync
  const count = linesOf(quiet).length;
  await untilResynced(scope, 3);
  await untilPolled(scope, 5);
  expect(linesOf(quiet)).toHaveLength(count);
  const text = scope.operator.output().trimEnd().split("\n");
  expect(text.filter((one) => !one.startsWith("{"))).toEqual([]);
});
