import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import type { ClusterRole } from "kubernetes-types/rbac/v1";
import { CLUSTER_ROLE_BINDINGS, CLUSTER_ROLES } from "../../../src/kube/index.ts";
import { deadKubeconfig, nobodysKubeconfig, withKubeconfig } from "../cli-support.ts";
import { type Diagnosis, type Lab, openLab } from "./lab.ts";

let lab: Lab;
let name: string;
beforeAll(async () => {
  lab = await openLab();
  name = await lab.project();
}, 90_000);
afterAll(() => lab.stop());

test("NotPermitted: found when this person may see the project and not much else, with exit 0", async () => {
  await letNobody("projectgitops-view");
  const { code, stdout } = await asNobody(`diagnose ${name} -n ${lab.namespace} -o json`);
  const { healthy, findings } = JSON.parse(stdout) as Diagnosis;
  expect({ code, healthy }).toEqual({ code: 0, healthy: true });
  const [first] = findings.filter(({ severity }) => severity === "warning");
  expect(first).toMatchObject({ id: "NotPermitted", object: "your kubeconfig" });
  expect(first?.evidence).toStartWith(
    "you cannot get clusterroles.rbac.authorization.k8s.io projectgitops, ",
  );
  expect(first?.evidence).toContain(", get gitrepositories.source.toolkit.fluxcd.io (3 times), ");
  expect(first?.cause).toContain("forbidden: User ");
  // For a program and for a person alike; the fix shows the rights that are left.
  expect((await asNobody(`diagnose ${name} -n ${lab.namespace}`)).stdout).toContain("you may not look at ");
  await lab.paste(first?.fix);
});

test("NotPermitted: absent when all may be read, and rights of others may not be asked for", async () => {
  await lab.stand();
  const reader: ClusterRole = {
    metadata: { name: "test-reader" },
    rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["get", "list"] }],
  };
  await lab.admin.create(CLUSTER_ROLES, reader);
  await letNobody("test-reader");
  const { stdout } = await asNobody(`diagnose ${name} -n ${lab.namespace} -o json`);
  expect(JSON.parse(stdout)).toEqual({ healthy: true, findings: [] });
  // The roles are read instead.
  const role = await lab.admin.get(CLUSTER_ROLES, { name: "projectgitops" });
  await lab.admin.replace(CLUSTER_ROLES, { ...role, rules: role.rules?.slice(1) ?? [] });
  const broken = await asNobody(`diagnose ${name} -n ${lab.namespace} -o json`);
  expect((JSON.parse(broken.stdout) as Diagnosis).findings[0]).toMatchObject({
    id: "OperatorPermissionsMissing",
    evidence: expect.stringContaining("it cannot get projectgitops.projectgitops.dev, list"),
  });
  await lab.admin.apply(
    CLUSTER_ROLES,
    { metadata: { name: "projectgitops" }, rules: role.rules ?? [] },
    { force: true, fieldManager: "test-admin" },
  );
});

test("without a cluster diagnose says what it tried, and exits with 2", async () => {
  const nowhere = withKubeconfig(await deadKubeconfig(lab.cluster, lab.namespace));
  for (const verb of [`diagnose ${name}`, "diagnose -A", "check"]) {
    const { code, stdout, stderr } = await nowhere(verb);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(
      /^error: cannot .*\n.*https:\/\/127\.0\.0\.1:1[\s\S]*\n {2}next: nothing listens there/,
    );
  }
});

test("while the API server is slow, diagnose says on stderr what it waits for", async () => {
  const slow = await slowApiServer();
  const { stdout, stderr } = await withKubeconfig(slow.kubeconfigPath)(
    `diagnose ${name} -n ${lab.namespace} -o json`,
  );
  slow.stop();
  expect(stderr).toStartWith(
    `waiting for the API server to read ProjectGitOps ${lab.namespace}/${name} (1 s)\n`,
  );
  expect((JSON.parse(stdout) as Diagnosis).findings).toEqual([]);
});

const asNobody = async (commandLine: string) =>
  withKubeconfig(await nobodysKubeconfig(lab.cluster, lab.namespace))(commandLine);

/** Gives this ClusterRole to the one without rights, everywhere. */
async function letNobody(clusterRole: string): Promise<void> {
  await lab.admin.create(CLUSTER_ROLE_BINDINGS, {
    metadata: { name: `test-${clusterRole}` },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: clusterRole },
    subjects: [{ kind: "ServiceAccount", namespace: lab.namespace, name: "default" }],
  });
}

/** The API server at the far end of a line that carries the first bytes of each connection only after 1.2 s. */
async function slowApiServer(): Promise<{ kubeconfigPath: string; stop(): void }> {
  const { hostname, port } = new URL(lab.cluster.server);
  const server = Bun.listen<{ send(bytes: Uint8Array): void }>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open: (near) => {
        const far = Bun.connect({
          hostname,
          port: Number(port),
          socket: { data: (_, bytes) => void near.write(bytes), close: () => void near.end() },
        });
        const ready = Bun.sleep(1200).then(() => far);
        near.data = { send: (bytes) => void ready.then((socket) => socket.write(bytes)) };
      },
      data: (near, bytes) => near.data.send(new Uint8Array(bytes)),
    },
  });
  const kubeconfigPath = join(lab.cluster.folder, "kubeconfig-slow");
  const config = await Bun.file(lab.cluster.kubeconfigPath).text();
  await Bun.write(kubeconfigPath, config.replaceAll(lab.cluster.server, `https://127.0.0.1:${server.port}`));
  return { kubeconfigPath, stop: () => server.stop(true) };
}
