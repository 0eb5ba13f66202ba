import { join } from "node:path";
import { Daemon, freePort } from "./daemon.ts";

/** Starts a throwaway etcd of one member in `folder`. */
export async function startEtcd(binary: string, folder: string): Promise<{ url: string; daemon: Daemon }> {
  const url = `http://127.0.0.1:${await freePort()}`;
  const daemon = await Daemon.start({
    name: "etcd",
    command: [
      binary,
      `--data-dir=${join(folder, "etcd")}`,
      `--listen-client-urls=${url}`,
      `--advertise-client-urls=${url}`,
      "--listen-peer-urls=http://127.0.0.1:0",
      "--unsafe-no-fsync", // the data does not outlive the run
      "--log-level=warn",
    ],
    log: join(folder, "etcd.log"),
    ready: async () => {
      const answer = await fetch(`${url}/health`);
      return answer.ok && ((await answer.json()) as { health: string }).health === "true";
    },
  });
  return { url, daemon };
}
