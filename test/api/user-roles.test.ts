import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { ClusterRole } from "kubernetes-types/rbac/v1";
import { rightsOf } from "../../src/cli/diagnose/installation/rights.ts";
import { BunK8sClient, CLUSTER_ROLES, ROLE_BINDINGS } from "../../src/kube/index.ts";
import {
  type Cluster,
  eventually,
  installDeploy,
  kubectl,
  sharedCluster,
  uniqueName,
} from "../cluster/index.ts";

let cluster: Cluster;
let admin: BunK8sClient;
const namespace = uniqueName("platform");

beforeAll(async () => {
  cluster = await sharedCluster();
  await installDeploy(cluster);
  admin = new BunK8sClient(cluster.kubeconfigPath);
  await admin.createNamespace(namespace);
  for (const name of ["view", "edit", "admin"]) await bind(`projectgitops-${name}`, name);
}, 60_000);
afterAll(() => admin?.close());

describe("Kubernetes' own roles", () => {
  test.each(["view", "edit", "admin"])(
    "%s may look at projects and their status, and no more",
    async (name) => {
      // The controller manager puts the roles together some time after deploy/ is applied.
      const verbs = await eventually(
        async () => {
          const held = ourVerbs(await admin.get(CLUSTER_ROLES, { name }));
          return Object.keys(held).length > 0 && held;
        },
        { description: `${name} knows our kind` },
      );
      const looking = ["get", "list", "watch"];
      expect(verbs).toEqual({ projectgitops: looking, "projectgitops/status": looking });
    },
  );
});

describe("our own roles, bound in one namespace", () => {
  test.each([
    ["view", "list", "yes"],
    ["view", "create", "no"],
    ["edit", "create", "yes"],
    ["edit", "delete", "yes"],
    ["admin", "create", "yes"],
    ["admin", "delete", "yes"],
  ])("projectgitops-%s may %s projects there: %s; elsewhere it may nothing", async (role, verb, answer) => {
    const may = async (where: string) =>
      (await as(role, "auth", "can-i", verb, "projectgitops.projectgitops.dev", "-n", where)).stdout.trim();
    expect({ here: await may(namespace), elsewhere: await may("default") }).toEqual({
      here: answer,
      elsewhere: "no",
    });
  });

  test("nobody writes a status by hand", async () => {
    for (const role of ["view", "edit", "admin"]) {
      const kind = ["projectgitops.projectgitops.dev", "--subresource=status"];
      expect((await as(role, "auth", "can-i", "patch", ...kind, "-n", namespace)).stdout).toBe("no\n");
    }
  });

  test("projectgitops-admin lets others in, and hands on no more than it holds; projectgitops-edit lets nobody in", async () => {
    const letIn = (by: string, role: string) =>
      as(
        by,
        ...["create", "rolebinding", uniqueName("let-in"), `--clusterrole=${role}`],
        ...["--user=jane", "-n", namespace],
      );
    expect((await letIn("admin", "projectgitops-edit")).code).toBe(0);
    expect((await letIn("admin", "projectgitops-admin")).code).toBe(0);
    const refused = await letIn("admin", "edit");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("is attempting to grant RBAC permissions not currently held");
    const closed = await letIn("edit", "projectgitops-view");
    expect(closed.stderr).toContain('cannot create resource "rolebindings"');
  });
});

/** Of our group: what may be done with each resource. */
function ourVerbs({ rules = [] }: ClusterRole): Record<string, string[]> {
  const ours = rightsOf(rules).filter(({ group }) => group === "projectgitops.dev");
  const byPath = Map.groupBy(ours, ({ resource, subresource }) =>
    subresource ? `${resource}/${subresource}` : resource,
  );
  return Object.fromEntries(
    [...byPath].map(([path, rights]) => [path, [...new Set(rights.map(({ verb }) => verb))].sort()]),
  );
}

const as = (role: string, ...args: string[]) => kubectl(cluster, [...args, "--as", `test-${role}`]);

const bind = (role: string, user: string) =>
  admin.create(ROLE_BINDINGS, {
    metadata: { namespace, name: role },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: `test-${user}` }],
  });
