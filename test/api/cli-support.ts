import { join } from "node:path";
import type { Io } from "../../src/cli/io.ts";
import { type Cluster, kubectl } from "../cluster/index.ts";
import { type Typed, typed } from "../unit/cli/typed.ts";

/** Runs a command line as a person whose kubeconfig this is. */
export const withKubeconfig =
  (kubeconfigPath: string) =>
  (commandLine: string, io: Partial<Io> = {}): Promise<Typed> =>
    typed([...commandLine.split(" ").filter(Boolean), "--kubeconfig", kubeconfigPath], io);

/** The same without what is said of a request that takes long, as on a machine with other work. */
export const withoutProgress = async (typing: Promise<Typed>): Promise<Typed> => {
  const said = await typing;
  return { ...said, stderr: said.stderr.replaceAll(/^waiting for the API server to .* \(\d+ s\)\n/gm, "") };
};

/** A kubeconfig of the namespace's default ServiceAccount, which has no rights but those that a test binds to it. */
export async function nobodysKubeconfig(cluster: Cluster, namespace: string): Promise<string> {
  const token = await kubectl(cluster, ["create", "token", "default", "-n", namespace]);
  const path = join(cluster.folder, `${namespace}-nobody`);
  const raw = await kubectl(cluster, ["config", "view", "--raw", "--minify", "-o", "json"]);
  const config = JSON.parse(raw.stdout) as { users: { user: object }[] };
  for (const entry of config.users) entry.user = { token: token.stdout.trim() };
  await Bun.write(path, JSON.stringify(config));
  return path;
}

/** A kubeconfig of an API server that is not there. */
export async function deadKubeconfig(cluster: Cluster, name: string): Promise<string> {
  const path = join(cluster.folder, `${name}-unreachable`);
  const config = await Bun.file(cluster.kubeconfigPath).text();
  await Bun.write(path, config.replaceAll(cluster.server, "https://127.0.0.1:1"));
  return path;
}
