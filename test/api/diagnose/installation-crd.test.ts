import { afterAll, beforeAll, expect, test } from "bun:test";
import type { CustomResourceDefinition } from "kubernetes-types/apiextensions/v1";
import { CRD_NAME } from "../../../src/api/crd.ts";
import { CUSTOM_RESOURCE_DEFINITIONS, isNotFound, NAMESPACES } from "../../../src/kube/index.ts";
import { fluxCrds } from "../../cluster/crds.ts";
import { applyCrds, eventually } from "../../cluster/index.ts";
import { condition, find, PROJECTS, projectObject, untilProject } from "../support/scope.ts";
import { type Lab, openLab } from "./lab.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
}, 90_000);
afterAll(() => lab.stop());

const SOURCES = "gitrepositories.source.toolkit.fluxcd.io";
const DELIVERIES = "kustomizations.kustomize.toolkit.fluxcd.io";
const SCHEMA = "/spec/versions/0/schema/openAPIV3Schema";

const crd = (name: string) => lab.admin.get(CUSTOM_RESOURCE_DEFINITIONS, { name });
const patchCrd = (patch: object[]) =>
  lab.admin.patch(CUSTOM_RESOURCE_DEFINITIONS, { name: CRD_NAME }, patch, { type: "json" });

async function deleteCrd(name: string): Promise<void> {
  await lab.admin.delete(CUSTOM_RESOURCE_DEFINITIONS, { name });
  const isGone = () =>
    crd(name).then(
      () => false,
      (error) => isNotFound(error),
    );
  await eventually(isGone, { description: `CRD ${name} is gone`, deadlineMs: 30_000 });
}

/** What is found in the namespace, which may be without a project: the API server's discovery lags a little behind. */
async function untilIds(ids: string[]): Promise<void> {
  await eventually(
    async () => {
      expect(await lab.ids("")).toEqual(ids);
      return true;
    },
    { description: `${ids.join(", ") || "nothing"} is found`, deadlineMs: 30_000 },
  );
}

test("CrdMissing: found when the CRD is not installed, with exit 1, and its fix installs it alone", async () => {
  await deleteCrd(CRD_NAME);
  const first = await lab.first("shop", "CrdMissing");
  expect(first.what).toBe("the kind ProjectGitOps is not installed in this cluster");
  expect(await lab.ids("")).toEqual(["CrdMissing"]);
  const checked = await lab.typed("check");
  expect(checked.code).toBe(1);
  expect(checked.stdout).toContain(`✗ error    CRD ${CRD_NAME}: the kind ProjectGitOps is not installed`);
  expect(checked.stdout).toMatch(/^ +about +CrdMissing$/m);
  await lab.paste(first.fix);
  await untilIds([]);
}, 60_000);

test("CrdMissing: absent when the CRD is there and the project is not", async () => {
  const { code, stdout, stderr } = await lab.typed(`diagnose shop -n ${lab.namespace} -o json`);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toStartWith(`error: there is no ProjectGitOps ${lab.namespace}/shop\n`);
});

test("CrdOtherVersion: found when the CRD does not know a field of ours, which it names", async () => {
  await patchCrd([{ op: "remove", path: `${SCHEMA}/properties/spec/properties/suspend` }]);
  const first = await lab.first("", "CrdOtherVersion");
  expect(first.what).toBe("the CRD is older than this program: it does not know spec.suspend");
  expect(await lab.ids("")).toEqual(["CrdOtherVersion"]);
  await lab.paste(first.fix);
  await untilIds([]);
});

test("CrdOtherVersion: found when our version is not served", async () => {
  const live = await crd(CRD_NAME);
  const [ours] = live.spec.versions;
  const versions = [
    { ...ours, served: false },
    { ...ours, name: "v1beta9", storage: false },
  ];
  await lab.admin.replace(CUSTOM_RESOURCE_DEFINITIONS, {
    ...live,
    spec: { ...live.spec, versions },
  } as CustomResourceDefinition);
  const first = await lab.first("", "CrdOtherVersion");
  expect(first.evidence).toBe("served: v1beta9");
  await lab.paste(first.fix);
  await untilIds([]);
}, 60_000);

test("CrdOtherVersion: absent when the CRD knows more fields than this program", async () => {
  await patchCrd([
    { op: "add", path: `${SCHEMA}/properties/spec/properties/novelty`, value: { type: "string" } },
  ]);
  expect(await lab.ids("")).toEqual(["CrdDiffers"]);
});

test("CrdDiffers: found when the CRD is newer, and its fix names the operator's image", async () => {
  const first = await lab.first("", "CrdDiffers");
  expect(first).toMatchObject({ severity: "warning", evidence: "unknown to this program: spec.novelty" });
  expect((await lab.paste(first.fix)).stdout).toBe("projectgitops:0.1.0");
  await patchCrd([{ op: "remove", path: `${SCHEMA}/properties/spec/properties/novelty` }]);
  expect(await lab.ids("")).toEqual([]);
});

test("CrdDiffers: found when a rule was edited by hand, and goes with its fix", async () => {
  const path = `${SCHEMA}/properties/spec/properties/projectId/maxLength`;
  await patchCrd([{ op: "replace", path, value: 39 }]);
  const first = await lab.first("", "CrdDiffers");
  expect(first.what).toBe("the CRD has other rules than this program: for spec.projectId");
  await lab.paste(first.fix);
  await untilIds([]);
});

test("CrdDiffers: absent when a description was edited", async () => {
  await patchCrd([{ op: "replace", path: `${SCHEMA}/properties/kind/description`, value: "ours" }]);
  expect(await lab.ids("")).toEqual([]);
});

test("FluxCrdMissing: found when a kind of Flux is not installed", async () => {
  await deleteCrd(DELIVERIES);
  await untilIds(["FluxCrdMissing"]);
  const first = await lab.first("", "FluxCrdMissing");
  expect(first).toMatchObject({ object: `CRD ${DELIVERIES}`, severity: "error" });
  // The fix gets Flux's manifests from its releases; here is no such network.
  expect(first.fix).toMatch(
    /^kubectl apply --server-side --force-conflicts -f https:\/\/github\.com\/fluxcd\//,
  );
  // A project's own words are of the same cause.
  const name = await lab.apply({ environments: [{ name: "development" }] });
  const reason = "RequestFailed";
  await untilProject(lab, name, (project) => condition(project, "Ready")?.reason === reason, `is ${reason}`);
  expect(await lab.ids(name)).toEqual(["FluxCrdMissing"]);
  await lab.admin.delete(PROJECTS, { namespace: lab.namespace, name });
  await applyCrds(lab.cluster, await fluxCrds());
  await untilIds([]);
}, 60_000);

test("FluxCrdMissing: absent when the kind is served in an old version only", async () => {
  await serveOnly("v1beta2");
  await untilIds(["FluxCrdOld"]);
}, 60_000);

test("FluxCrdOld: found when Flux's kind is not served in v1", async () => {
  const first = await lab.first("", "FluxCrdOld");
  expect(first).toMatchObject({
    object: `CRD ${SOURCES}`,
    what: "Flux is too old: gitrepositories are served in v1beta2 only, and not in v1",
  });
});

test("FluxCrdOld: absent when v1 is served beside older versions", async () => {
  await serveOnly("v1beta2", "v1");
  await untilIds([]);
}, 60_000);

test("CrdBeingDeleted: absent when one ProjectGitOps is being deleted", async () => {
  const name = await lab.project({ environments: [{ name: "production", protected: true }] });
  const ref = { namespace: lab.namespace, name };
  await lab.admin.delete(PROJECTS, ref);
  await untilProject(lab, name, ({ status }) => status?.phase === "DELETING", "is being deleted");
  expect(await lab.ids(name)).toEqual(["DeletionProtected"]);
  const home = `project-${name}-production`;
  await lab.admin.patch(
    PROJECTS,
    ref,
    { metadata: { annotations: { "projectgitops.dev/confirm-delete": home } } },
    { type: "merge" },
  );
}, 60_000);

test("CrdBeingDeleted: found when finalizers still hold it, and its fix has everything taken over", async () => {
  const name = await lab.project();
  const home = { kind: "Namespace", namespace: "", name: `project-${name}-staging` } as const;
  const before = await find(lab.admin, home);
  await lab.operator.stop();
  await lab.admin.delete(CUSTOM_RESOURCE_DEFINITIONS, { name: CRD_NAME });
  const first = await lab.first(name, "CrdBeingDeleted");
  expect(first.since).toBe((await crd(CRD_NAME)).metadata?.deletionTimestamp);
  await lab.restart();
  await lab.paste(first.fix);
  await eventually(async () => !(await lab.ids("")).includes("CrdBeingDeleted"), {
    description: "the CRD is there again",
    deadlineMs: 30_000,
  });
  await lab.admin.create(PROJECTS, projectObject(lab.namespace, name));
  await untilProject(lab, name, ({ status }) => status?.phase === "COMPLETED", "is taken over");
  expect((await lab.admin.get(NAMESPACES, { name: home.name })).metadata?.uid).toBe(before?.metadata.uid);
  expect(await lab.ids(name)).toEqual([]);
}, 120_000);

/** Serves GitRepository in these versions; v1 stays the one that is stored. */
async function serveOnly(...names: string[]): Promise<void> {
  const live = await crd(SOURCES);
  const v1 = live.spec.versions.find(({ name }) => name === "v1");
  const versions = ["v1", "v1beta2"].map((name) => ({
    ...v1,
    name,
    storage: name === "v1",
    served: names.includes(name),
  }));
  await lab.admin.replace(CUSTOM_RESOURCE_DEFINITIONS, {
    ...live,
    spec: { ...live.spec, versions },
  } as CustomResourceDefinition);
}
