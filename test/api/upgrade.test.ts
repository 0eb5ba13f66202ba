import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { loadAll } from "js-yaml";
import type { CustomResourceDefinition } from "kubernetes-types/apiextensions/v1";
import type { ClusterRole } from "kubernetes-types/rbac/v1";
import type { ProjectGitOpsSpecInput } from "../../src/api/schema.ts";
import { BunK8sClient, CLUSTER_ROLES, CUSTOM_RESOURCE_DEFINITIONS } from "../../src/kube/index.ts";
import {
  eventually,
  installedIdentity,
  kubectl,
  type Operator,
  type OperatorIdentity,
  type OwnCluster,
  operatorRequests,
  startCluster,
  startOperator,
} from "../cluster/index.ts";
import { PERMISSIONS_FOLDER } from "../cluster/permissions.ts";
import { untilReady } from "./support/flux.ts";
import { managedVersions } from "./support/managed.ts";
import { FAST, giveCredential, PROJECTS, projectObject } from "./support/scope.ts";
import { type Version, versionNamed, versionOf } from "./support/versions.ts";

/** The state before install, uninstall, the admission policies and the guardrails. From a release on: its tag. */
const BEFORE = "ed8c315d45dfb51919f86cd21743f813c6f54515";
const ROOT = join(import.meta.dir, "..", "..");
const PLATFORM = "platform";
const CRD = { name: "projectgitops.projectgitops.dev" };

/** Of each thing that a version might see otherwise than the one before it, one. */
const SPECS: Record<string, Partial<ProjectGitOpsSpecInput>> = {
  shop: {},
  pay: {
    git: { url: "https://git.example.com/acme/pay.git", credential: { secretRef: { name: "token" } } },
    deletionPolicy: "Orphan",
    environments: [
      { name: "staging", prune: false, wait: false, metadata: { labels: { team: "pay" } } },
      {
        name: "production",
        protected: true,
        ref: { tag: "v1.0.0" },
        imagePullSecrets: [{ name: "registry" }],
      },
    ],
  },
  open: {
    git: { url: "https://git.example.com/acme/open.git" },
    environments: [{ name: "production", suspend: true }],
  },
};

let cluster: OwnCluster;
let admin: BunK8sClient;
let identity: OperatorIdentity;
let running: Operator | undefined;
let versions: { before: Version; now: Version; next: Version };
/** uid and resourceVersion of every managed object when all projects were COMPLETED. */
let made: Record<string, string>;

beforeAll(async () => {
  const [started, before, next] = await Promise.all([
    startCluster(),
    versionOf(BEFORE),
    versionNamed("99.0.0"),
  ]);
  cluster = started;
  const program = [process.execPath, join(ROOT, "src", "main.ts")];
  versions = { before, next, now: { program, deploy: join(ROOT, "deploy") } };
  admin = new BunK8sClient(cluster.kubeconfigPath, { fieldManager: "test-admin" });
  await must("delete", "crd", CRD.name);
}, 120_000);
afterAll(async () => {
  await running?.stop();
  admin?.close();
  // An earlier version uses the rights that its own deploy/ granted.
  const folder = process.env[PERMISSIONS_FOLDER];
  delete process.env[PERMISSIONS_FOLDER];
  await cluster?.stop();
  if (folder !== undefined) process.env[PERMISSIONS_FOLDER] = folder;
});

test("the earlier version, installed from its own deploy/, sets projects up", async () => {
  await apply(versions.before);
  identity = await installedIdentity(cluster);
  running = await start(versions.before);
  await admin.createNamespace(PLATFORM);
  await giveCredential({ admin, namespace: PLATFORM });
  await admin.createSecret(PLATFORM, "token", { username: "git", password: "not-a-real-password" });
  const docker = { ".dockerconfigjson": '{"auths":{}}' };
  await admin.createSecret(PLATFORM, "registry", docker, "kubernetes.io/dockerconfigjson");
  for (const [name, spec] of Object.entries(SPECS))
    await admin.create(PROJECTS, projectObject(PLATFORM, name, spec));
  for (const name of Object.keys(SPECS)) await untilReady({ admin, namespace: PLATFORM }, name);
  await untilAllPassed();
  made = await managedVersions(cluster);
  expect(Object.keys(made).filter((key) => key.startsWith("Kustomization "))).toHaveLength(6);
}, 60_000);

describe.each([
  ["upgrade from it to this version", "now"],
  ["upgrade to the next one, of the same source", "next"],
  ["downgrade to this one", "now"],
  ["downgrade to the earlier one, with what a newer one has left", "before"],
] as const)("%s", (_, to) => {
  test("every project stays COMPLETED, and nothing that was made is written to", async () => {
    const from = operatorRequests(cluster).length;
    await apply(versions[to]);
    await rollTo(versions[to]);
    await untilAllPassed();
    const standing = (await admin.list(PROJECTS)).items.map(
      ({ metadata, status }) =>
        `${metadata.name} ${status?.phase} ${status?.conditions?.find(({ type }) => type === "Ready")?.status}`,
    );
    expect(standing).toEqual(["open COMPLETED True", "pay COMPLETED True", "shop COMPLETED True"]);
    expect(await managedVersions(cluster)).toEqual(made);
    const writes = operatorRequests(cluster)
      .slice(from)
      .filter(({ verb, objectRef }) => !READING.has(verb) && !ITS_OWN.has(objectRef?.resource ?? ""));
    expect(writes.map(({ verb, requestURI }) => `${verb} ${requestURI}`)).toEqual([]);
  }, 60_000);

  test("the CRD and the rights are that version's", async () => {
    const manifests = loadAll(await must("kustomize", versions[to].deploy)) as Manifest[];
    const own = <T>(kind: string, name: string) =>
      manifests.find((one) => one.kind === kind && one.metadata.name === name) as T;
    const crd = await admin.get(CUSTOM_RESOURCE_DEFINITIONS, CRD);
    const role = await admin.get(CLUSTER_ROLES, { name: "projectgitops" });
    const theirs = own<CustomResourceDefinition>("CustomResourceDefinition", CRD.name);
    expect(crd.spec.versions[0]?.schema).toEqual(theirs.spec.versions[0]?.schema);
    expect(role.rules).toEqual(own<ClusterRole>("ClusterRole", "projectgitops").rules ?? []);
  });
});

interface Manifest {
  kind: string;
  metadata: { name: string };
}

/** What the operator writes in any case: statuses and finalizers, its Lease, its words. */
const ITS_OWN: ReadonlySet<string> = new Set(["projectgitops", "leases", "events"]);
const READING: ReadonlySet<string> = new Set(["get", "list"]);

/** As docs/operations.md has it. */
const apply = ({ deploy }: Version) => must("apply", "--server-side", "--force-conflicts", "-k", deploy);

const start = ({ program }: Version) =>
  startOperator(cluster, { command: program, args: ["--leader-elect", ...FAST], identity });

/** As the Deployment rolls: the new Pod is ready and stands by, then the old one is told to end. */
async function rollTo(version: Version): Promise<void> {
  const old = running;
  running = await start(version);
  expect(await old?.stop()).toBe(0);
}

/** The operator that runs now leads, has all projects as COMPLETED, and has judged each in full by request. */
async function untilAllPassed(): Promise<void> {
  await eventually(
    async () => {
      const told = (await running?.metrics()) ?? "";
      const completed = told.match(/^projectgitops_project_info\{.*phase="COMPLETED".*\} 1$/gm);
      return completed?.length === Object.keys(SPECS).length;
    },
    { deadlineMs: 40_000, description: "the operator has all projects as COMPLETED" },
  );
  const requestedAt = new Date().toISOString();
  const annotations = { "reconcile.fluxcd.io/requestedAt": requestedAt };
  for (const name of Object.keys(SPECS)) {
    const ref = { namespace: PLATFORM, name };
    await admin.patch(PROJECTS, ref, { metadata: { annotations } }, { type: "merge" });
    await eventually(
      async () => (await admin.get(PROJECTS, ref)).status?.lastHandledReconcileAt === requestedAt,
      { deadlineMs: 20_000, description: `${name} was looked at` },
    );
  }
}

async function must(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await kubectl(cluster, args);
  if (code !== 0) throw new Error(stderr);
  return stdout.trim();
}
