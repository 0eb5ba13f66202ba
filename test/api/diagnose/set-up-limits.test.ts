import { afterAll, beforeAll, expect, test } from "bun:test";
import { ANNOTATIONS } from "../../../src/api/names.ts";
import { eventually } from "../../cluster/index.ts";
import { condition, getProject, NAMESPACES, PROJECTS } from "../support/scope.ts";
import { type Lab, openLab } from "./lab.ts";
import { ONE, untilReason } from "./support.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
}, 60_000);
afterAll(() => lab.stop());

const allow = (annotations: Record<string, string | null>) =>
  lab.admin.patch(NAMESPACES, { name: lab.namespace }, { metadata: { annotations } }, { type: "merge" });

async function refusedBy(annotation: string, value: string, reason: string): Promise<string> {
  const name = await lab.project(ONE);
  await allow({ [annotation]: value });
  // What a Namespace allows is held against every pass, and good for a resync interval.
  await eventually(
    async () => {
      const annotations = { [ANNOTATIONS.requestedAt]: crypto.randomUUID() };
      const ref = { namespace: lab.namespace, name };
      await lab.admin.patch(PROJECTS, ref, { metadata: { annotations } }, { type: "merge" });
      return condition(await getProject(lab, name), "Ready")?.reason === reason;
    },
    { description: `${name} says ${reason}`, deadlineMs: 20_000, everyMs: 500 },
  );
  await untilReason(lab, name, reason);
  return name;
}

test("ProjectNotAllowed: found when the Namespace lists other projectIds", async () => {
  const name = await refusedBy(ANNOTATIONS.allowedProjects, "pay", "ProjectNotAllowed");
  const first = await lab.first(name, "ProjectNotAllowed");
  expect(first.evidence).toContain('allowed-projects is "pay"');
  await lab.paste(first.fix);
  await untilReason(lab, name, "Completed");
  await allow({ [ANNOTATIONS.allowedProjects]: null });
}, 60_000);

test("ProjectNotAllowed: absent when a pattern covers the projectId", async () => {
  const name = await lab.project(ONE);
  await allow({ [ANNOTATIONS.allowedProjects]: "pay,p*" });
  expect(await lab.ids(name)).toEqual([]);
  await allow({ [ANNOTATIONS.allowedProjects]: null });
}, 60_000);

test("RepositoryNotAllowed: found when the Namespace lists other repositories", async () => {
  const name = await refusedBy(ANNOTATIONS.allowedRepositories, "github.com/other/*", "RepositoryNotAllowed");
  const first = await lab.first(name, "RepositoryNotAllowed");
  expect(first.what).toContain("does not allow ssh://git@github.com/acme/shop.git");
  await lab.paste(first.fix);
  await untilReason(lab, name, "Completed");
  await allow({ [ANNOTATIONS.allowedRepositories]: null });
}, 60_000);

test("RepositoryNotAllowed: absent when it is the projectId that is not allowed", async () => {
  const name = await refusedBy(ANNOTATIONS.allowedProjects, "pay", "ProjectNotAllowed");
  expect(await lab.ids(name)).toEqual(["ProjectNotAllowed"]);
  await allow({ [ANNOTATIONS.allowedProjects]: null });
}, 60_000);

test("TooManyEnvironments: found when the Namespace allows fewer", async () => {
  const name = await refusedBy(ANNOTATIONS.maxEnvironments, "0", "TooManyEnvironments");
  const first = await lab.first(name, "TooManyEnvironments");
  expect(first.what).toContain("does not allow 1 environment,");
  expect(first.evidence).toContain('max-environments is "0"');
  await lab.paste(first.fix);
  await untilReason(lab, name, "Completed");
  await allow({ [ANNOTATIONS.maxEnvironments]: null });
}, 60_000);

test("TooManyEnvironments: absent when the Namespace allows as many", async () => {
  const name = await lab.project(ONE);
  await allow({ [ANNOTATIONS.maxEnvironments]: "1" });
  expect(await lab.ids(name)).toEqual([]);
  await allow({ [ANNOTATIONS.maxEnvironments]: null });
}, 60_000);
