/**
 * Where this project began (origin/client-migration.md): with a kubeconfig that kubectl takes, the official client
 * was refused under Bun, because its TLS settings (CA and client certificate) never reached Bun's fetch. Version 2
 * still is: undici's agent is ignored. Should a later Bun mend that, the first tests here say so by failing.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { contenderFolder } from "../../../bench/client/contenders/install.ts";
import { BunK8sClient } from "../../../src/kube/index.ts";
import { type Cluster, sharedCluster } from "../../cluster/index.ts";

let cluster: Cluster;
let clientNode: string;
let k3s: string;
const folder = mkdtempSync(join(tmpdir(), "origin-"));

beforeAll(async () => {
  [cluster, clientNode] = await Promise.all([sharedCluster(), contenderFolder("client-node")]);
  k3s = join(folder, "k3s.yaml");
  writeFileSync(k3s, k3sKubeconfig(cluster));
}, 180_000);
afterAll(() => rmSync(folder, { recursive: true }));

const KUBECONFIGS = [
  ["the kubeconfig of the test cluster", () => cluster.kubeconfigPath],
  ["a kubeconfig in the form that K3s writes", () => k3s],
] as const;

for (const [name, path] of KUBECONFIGS) {
  describe(`with a client certificate, in ${name},`, () => {
    test("@kubernetes/client-node under Bun does not get in: the CA is ignored", async () => {
      expect(await refusal(path())).toMatchObject({
        refused: expect.stringMatching(/UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED_CERT_IN_CHAIN|CERT/),
      });
    });

    test("and where the CA is trusted otherwise, it is nobody to the API server: the certificate is ignored", async () => {
      const { refused, message } = await refusal(path(), {
        NODE_EXTRA_CA_CERTS: join(cluster.certs, "ca.crt"),
      });
      expect(refused).toBeOneOf([401, 403]);
      expect(message).toMatch(/Unauthorized|system:anonymous/);
    });

    test("BunK8sClient is let in", async () => {
      const client = new BunK8sClient(path());
      const { items } = await client.listNamespaces();
      expect(items.map((item) => item.metadata?.name)).toContain("kube-system");
      expect((await client.canI({ verb: "*", group: "*", resource: "*" })).allowed).toBe(true);
    });
  });
}

/** What refused it; fails when it was let in. */
async function refusal(kubeconfig: string, env: Record<string, string> = {}): Promise<Refusal> {
  const answer = await withClientNode(kubeconfig, env);
  if ("refused" in answer) return answer;
  throw new Error(
    `Bun ${Bun.version} mends it: @kubernetes/client-node is let in with a client certificate. Good; now turn this test round, and say so in docs/client.md`,
  );
}

interface Refusal {
  refused: unknown;
  message: string;
}

async function withClientNode(kubeconfig: string, env: Record<string, string> = {}) {
  const probe = join(import.meta.dir, "client-node-probe.ts");
  const child = Bun.spawn([process.execPath, probe, clientNode, kubeconfig], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    env: { ...process.env, ...env },
  });
  const [output, complaint] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  if (output === "") throw new Error(`the probe said nothing: ${complaint}`);
  return JSON.parse(output) as { namespaces: number } | Refusal;
}

/** As `k3s server` writes /etc/rancher/k3s/k3s.yaml, but for the port. */
function k3sKubeconfig({ server, certs }: Cluster): string {
  const base64 = (file: string) => readFileSync(join(certs, file)).toString("base64");
  return `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: ${base64("ca.crt")}
    server: https://127.0.0.1:${new URL(server).port}
  name: default
contexts:
- context:
    cluster: default
    user: default
  name: default
current-context: default
kind: Config
users:
- name: default
  user:
    client-certificate-data: ${base64("admin.crt")}
    client-key-data: ${base64("admin.key")}
`;
}
