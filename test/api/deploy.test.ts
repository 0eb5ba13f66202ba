import { beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { dump, loadAll } from "js-yaml";
import type { Deployment } from "kubernetes-types/apps/v1";
import type { ClusterRole } from "kubernetes-types/rbac/v1";
import { installManifests } from "../../src/cli/manifests.ts";
import type { Cluster } from "../cluster/control-plane.ts";
import { uniqueName } from "../cluster/eventually.ts";
import { kubectl } from "../cluster/kubectl.ts";
import { installDeploy } from "../cluster/operator-identity.ts";
import { sharedCluster } from "../cluster/shared.ts";
import { typed } from "../unit/cli/typed.ts";

const DEPLOY = join(import.meta.dir, "..", "..", "deploy");
const OPERATOR = "system:serviceaccount:projectgitops-system:projectgitops";

interface Manifest {
  kind: string;
  metadata: { name: string };
}

let cluster: Cluster;
let kustomized: string;
let manifests: Manifest[];

beforeAll(async () => {
  cluster = await sharedCluster();
  await installDeploy(cluster);
  kustomized = (await kubectl(cluster, ["kustomize", DEPLOY])).stdout;
  manifests = loadAll(kustomized) as Manifest[];
}, 60_000);

const find = <T>(kind: string, name = "projectgitops"): T =>
  manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === name) as T;

test("what kubectl kustomize deploy prints passes strict validation without a warning", async () => {
  const args = [
    "apply",
    "--server-side",
    "--force-conflicts",
    "--dry-run=server",
    "--validate=strict",
    "-f",
    "-",
  ];
  const { code, stderr } = await kubectl(cluster, args, kustomized);
  expect(stderr).toBe("");
  expect(code).toBe(0);
});

test("install --export prints just the objects of deploy/, and the image that it is given", () => {
  const byName = (a: Manifest, b: Manifest) =>
    `${a.kind}/${a.metadata.name}`.localeCompare(`${b.kind}/${b.metadata.name}`);
  expect((loadAll(installManifests()) as Manifest[]).toSorted(byName)).toEqual(manifests.toSorted(byName));
  expect(installManifests("localhost/op:try")).toContain("image: localhost/op:try\n");
});

test.each([
  ["crd", ["CustomResourceDefinition"]],
  [
    "permissions",
    [
      ...["Namespace", "ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"],
      ...Array.from({ length: 8 }, () => [
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
      ]).flat(),
    ],
  ],
])("install --export --only %s prints just these objects of deploy/", async (part, kinds) => {
  const { stdout, stderr } = await typed(`install --export --only ${part}`);
  expect(stderr).toBe("");
  const printed = loadAll(stdout) as Manifest[];
  expect(printed.map(({ kind }) => kind)).toEqual(kinds);
  for (const each of printed) expect(manifests).toContainEqual(each);
});

test("the Pod of the Deployment is let in by Pod Security's restricted level, which its namespace enforces", async () => {
  const { template } = find<Deployment>("Deployment").spec ?? {};
  const pod = { ...template, apiVersion: "v1", kind: "Pod" };
  pod.metadata = { ...pod.metadata, name: uniqueName("pod"), namespace: "projectgitops-system" };
  const { code, stderr } = await kubectl(cluster, ["create", "--dry-run=server", "-f", "-"], dump(pod));
  expect(stderr).toBe("");
  expect(code).toBe(0);
});

test("the root file system of the operator is read-only", () => {
  const [container] = find<Deployment>("Deployment").spec?.template.spec?.containers ?? [];
  expect(container?.securityContext?.readOnlyRootFilesystem).toBe(true);
});

test("no rule has a wildcard, and none escalates or impersonates", () => {
  const roles = manifests.filter(({ kind }) => kind === "ClusterRole" || kind === "Role") as (Manifest &
    ClusterRole)[];
  const words = roles.flatMap(({ rules = [] }) =>
    rules.flatMap(({ apiGroups = [], resources = [], verbs }) => [...apiGroups, ...resources, ...verbs]),
  );
  expect(words.length).toBeGreaterThan(20);
  expect(words.filter((word) => ["*", "escalate", "impersonate"].includes(word))).toEqual([]);
});

describe("the operator's ServiceAccount", () => {
  const may = async (verb: string, resource: string): Promise<string> => {
    const args = ["auth", "can-i", verb, "-n", "default", ...resource.split(" "), "--as", OPERATOR];
    return (await kubectl(cluster, args)).stdout.trim();
  };

  test.each([
    ["list", "projectgitops.projectgitops.dev"],
    ["patch", "projectgitops.projectgitops.dev --subresource=status"],
    ["create", "namespaces"],
    ["delete", "secrets"],
    ["patch", "gitrepositories.source.toolkit.fluxcd.io"],
    ["bind", "clusterroles.rbac.authorization.k8s.io/admin"],
    ["get", "customresourcedefinitions.apiextensions.k8s.io/projectgitops.projectgitops.dev"],
  ])("may %s %s", async (verb, resource) => {
    expect(await may(verb, resource)).toBe("yes");
  });

  test.each(["create", "get", "update"])("may %s its Lease in its own namespace", async (verb) => {
    const lease = `leases.coordination.k8s.io${verb === "create" ? "" : "/projectgitops"}`;
    expect(await may(verb, `${lease} -n projectgitops-system`)).toBe("yes");
  });

  test.each([
    ["create", "projectgitops.projectgitops.dev"],
    ["delete", "projectgitops.projectgitops.dev"],
    ["update", "projectgitops.projectgitops.dev --subresource=status"],
    ["get", "pods"],
    ["create", "deployments.apps"],
    ["create", "serviceaccounts --subresource=token"],
    ["bind", "clusterroles.rbac.authorization.k8s.io/cluster-admin"],
    ["create", "clusterrolebindings.rbac.authorization.k8s.io"],
    ["create", "roles.rbac.authorization.k8s.io"],
    ["impersonate", "users"],
    ["delete", "customresourcedefinitions.apiextensions.k8s.io/projectgitops.projectgitops.dev"],
    ["watch", "secrets"],
    ["create", "leases.coordination.k8s.io"],
  ])("may not %s %s", async (verb, resource) => {
    expect(await may(verb, resource)).toBe("no");
  });
});

test("every sample passes strict validation", async () => {
  const namespace = uniqueName("samples");
  await kubectl(cluster, ["create", "namespace", namespace]);
  const sample = await Bun.file(join(DEPLOY, "samples", "shop.yaml")).text();
  const args = ["create", "--dry-run=server", "--validate=strict", "-f", "-"];
  const { code, stderr } = await kubectl(
    cluster,
    args,
    sample.replace("namespace: platform", `namespace: ${namespace}`),
  );
  expect(stderr).toBe("");
  expect(code).toBe(0);
});
