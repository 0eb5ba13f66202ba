import type { ProjectGitOps } from "../api/schema.ts";
import { isFinal } from "../machine/index.ts";
import type { Dependencies } from "./dependencies.ts";
import { gather } from "./gather.ts";
import { Pass, type PassResult } from "./pass.ts";
import { projectKey } from "./resources.ts";

/** Far above what any project needs: about three steps a stage, and a wait ends a pass. */
const MAX_STEPS = 100;

/**
 * One pass: gather, then decide and execute until there is nothing more to do now, then one status.
 * @throws what the client throws when the API server does not answer: nothing is concluded from that
 */
export async function reconcile(
  deps: Dependencies,
  raw: ProjectGitOps,
  crdDeleting: boolean,
): Promise<PassResult> {
  const options = { signal: deps.signal };
  const pass = new Pass(deps, await gather(deps, raw, crdDeleting, options), options);
  for (let steps = 0; steps < MAX_STEPS; steps++) {
    const step = pass.decide();
    if (isFinal(step)) return pass.finish(step);
    await pass.tellWhenSlow(step);
    await pass.execute(step);
  }
  throw new Error(
    `${projectKey(raw.metadata)}: no end after ${MAX_STEPS} steps; this is a bug in src/machine`,
  );
}
