import { afterAll, expect } from "bun:test";
import { mkdirSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";
import { dump, load } from "js-yaml";
import { freePort } from "../../cluster/index.ts";
import { readPage } from "../../docs/page.ts";
import type { Shell } from "../../docs/shell.ts";
import { tellPage } from "../../docs/story.ts";
import type { Place } from "./place.ts";

/** An address of this machine that the API server's certificate does not name. */
const ELSEWHERE = "127.0.0.2";

/** Begins with a cluster where `check` has nothing to complain of. */
export function k3s(place: () => Place): void {
  let shell: Shell;
  let address: string;
  let server: Server;
  tellPage(readPage("docs/k3s.md"), {
    cluster: () => place().cluster,
    shell: () => shell,
    begin: async () => {
      shell = await place().terminal();
      address = `${ELSEWHERE}:${await freePort()}`;
      server = forward(address, new URL(place().cluster.server));
      mkdirSync(join(shell.folder, "server"));
      await Bun.write(
        join(shell.folder, "server", "k3s.yaml"),
        await asK3sWrites(place().cluster.kubeconfigPath),
      );
    },
    replace: () => ({
      "scp root@k3s.acme.dev:/etc/rancher/k3s/k3s.yaml": "cp server/k3s.yaml",
      "k3s.acme.dev:6443": address,
    }),
    scenes: {
      "kubectl config set-cluster default --kubeconfig k3s.yaml --server": {
        exit: 2,
        after: ({ stderr }) => expect(stderr).toContain("its certificate is for another name"),
      },
      "--tls-server-name": { after: () => shell.must("projectgitops check; kubectl get --raw /readyz") },
      "openssl s_client": { after: ({ stdout }) => expect(stdout).toContain("DNS:kubernetes.default.svc") },
    },
  });
  afterAll(() => server?.close());
}

/** Cluster, user and context are called default, and the server is the machine itself. */
async function asK3sWrites(kubeconfigPath: string): Promise<string> {
  const config = load(await Bun.file(kubeconfigPath).text()) as {
    clusters: { cluster: object }[];
    users: { user: object }[];
  };
  return dump({
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      { name: "default", cluster: { ...config.clusters[0]?.cluster, server: "https://127.0.0.1:6443" } },
    ],
    users: [{ name: "default", user: config.users[0]?.user }],
    contexts: [{ name: "default", context: { cluster: "default", user: "default" } }],
    "current-context": "default",
  });
}

/** Passes connections to this address on, as they are. */
function forward(address: string, { hostname, port }: URL): Server {
  const [host, own] = address.split(":");
  return createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const)
      from.on("error", () => to.destroy()).pipe(to);
  }).listen(Number(own), host);
}
