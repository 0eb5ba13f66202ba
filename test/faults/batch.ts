import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { operatorToken, scratchFolder, startCluster } from "../cluster/index.ts";
import { dieWithUs } from "../cluster/janitor.ts";
import type { Result } from "./trial.ts";
import type { Job, Report } from "./worker.ts";

/**
 * Runs trials in a process and a cluster of their own: neither grows with the number of plans.
 * @param tell called with each trial's index as it ends
 * @throws Error when the process ends before all trials have
 */
export async function runBatch(
  job: Omit<Job, "cluster" | "token">,
  tell: (index: number, result: Result) => void,
): Promise<void> {
  const cluster = await startCluster({ auditsStatusesOnly: true });
  try {
    const { token } = await operatorToken(cluster);
    const { server, kubeconfigPath, caPem, certs, folder, auditLog } = cluster;
    const shared = { server, kubeconfigPath, caPem, certs, folder, auditLog };
    const file = join(scratchFolder("faults"), "job.json");
    writeFileSync(file, JSON.stringify({ ...job, cluster: shared, token } satisfies Job), { mode: 0o600 });
    const child = Bun.spawn([process.execPath, join(import.meta.dir, "worker.ts"), file], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    dieWithUs(child);
    let ended = 0;
    for await (const line of linesOf(child.stdout)) {
      const { index, result } = JSON.parse(line) as Report;
      ended++;
      tell(index, result);
    }
    const code = await child.exited;
    if (ended < job.trials.length)
      throw new Error(`the worker ended with ${code} after ${ended} of ${job.trials.length} trials`);
  } finally {
    await cluster.stop();
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const part of stream) {
    const lines = (rest + decoder.decode(part, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
