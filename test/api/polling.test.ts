import { afterAll, beforeAll, expect, test } from "bun:test";
import { PROJECTS, resourceOf } from "../../src/reconcile/index.ts";
import { type AuditEvent, auditEvents, eventually, operatorRequests } from "../cluster/index.ts";
import { untilReady } from "./support/flux.ts";
import { openGate } from "./support/gate.ts";
import { deny } from "./support/policy.ts";
import {
  endedAt,
  isCall,
  line,
  polls,
  resyncs,
  sentAt,
  untilResynced,
  writesAbout,
} from "./support/requests.ts";
import {
  condition,
  find,
  getProject,
  giveCredential,
  need,
  openScope,
  projectObject,
  type Scope,
  uniqueProject,
  untilPhase,
  untilProject,
} from "./support/scope.ts";

let scope: Scope;
beforeAll(async () => {
  scope = await openScope();
  await giveCredential(scope);
});
afterAll(() => scope.stop());

/** Name of the certificate that the tests' administrator signs in with. */
const ADMIN = "envtest-admin";
const ONE = { environments: [{ name: "development" }] };

async function ready(where: Scope, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, uniqueProject);
  await Promise.all(ids.map((id) => where.admin.create(PROJECTS, projectObject(where.namespace, id, ONE))));
  for (const id of ids) await untilReady(where, id);
  return ids;
}

/** Requests of a span from one resync to a later one, polls apart: those depend on time alone. */
async function steadyState(where: Scope): Promise<{ lists: Record<string, number>; others: string[] }> {
  const span = 3;
  return eventually(
    async () => {
      await untilResynced(where, span + 1);
      const begins = resyncs(where).slice(-span - 1);
      // A resync belongs to the tick that its poll began, so spans are cut at polls.
      const [from, to] = [pollBefore(where, begins[0]), pollBefore(where, begins.at(-1))];
      const inside = operatorRequests(where.cluster, (event) => sentAt(event) >= from && sentAt(event) < to);
      const others = inside.filter(({ verb }) => verb !== "list").map(line);
      if (others.length > 0) return undefined; // not steady yet: look at a later span
      const lists = inside.filter((event) => !isCall(event, "list", "projectgitops"));
      const counts = Object.groupBy(lists, ({ objectRef }) => objectRef?.resource ?? "");
      return {
        lists: Object.fromEntries(Object.entries(counts).map(([kind, all]) => [kind, all?.length ?? 0])),
        others,
      };
    },
    { description: "a span without any request but lists", deadlineMs: 90_000 },
  );
}

const pollBefore = (where: Scope, resync: AuditEvent | undefined): number =>
  Math.max(
    ...polls(where)
      .map(sentAt)
      .filter((at) => resync !== undefined && at <= sentAt(resync)),
  );

test("steady-state requests are the same number for 1 project and for 50", async () => {
  await ready(scope, 1);
  const one = await steadyState(scope);
  await ready(scope, 49);
  const fifty = await steadyState(scope);
  expect(fifty).toEqual(one);
  // One list for each managed kind, and Secrets twice: the copies, and what this namespace refers to.
  const { secrets, ...kinds } = one.lists;
  expect(secrets).toBe(6);
  expect(new Set(Object.values(kinds))).toEqual(new Set([3]));
}, 300_000);

test("a poll is one list of metadata, served from the API server's cache once the first was answered", () => {
  const uris = polls(scope).map(({ requestURI }) => new URL(requestURI, "https://x").searchParams);
  expect(uris[0]?.get("resourceVersion")).toBeNull();
  for (const query of uris.slice(1)) {
    expect(query.get("resourceVersionMatch")).toBe("NotOlderThan");
    expect(query.get("limit")).toBeNull();
  }
});

test("requestedAt asks for a pass now, and the status tells that it was handled", async () => {
  const [id = ""] = await ready(scope, 1);
  const at = new Date().toISOString();
  const metadata = { annotations: { "reconcile.fluxcd.io/requestedAt": at } };
  await scope.admin.patch(
    PROJECTS,
    { namespace: scope.namespace, name: id },
    { metadata },
    { type: "merge" },
  );
  const project = await untilProject(
    scope,
    id,
    ({ status }) => status?.lastHandledReconcileAt === at,
    "has handled it",
  );
  expect(condition(project, "Ready")?.status).toBe("True");
});

test("a change is seen by the next poll, whatever the resync interval", async () => {
  const slow = await openScope({ args: ["--resync-interval", "10m"] });
  await giveCredential(slow);
  const [id = ""] = await ready(slow, 1);
  const patch = { spec: { git: { interval: "3m" } } };
  await slow.admin.patch(PROJECTS, { namespace: slow.namespace, name: id }, patch, { type: "merge" });
  await eventually(() => writesAbout(slow, id).some((event) => isCall(event, "patch", "gitrepositories")));
  const about = (verb: string) => (event: AuditEvent) =>
    isCall(event, verb, "projectgitops") && event.objectRef?.name === id;
  const changed = auditEvents(slow.cluster, about("patch"))
    .filter((event) => event.user.username === ADMIN)
    .at(-1);
  const read = operatorRequests(slow.cluster, about("get")).at(-1);
  if (!changed || !read) throw new Error("the change or its read is not in the audit log");
  const between = polls(slow).filter(
    (poll) => sentAt(poll) > endedAt(changed) && endedAt(poll) < sentAt(read),
  );
  expect(between.length).toBeLessThanOrEqual(1);
  await slow.stop();
});

test("a project whose objects are refused does not hold up the others", async () => {
  const broken = uniqueProject();
  const allow = await deny(scope, { projectId: broken, kind: "Secret" });
  await scope.admin.create(PROJECTS, projectObject(scope.namespace, broken, ONE));
  await untilProject(scope, broken, (one) => condition(one, "Ready")?.reason === "Forbidden", "is refused");
  const [id = ""] = await ready(scope, 1);
  expect((await getProject(scope, id)).status?.phase).toBe("COMPLETED");
  await allow();
});

test("a project whose requests hang does not hold up the others", async () => {
  const hanging = uniqueProject();
  const gate = await openGate(scope, hanging);
  gate.hold(["Namespace"]);
  await scope.admin.create(PROJECTS, projectObject(scope.namespace, hanging, ONE));
  await eventually(() => gate.arrived.length > 0);
  await ready(scope, 2);
  expect(
    await find(scope.admin, { kind: "Namespace", namespace: "", name: `project-${hanging}-development` }),
  ).toBeUndefined();
  await gate.close();
  await untilPhase(scope, hanging, "COMPLETED");
});

test("spec.suspend stops reconciliation: nothing is repaired until it is false again", async () => {
  const [id = ""] = await ready(scope, 1);
  const ref = { namespace: scope.namespace, name: id };
  const suspend = (value: boolean) =>
    scope.admin.patch(PROJECTS, ref, { spec: { suspend: value } }, { type: "merge" });
  await suspend(true);
  const suspended = await untilProject(
    scope,
    id,
    (one) => condition(one, "Ready")?.reason === "Suspended",
    "is suspended",
  );
  expect(condition(suspended, "Ready")?.status).toBe("True"); // as it was
  const home = `project-${id}-development`;
  // The event that tells of the suspension follows its status, some time.
  const acts = () =>
    writesAbout(scope, id).filter(({ objectRef }: AuditEvent) => objectRef?.resource !== "events");
  const before = acts().length;
  await scope.admin.delete(resourceOf("RoleBinding"), { namespace: home, name: `${id}-deployer` });
  await untilResynced(scope, 3);
  expect(acts().slice(before).map(line)).toEqual([]);
  await suspend(false);
  await eventually(() => need(scope.admin, "RoleBinding", home, `${id}-deployer`));
});
