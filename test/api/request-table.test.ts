import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ANNOTATIONS } from "../../src/api/names.ts";
import { isNotFound } from "../../src/kube/index.ts";
import { PROJECTS } from "../../src/reconcile/index.ts";
import { type AuditEvent, eventually, operatorRequests, uniqueName } from "../cluster/index.ts";
import { untilReady } from "./support/flux.ts";
import { isCall, requestsAbout, untilResynced } from "./support/requests.ts";
import {
  getProject,
  giveCredential,
  openScope,
  projectObject,
  type Scope,
  uniqueProject,
  untilPhase,
  untilProject,
} from "./support/scope.ts";

/** The operator's requests about one project with so many environments; docs/faults.md says what is counted. */
const TABLE = {
  "set-up": { 1: 9, 3: 21, 10: 63 },
  "steady state": { 1: 0, 3: 0, 10: 0 },
  change: { 1: 5, 3: 11, 10: 32 },
  deletion: { 1: 25, 3: 59, 10: 178 },
} as const;
const COUNTS = [1, 3, 10] as const;

let scope: Scope;
beforeAll(async () => {
  scope = await openScope();
});
afterAll(() => scope.stop());

for (const count of COUNTS) {
  describe(`a project with ${count === 1 ? "one environment" : `${count} environments`} takes`, () => {
    const [id, secret] = [uniqueProject(), uniqueName("git")];
    /** Events apart (best effort, and beside the budget), and Secrets of other projects. */
    const asked = () =>
      requestsAbout(scope, id).filter(
        ({ objectRef: ref }) =>
          ref?.resource !== "events" && !(ref?.namespace === scope.namespace && isOther(ref, secret)),
      );
    const ref = () => ({ namespace: scope.namespace, name: id });

    test(`${TABLE["set-up"][count]} requests for its set-up`, async () => {
      await giveCredential(scope, secret);
      const git = { url: "git@github.com:acme/shop.git", credential: { secretRef: { name: secret } } };
      const spec = { git, environments: environments(count) };
      await scope.admin.create(PROJECTS, projectObject(scope.namespace, id, spec));
      await untilPhase(scope, id, "COMPLETED");
      await noted(() => asked().length, TABLE["set-up"][count]);
      expect(lines(asked())).toHaveLength(TABLE["set-up"][count]);
    });

    test(`${TABLE["steady state"][count]} requests while nothing happens, beside the lists that all share`, async () => {
      await untilReady(scope, id);
      const isSealed = ANNOTATIONS.completed;
      await untilProject(scope, id, ({ metadata }) => isSealed in (metadata.annotations ?? {}), "is sealed");
      await untilResynced(scope);
      const [before, listsBefore] = [asked().length, lists().length];
      await untilResynced(scope, 3);
      expect(lines(asked().slice(before))).toHaveLength(TABLE["steady state"][count]);
      const perResync = Map.groupBy(lists().slice(listsBefore), ({ requestURI }) => requestURI);
      for (const found of perResync.values()) expect(found.length).toBeLessThanOrEqual(5);
    });

    test(`${TABLE.change[count]} requests for another branch`, async () => {
      const before = asked().length;
      const patch = { spec: { git: { ref: { branch: "release" } } } };
      await scope.admin.patch(PROJECTS, ref(), patch, { type: "merge" });
      await untilProject(scope, id, ({ status }) => status?.observedGeneration === 2, "is at generation 2");
      await noted(() => asked().length - before, TABLE.change[count]);
      expect(lines(asked().slice(before))).toHaveLength(TABLE.change[count]);
    });

    test(`${TABLE.deletion[count]} requests for its deletion, beside the looks at what is Terminating`, async () => {
      await untilReady(scope, id);
      await untilResynced(scope);
      const before = asked().length;
      await scope.admin.delete(PROJECTS, ref());
      await eventually(() => getProject(scope, id).then(() => false, isNotFound), {
        description: `${id} is gone`,
        deadlineMs: 100_000,
      });
      const all = () => asked().slice(before);
      const lastDelete = () => all().findLastIndex((event) => event.verb === "delete");
      const work = () => [
        ...all()
          .slice(0, lastDelete() + 1)
          .filter((event) => event.objectRef?.subresource !== "status"),
        ...all().filter((event) => isCall(event, "patch", "projectgitops")),
      ];
      await noted(() => work().length, TABLE.deletion[count]);
      expect(lines(work())).toHaveLength(TABLE.deletion[count]);
      // A look at namespaces that do not go yet reads every candidate once.
      const looks = Map.groupBy(all().slice(lastDelete() + 1), ({ requestURI }) => requestURI);
      const most = Math.max(...[...looks.values()].map((same) => same.length));
      expect(most).toBeLessThan(60);
    }, 120_000);
  });
}

/** A request comes into the audit log just after its answer: what was seen done may be a line behind. */
const noted = (count: () => number, goal: number) =>
  eventually(() => count() >= goal, { description: `${goal} requests`, deadlineMs: 5000 }).catch(
    () => undefined,
  );

test("docs/faults.md has the same table", () => {
  const page = readFileSync(join(import.meta.dir, "..", "..", "docs", "faults.md"), "utf8");
  for (const [what, row] of Object.entries(TABLE))
    expect(page).toContain(`| ${what} | ${COUNTS.map((count) => row[count]).join(" | ")} |`);
});

const environments = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ name: `env-${String.fromCharCode(97 + index)}` }));

const isOther = ({ resource, name }: { resource: string; name?: string }, secret: string): boolean =>
  resource === "secrets" && name !== secret;

/** Lists of the resync and of referenced Secrets: they do not grow with the number of projects. */
const lists = (): AuditEvent[] =>
  operatorRequests(
    scope.cluster,
    (event) => event.verb === "list" && event.objectRef?.resource !== "projectgitops",
  );

/** One line each, for the message of a test that fails. A pass of more than a second sends a status more: not counted. */
function lines(events: readonly AuditEvent[]): string[] {
  const statuses = events.filter(({ objectRef: ref }) => ref?.subresource === "status").slice(0, -1);
  return events
    .filter((event) => !statuses.includes(event))
    .map(({ verb, objectRef: ref, responseStatus }) =>
      [verb, ref?.resource, ref?.subresource, ref?.name, responseStatus?.code].filter(Boolean).join(" "),
    );
}
