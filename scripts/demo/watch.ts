import type { ProjectGitOps } from "../../src/api/schema.ts";
import type { BunK8sClient } from "../../src/kube/index.ts";
import { liveObjects } from "./objects.ts";
import { happened } from "./screen.ts";

const LOOK_EVERY_MS = 200;

/** Tells what goes and comes back among the project's objects, until the signal. */
export async function watchRepairs(
  client: BunK8sClient,
  project: ProjectGitOps,
  origin: number,
  signal: AbortSignal,
): Promise<void> {
  let known = await liveObjects(client, project);
  const goneSince = new Map<string, number>();
  while (!signal.aborted) {
    await Bun.sleep(LOOK_EVERY_MS);
    const live = await liveObjects(client, project).catch(() => known);
    for (const [name, uid] of known) {
      if (live.get(name) === uid) continue;
      if (!live.has(name)) happened(origin, "gone", name);
      goneSince.set(name, performance.now());
    }
    for (const [name, uid] of live) {
      if (known.get(name) === uid) continue;
      const gone = goneSince.get(name);
      const took = gone === undefined ? "" : `, ${((performance.now() - gone) / 1000).toFixed(1)} s later`;
      happened(origin, gone === undefined ? "new" : "back", `${name}${took}`);
      goneSince.delete(name);
    }
    known = live;
  }
}
