import { afterAll, beforeAll, expect, test } from "bun:test";
import { CUSTOM_RESOURCE_DEFINITIONS } from "../../../src/kube/index.ts";
import { PROJECTS } from "../../../src/reconcile/index.ts";
import { eventually } from "../../cluster/index.ts";
import { condition, getProject, NAMESPACES, SECRETS, untilPhase } from "../support/scope.ts";
import { type Lab, openLab } from "./lab.ts";
import {
  applyAs,
  gone,
  homeOf,
  mendedBy,
  ONE,
  openElsewhere,
  uniqueProject,
  untilReason,
} from "./support.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
}, 60_000);
afterAll(() => lab.stop());

/** A CRD of before a rule was made: any spec is stored. */
async function withoutRules<T>(work: () => Promise<T>): Promise<T> {
  const ref = { name: "projectgitops.projectgitops.dev" };
  const { spec } = await lab.admin.get(CUSTOM_RESOURCE_DEFINITIONS, ref);
  const loose = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  const patch = (value: object) =>
    lab.admin.patch(
      CUSTOM_RESOURCE_DEFINITIONS,
      ref,
      [{ op: "replace", path: "/spec/versions/0/schema/openAPIV3Schema/properties/spec", value }],
      { type: "json" },
    );
  const strict = spec?.versions[0]?.schema?.openAPIV3Schema?.properties?.spec as object;
  await patch(loose);
  try {
    return await work();
  } finally {
    await patch(strict);
  }
}

test("InvalidSpec: found when an object is older than the rule that its interval breaks", async () => {
  const name = uniqueProject();
  const spec = {
    ...ONE,
    git: { url: "https://git.example.com/a.git", interval: "1s" },
    setup: { timeout: "10m", onFailure: "Keep" },
  };
  await withoutRules(async () => {
    // The API server takes a moment to forget the rule.
    await eventually(() => applyAs(lab, name, spec as never).catch(() => false), {
      description: "it is stored",
    });
    await untilReason(lab, name, "InvalidSpec");
  });
  const first = await lab.first(name, "InvalidSpec");
  expect(first.what).toContain("spec.git.interval");
  expect(first.evidence).toContain("spec.git.interval: ");
  // As a person would in the editor that the fix opens.
  await eventually(
    () => lab.paste(`export KUBE_EDITOR="sed -i 's/interval: 1s/interval: 1m/'"\n${first.fix}`),
    { description: "the rule is back, and the mended spec is taken" },
  );
  await gone(lab, name, "InvalidSpec");
}, 60_000);

test("InvalidSpec: found as the only thing when a spec has not even the form of one", async () => {
  const name = uniqueProject();
  const [metadata, spec] = [{ namespace: lab.namespace, name }, { projectId: name }];
  await withoutRules(async () => {
    await eventually(() => lab.admin.create(PROJECTS, { metadata, spec } as never).catch(() => false), {
      description: "it is stored",
    });
    await untilReason(lab, name, "InvalidSpec");
  });
  const first = await lab.first(name, "InvalidSpec");
  expect(first.evidence).toContain("spec.environments");
  expect(await lab.ids(name)).toEqual(["InvalidSpec"]);
  await lab.admin.delete(PROJECTS, metadata);
}, 60_000);

test("InvalidSpec: absent when the spec is right and only names a Namespace that is not there", async () => {
  const name = await lab.apply({ environments: [{ name: "development", namespace: uniqueProject() }] });
  await untilReason(lab, name, "InvalidSpec");
  expect(await lab.ids(name)).toEqual(["NamespaceMissing"]);
});

test("NamespaceMissing: found when an environment names one that nobody has made", async () => {
  const namespace = uniqueProject();
  const name = await lab.apply({ environments: [{ name: "development", namespace }] });
  await untilReason(lab, name, "InvalidSpec");
  const first = await lab.first(name, "NamespaceMissing");
  expect(first).toMatchObject({ severity: "error", object: `Namespace ${namespace}` });
  await mendedBy(lab, name, first.fix);
}, 60_000);

test("NamespaceMissing: absent when the Namespace is there and not handed over: HeldByAnother", async () => {
  const namespace = uniqueProject();
  await lab.admin.createNamespace(namespace);
  const name = await lab.apply({ environments: [{ name: "development", namespace }] });
  await untilReason(lab, name, "HeldByAnother");
  expect(await lab.ids(name)).toEqual(["HeldByAnother"]);
});

test("NestedProject: found when a project stands in a Namespace of another", async () => {
  const outer = await lab.project(ONE);
  const elsewhere = await openElsewhere(lab, homeOf(outer));
  try {
    const name = await applyAs(lab, uniqueProject(), ONE, elsewhere.namespace);
    await eventually(
      async () =>
        condition(await lab.admin.get(PROJECTS, { namespace: elsewhere.namespace, name }), "Ready")
          ?.reason === "NestedProject",
      { description: "the operator refuses it", deadlineMs: 20_000 },
    );
    const [first, ...others] = await elsewhere.findings(name);
    expect(first).toMatchObject({ id: "NestedProject", severity: "error" });
    expect(first?.what).toContain(`managed for ProjectGitOps ${lab.namespace}/${outer}`);
    expect(others).toEqual([]);
    await lab.paste(first?.fix?.replace("delete ", "delete --yes "));
  } finally {
    await elsewhere.operator.stop();
  }
}, 60_000);

test("NestedProject: absent when the Namespace only carries a label of ours", async () => {
  const name = await lab.project(ONE);
  const label = (value: string | null) =>
    lab.admin.patch(
      NAMESPACES,
      { name: lab.namespace },
      { metadata: { labels: { "projectgitops.dev/project": value } } },
      { type: "merge" },
    );
  await label("other");
  expect(await lab.ids(name)).toEqual([]);
  await label(null);
});

test("DuplicateProject: found when an older project has the same projectId", async () => {
  const older = await lab.project(ONE);
  // Of two in one second the order is by uid.
  await eventually(
    async () =>
      Date.now() - Date.parse((await getProject(lab, older)).metadata.creationTimestamp ?? "") > 1100,
    { description: "a second has gone by" },
  );
  const younger = uniqueProject();
  await applyAs(lab, younger, { ...ONE, projectId: older });
  await untilReason(lab, younger, "DuplicateProject");
  const first = await lab.first(younger, "DuplicateProject");
  expect(first.what).toBe(`projectId ${older} belongs to ProjectGitOps ${lab.namespace}/${older}`);
  expect(await lab.ids(younger)).toEqual(["DuplicateProject"]);
  expect(await lab.ids(older)).toEqual([]);
  await lab.paste(first.fix?.replace("delete ", "delete --yes "));
  expect(await lab.ids(older)).toEqual([]);
}, 60_000);

test("DuplicateProject: absent when a project of the same beginning has its own projectId", async () => {
  const name = await lab.project(ONE);
  await applyAs(lab, `${name}-two`);
  await untilPhase(lab, `${name}-two`, "COMPLETED");
  expect(await lab.ids(name)).toEqual([]);
});

/** No terminal is here to be asked on. */
const yes = (fix: string | undefined) => fix?.replace("projectgitops adopt ", "projectgitops adopt --yes ");

test("HeldByAnother: found when someone has made the Namespace before, and goes when it is handed over", async () => {
  const name = uniqueProject();
  await lab.admin.createNamespace(homeOf(name));
  await applyAs(lab, name);
  await untilPhase(lab, name, "FAILED");
  const first = await lab.first(name, "HeldByAnother");
  expect(first).toMatchObject({ severity: "error", object: `Namespace ${homeOf(name)}` });
  expect(first.what).toContain("held by someone else (written by test-admin)");
  expect(await lab.ids(name)).toEqual(["HeldByAnother"]);
  expect(first.fix).toBe(`projectgitops adopt ${homeOf(name)} --project ${lab.namespace}/${name}`);
  expect(first.cause).toContain(`projectgitops.dev/adopt=${name}`);
  await mendedBy(lab, name, yes(first.fix));
}, 60_000);

test("HeldByAnother: found when a Namespace names an owner that is no longer there, and goes with the fix", async () => {
  const name = uniqueProject();
  const annotations = {
    "projectgitops.dev/owner": "team-b/blog",
    "projectgitops.dev/owner-uid": crypto.randomUUID(),
    "projectgitops.dev/adopt-by": "team-b/blog",
  };
  await lab.admin.createNamespace({ metadata: { name: homeOf(name), annotations } });
  await applyAs(lab, name);
  await untilPhase(lab, name, "FAILED");
  const first = await lab.first(name, "HeldByAnother");
  expect(first.what).toContain("held by ProjectGitOps team-b/blog");
  await mendedBy(lab, name, yes(first.fix));
}, 60_000);

test("HeldByAnother: found when an object in our own Namespace is someone else's, and goes when it is handed over", async () => {
  const name = await lab.project(ONE);
  const secret = { namespace: homeOf(name), name: `${name}-git-auth` };
  await eventually(
    async () => {
      await lab.admin.delete(SECRETS, secret).catch(() => undefined);
      return await lab.admin.create(SECRETS, {
        metadata: secret,
        type: "kubernetes.io/ssh-auth",
        data: { "ssh-privatekey": btoa("theirs") },
      });
    },
    { description: "someone else's is there", everyMs: 1 },
  );
  await untilReason(lab, name, "HeldByAnother");
  const first = await lab.first(name, "HeldByAnother");
  expect(first.object).toBe(`Secret ${secret.namespace}/${secret.name}`);
  expect(JSON.stringify(first)).not.toContain(btoa("theirs"));
  await mendedBy(lab, name, yes(first.fix));
}, 60_000);

test("HeldByAnother: absent when the Namespace was labelled for this project before", async () => {
  const name = uniqueProject();
  const labels = { "projectgitops.dev/adopt": name };
  await lab.admin.createNamespace({ metadata: { name: homeOf(name), labels } });
  await applyAs(lab, name);
  await untilPhase(lab, name, "COMPLETED");
  expect(await lab.ids(name)).toEqual([]);
});

/** A Namespace for adoption with a label of another's. */
async function sharedNamespace(project: string): Promise<string> {
  const name = uniqueProject();
  const labels = { "projectgitops.dev/adopt": project, team: "shoes" };
  await lab.admin.apply(
    NAMESPACES,
    { metadata: { name, labels } },
    { force: true, fieldManager: "landlord" },
  );
  return name;
}

test("FieldConflict: found when an adopted Namespace has a label that somebody else holds", async () => {
  const name = uniqueProject();
  const namespace = await sharedNamespace(name);
  const metadata = { labels: { team: "shop" } };
  await applyAs(lab, name, { environments: [{ name: "development", namespace, metadata }] });
  await untilReason(lab, name, "FieldConflict");
  const first = await lab.first(name, "FieldConflict");
  expect(first.object).toBe(`Namespace ${namespace}`);
  expect(first.evidence).toMatch(
    /^metadata\.labels\.team is shoes, by "landlord", \d+s ago; the spec wants shop$/,
  );
  expect(await lab.ids(name)).toEqual(["FieldConflict"]);
  await mendedBy(lab, name, `export KUBE_EDITOR="sed -i 's/team: shop/team: shoes/'"\n${first.fix}`);
}, 60_000);

test("FieldConflict: absent when both want the same value", async () => {
  const name = uniqueProject();
  const namespace = await sharedNamespace(name);
  const metadata = { labels: { team: "shoes" } };
  await applyAs(lab, name, { environments: [{ name: "development", namespace, metadata }] });
  await untilPhase(lab, name, "COMPLETED");
  expect(await lab.ids(name)).toEqual([]);
});
