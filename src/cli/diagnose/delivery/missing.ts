import type { ProjectGitOps } from "../../../api/schema.ts";
import { DELIVERY_MISSING } from "../catalogue/delivery-flux.ts";
import type { FluxEnvironment } from "../reads/flux-objects.ts";
import { putRight } from "./failure.ts";
import type { Trouble } from "./trouble.ts";

/** The Kustomization or HelmRelease is gone from a project that was complete: nothing is deployed, nothing pruned. Pure. */
export function deliveryMissing(
  project: ProjectGitOps,
  { environment, delivery }: FluxEnvironment,
): Trouble[] {
  const { status, metadata } = project;
  const complete = status?.phase === "COMPLETED" && status.observedGeneration === metadata.generation;
  if (delivery.state !== "missing" || !complete) return [];
  const { kind, namespace, name } = delivery.id;
  return [
    {
      kind: DELIVERY_MISSING,
      environment: environment.name,
      object: delivery.object,
      what: (where) => `${where} is not deployed any more: its ${kind} is missing`,
      evidence: `${kind} "${name}" not found in ${namespace}, and the project is COMPLETED`,
      cause: `somebody has deleted it: Flux then prunes what it had deployed. The operator makes it again${project.spec.suspend ? " once the project is resumed" : ", at its next resync or now with the fix"}`,
      fix: [putRight(project)],
      same: kind,
    },
  ];
}
