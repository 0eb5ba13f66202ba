import { afterAll, beforeAll, expect, test } from "bun:test";
import type { ProjectGitOps, ProjectGitOpsSpecInput } from "../../src/api/schema.ts";
import { PROJECTS } from "../../src/reconcile/index.ts";
import { kubectl, uniqueName } from "../cluster/index.ts";
import { line, untilResynced, writesAbout } from "./support/requests.ts";
import {
  find,
  giveCredential,
  idsOf,
  need,
  openScope,
  projectObject,
  type Scope,
  SECRETS,
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

const ONE = { environments: [{ name: "development" }] };
const GIT = { url: "git@github.com:acme/shop.git", credential: { secretRef: { name: "git" } } };

async function setUp(spec: Partial<ProjectGitOpsSpecInput> = ONE): Promise<string> {
  const id = uniqueProject();
  await applyAs(id, spec);
  await untilPhase(scope, id, "COMPLETED");
  return id;
}

/** As people do: kubectl apply --server-side of the whole manifest. */
async function applyAs(id: string, spec: Partial<ProjectGitOpsSpecInput>): Promise<void> {
  const manifest = JSON.stringify(projectObject(scope.namespace, id, spec));
  const { code, stderr } = await kubectl(scope.cluster, ["apply", "--server-side", "-f", "-"], manifest);
  if (code !== 0) throw new Error(stderr);
}

/** Applies another spec and waits until the operator has carried it out. */
async function change(id: string, spec: Partial<ProjectGitOpsSpecInput>): Promise<ProjectGitOps> {
  await applyAs(id, spec);
  const { metadata } = await scope.admin.get(PROJECTS, { namespace: scope.namespace, name: id });
  return untilProject(
    scope,
    id,
    ({ status }) => status?.phase === "COMPLETED" && status.observedGeneration === metadata.generation,
    `is COMPLETED for generation ${metadata.generation}`,
  );
}

const home = (id: string) => `project-${id}-development`;
const source = async (id: string) =>
  (await need(scope.admin, "GitRepository", home(id), `${id}-repo`))["spec"];
const delivery = async (id: string) =>
  (await need(scope.admin, "Kustomization", home(id), `${id}-development`))["spec"];

test("from branch to tag to semver and back: no field of the ref before is left over", async () => {
  const id = await setUp({ ...ONE, git: { ...GIT, ref: { branch: "main" } } });
  for (const ref of [{ tag: "v1" }, { semver: ">=1.0.0" }, { commit: "a".repeat(40) }, { branch: "next" }]) {
    await change(id, { ...ONE, git: { ...GIT, ref } });
    expect(await source(id)).toMatchObject({ ref });
    expect(Object.keys(((await source(id)) as { ref: object }).ref)).toEqual(Object.keys(ref));
  }
});

test("a ref that is left out again means branch main", async () => {
  const id = await setUp({ ...ONE, git: { ...GIT, ref: { tag: "v1" } } });
  await change(id, { ...ONE, git: GIT });
  expect((await source(id)) as object).toMatchObject({ ref: { branch: "main" } });
});

test("a new URL, path, interval and prune reach the Flux objects", async () => {
  const id = await setUp();
  const url = "https://git.example.com/acme/other.git";
  await change(id, {
    git: { url, interval: "2m" },
    environments: [{ name: "development", path: "./other", interval: "11m", prune: false }],
  });
  expect(await source(id)).toEqual({ url, ref: { branch: "main" }, interval: "2m", timeout: "60s" });
  expect(await delivery(id)).toMatchObject({ path: "./other", interval: "11m", prune: false });
});

test("a project that becomes public loses its copies, and its GitRepository names no Secret any more", async () => {
  const id = await setUp();
  const project = await change(id, { ...ONE, git: { url: "https://git.example.com/acme/shop.git" } });
  expect(await source(id)).not.toHaveProperty("secretRef");
  expect(
    await find(scope.admin, { kind: "Secret", namespace: home(id), name: `${id}-git-auth` }),
  ).toBeUndefined();
  expect(project.status?.inventory?.entries.filter((entry) => entry.id.endsWith("__Secret"))).toEqual([]);
});

test("from SSH to HTTPS the copy changes its type, which takes a new Secret", async () => {
  const id = await setUp();
  const name = uniqueName("https");
  await scope.admin.createSecret(scope.namespace, name, { username: "git", password: "token-of-https" });
  const url = "https://github.com/acme/shop.git";
  await change(id, { ...ONE, git: { url, credential: { secretRef: { name } } } });
  const copy = await scope.admin.get(SECRETS, { namespace: home(id), name: `${id}-git-auth` });
  expect(copy.type).toBe("Opaque");
  expect(Object.keys(copy.data ?? {}).sort()).toEqual(["password", "username"]);
});

test("a label or annotation that leaves environments[].metadata leaves the Namespace; a changed one changes", async () => {
  const labels = { team: "a", tier: "gold" };
  const annotations = { "example.com/cost": "1", "example.com/gone": "x" };
  const id = await setUp({ environments: [{ name: "development", metadata: { labels, annotations } }] });
  await change(id, {
    environments: [
      { name: "development", metadata: { labels: { team: "b" }, annotations: { "example.com/cost": "2" } } },
    ],
  });
  const { metadata } = await need(scope.admin, "Namespace", "", home(id));
  expect(metadata.labels).toMatchObject({ team: "b", "toolkit.fluxcd.io/tenant": id });
  expect(metadata.labels).not.toHaveProperty("tier");
  expect(metadata.annotations).toMatchObject({ "example.com/cost": "2" });
  expect(metadata.annotations).not.toHaveProperty("example.com/gone");
});

test("suspend of an environment is rendered when true and taken out when false", async () => {
  const id = await setUp();
  await change(id, { environments: [{ name: "development", suspend: true }] });
  expect([await source(id), await delivery(id)]).toMatchObject([{ suspend: true }, { suspend: true }]);
  await change(id, { environments: [{ name: "development", suspend: false }] });
  expect(await source(id)).not.toHaveProperty("suspend");
  expect(await delivery(id)).not.toHaveProperty("suspend");
});

test("targetNamespace: false leaves the namespaces in the manifests alone", async () => {
  const id = await setUp();
  await change(id, { environments: [{ name: "development", targetNamespace: false }] });
  expect(await delivery(id)).not.toHaveProperty("targetNamespace");
});

test("image pull Secrets that are added are copied and named; removed ones go again", async () => {
  const id = await setUp();
  const [first, second] = [uniqueName("registry"), uniqueName("registry")];
  for (const name of [first, second])
    await scope.admin.createSecret(
      scope.namespace,
      name,
      { ".dockerconfigjson": '{"auths":{}}' },
      "kubernetes.io/dockerconfigjson",
    );
  const withSecrets = (...names: string[]) => ({
    environments: [{ name: "development", imagePullSecrets: names.map((name) => ({ name })) }],
  });
  const deployer = () => need(scope.admin, "ServiceAccount", home(id), `${id}-deployer`);
  await change(id, withSecrets(first, second));
  expect((await deployer())["imagePullSecrets"]).toEqual([{ name: first }, { name: second }]);
  await change(id, withSecrets(second));
  expect((await deployer())["imagePullSecrets"]).toEqual([{ name: second }]);
  expect(await find(scope.admin, { kind: "Secret", namespace: home(id), name: first })).toBeUndefined();
  await need(scope.admin, "Secret", home(id), second);
  await change(id, ONE);
  expect((await deployer())["imagePullSecrets"] ?? []).toEqual([]);
  expect(await find(scope.admin, { kind: "Secret", namespace: home(id), name: second })).toBeUndefined();
});

test("deletionPolicy and protected reach the Namespace's annotations, the project's default too", async () => {
  const id = await setUp();
  const annotations = async () => (await need(scope.admin, "Namespace", "", home(id))).metadata.annotations;
  await change(id, { ...ONE, deletionPolicy: "Orphan" });
  expect(await annotations()).toMatchObject({ "projectgitops.dev/deletion-policy": "Orphan" });
  const environments = [{ name: "development", deletionPolicy: "Delete" as const, protected: true }];
  await change(id, { environments, deletionPolicy: "Orphan" });
  expect(await annotations()).toMatchObject({
    "projectgitops.dev/deletion-policy": "Delete",
    "projectgitops.dev/protected": "true",
  });
});

test("created-by is carried through every change, and no object is made anew", async () => {
  const id = await setUp();
  const before = writesAbout(scope, id).length;
  const project = await change(id, {
    git: { ...GIT, ref: { tag: "v2" }, interval: "3m" },
    environments: [{ name: "development", path: "./x", metadata: { labels: { team: "c" } } }],
  });
  for (const object of idsOf(project)) {
    const live = await find(scope.admin, object);
    expect(live?.metadata.annotations?.["projectgitops.dev/created-by"]).toBe(project.metadata.uid);
  }
  const verbs = writesAbout(scope, id)
    .slice(before)
    .filter(({ objectRef }) => objectRef?.resource !== "events")
    .map(({ verb }) => verb);
  expect([...new Set(verbs)]).toEqual(["patch"]);
});

test("an applied change that means the same writes nothing but the status", async () => {
  const id = await setUp({ ...ONE, git: { ...GIT, ref: { branch: "main" } } });
  await untilResynced(scope);
  const before = writesAbout(scope, id).length;
  await change(id, { ...ONE, git: { ...GIT, ref: {} } });
  await untilResynced(scope);
  const lines = writesAbout(scope, id).slice(before).map(line);
  expect(lines.filter((text) => !text.startsWith("patch projectgitops/status"))).toEqual([]);
});
