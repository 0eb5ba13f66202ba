import type { ProjectGitOps } from "../../../api/schema.ts";
import { steadyMessage } from "../../../machine/index.ts";
import { projectKey } from "../../../reconcile/resources.ts";
import type { Look } from "../look.ts";
import {
  conditionOfFlux,
  type FluxEnvironment,
  type FluxObject,
  readFluxObjects,
} from "../reads/flux-objects.ts";
import { causeIn, classify, type SourceTrouble } from "./classify.ts";
import { redactorFor } from "./credential.ts";

/** One environment whose GitRepository fails. */
export interface SourceFailure {
  readonly flux: FluxEnvironment;
  readonly live: FluxObject;
  readonly trouble: SourceTrouble;
  /** Flux's reason and the cause in its words, without secrets. */
  readonly said: string;
  /** RFC 3339. */
  readonly since: string | undefined;
}

/** Every environment whose source fails now, in the spec's order. */
export function sourceFailures(look: Look, project: ProjectGitOps): Promise<SourceFailure[]> {
  return look.once(`source failures of ${projectKey(project.metadata)}`, () => read(look, project));
}

async function read(look: Look, project: ProjectGitOps): Promise<SourceFailure[]> {
  const environments = await readFluxObjects(look, project);
  const failures = await Promise.all(
    environments.map(async (flux): Promise<SourceFailure[]> => {
      const { live, health } = flux.source;
      const failing = live && health && failureOf(flux);
      if (!failing) return [];
      const redact = await redactorFor(look, project, flux.namespace);
      const said = `${failing.reason}: ${causeIn(failing.message, redact)}`;
      return [{ flux, live, trouble: classify(failing.message), said, since: sinceOf(live) }];
    }),
  );
  return failures.flat();
}

/**
 * What it fails with; FetchFailed speaks while Ready is Unknown because Flux tries again (FLUX-FACTS, trap 2), which
 * takes a minute where nobody answers. A suspended one is left alone.
 */
export function failureOf({
  source: { live, health },
}: FluxEnvironment): { reason: string; message: string } | undefined {
  if (health === undefined || health.suspended || health.ready === "True") return undefined;
  if (health.ready === "False") return health;
  const failed = conditionOfFlux(live, "FetchFailed");
  const current = (failed?.observedGeneration ?? 0) >= (live?.metadata.generation ?? 0);
  if (failed?.status !== "True" || !current) return undefined;
  return { reason: failed.reason ?? "Unknown", message: steadyMessage(failed.message ?? "") };
}

/** FetchFailed stays through all tries, while Ready changes with each. */
function sinceOf(live: FluxObject): string | undefined {
  const times = ["FetchFailed", "Ready"].flatMap((type) => {
    const condition = conditionOfFlux(live, type);
    const failing = type === "Ready" ? condition?.status === "False" : condition?.status === "True";
    return failing && condition?.lastTransitionTime ? [condition.lastTransitionTime] : [];
  });
  return times.toSorted()[0];
}
