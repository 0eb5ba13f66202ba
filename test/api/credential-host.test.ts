import { afterAll, beforeAll, expect, test } from "bun:test";
import { ANNOTATIONS } from "../../src/api/names.ts";
import { SECRETS } from "../../src/kube/index.ts";
import { PROJECTS, projectRef } from "../../src/reconcile/index.ts";
import { eventually } from "../cluster/index.ts";
import {
  condition,
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
});
afterAll(() => scope.stop());

const environments = [{ name: "staging" }];
const elsewhere = { spec: { git: { url: "git@gitlab.com:acme/shop.git" } } };

async function allow(secret: string, hosts: string): Promise<void> {
  const patch = { metadata: { annotations: { [ANNOTATIONS.gitHosts]: hosts } } };
  await scope.admin.patch(SECRETS, { namespace: scope.namespace, name: secret }, patch, { type: "merge" });
}

const urlOf = async (id: string) =>
  (
    (await need(scope.admin, "GitRepository", `project-${id}-staging`, `${id}-repo`))["spec"] as {
      url: string;
    }
  ).url;

test("a credential is not sent to another host than it was given for, until its Secret says so", async () => {
  const id = uniqueProject();
  await giveCredential(scope, id);
  const git = { url: "git@github.com:acme/shop.git", credential: { secretRef: { name: id } } };
  await scope.admin.create(PROJECTS, projectObject(scope.namespace, id, { environments, git }));
  const project = await untilPhase(scope, id, "COMPLETED");
  const home = await need(scope.admin, "Namespace", "", `project-${id}-staging`);
  expect(home.metadata.annotations?.[ANNOTATIONS.gitHost]).toBe("github.com");

  await scope.admin.patch(PROJECTS, projectRef(project), elsewhere, { type: "merge" });
  const stalled = await untilProject(
    scope,
    id,
    (one) => condition(one, "Stalled")?.reason === "CredentialHostChanged",
    "stalls on the change of host",
  );
  const told = condition(stalled, "Ready")?.message ?? "";
  expect(told).toContain("given for github.com");
  expect(told).toContain(`${ANNOTATIONS.gitHosts}=gitlab.com`);
  expect(await urlOf(id)).toBe("ssh://git@github.com/acme/shop.git");

  await allow(id, "gitlab.com");
  await eventually(async () => (await urlOf(id)) === "ssh://git@gitlab.com/acme/shop.git", {
    description: "the new host is used once the Secret names it",
  });
});

test("a Secret that names its hosts goes to no other from the beginning, and nothing is made", async () => {
  const id = uniqueProject();
  await giveCredential(scope, id);
  await allow(id, "git.example.com, gitlab.com");
  const git = { url: "git@github.com:acme/shop.git", credential: { secretRef: { name: id } } };
  await scope.admin.create(PROJECTS, projectObject(scope.namespace, id, { environments, git }));
  const refused = await untilProject(
    scope,
    id,
    (one) => condition(one, "Ready")?.reason === "HostNotAllowed",
    "says that the host is not allowed",
  );
  expect(condition(refused, "Ready")?.message).toContain("git.example.com, gitlab.com");
  expect(refused.status?.inventory?.entries).toEqual([]);
});
