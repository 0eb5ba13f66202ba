import type { ProjectGitOps } from "../../../api/schema.ts";
import { projectKey } from "../../../reconcile/resources.ts";
import { FLUX_NOT_MOVING } from "../catalogue/installation-flux.ts";
import { type Found, found } from "../finding-kind.ts";
import type { Look } from "../look.ts";
import { type FluxView, readFluxObjects } from "../reads/flux-objects.ts";
import { isStale, type Unobserved, unobservedOf } from "./evidence.ts";
import { type FluxController, fluxDeployments } from "./flux-controller.ts";

/** Flux's controllers answer a ping while they do nothing: what they owe this project's objects tells more. */
export async function fluxStandsStill(look: Look, project: ProjectGitOps): Promise<Found[]> {
  const environments = await readFluxObjects(look, project);
  const owed = environments
    .flatMap(({ source, delivery }) => [source, delivery])
    .flatMap((view) => owedTo(view, look.now));
  const controllers = [...new Set(owed.map(({ view }) => controllerOf(view)))];
  return Promise.all(
    controllers.map((name) =>
      standsStill(
        look,
        project,
        name,
        owed.filter(({ view }) => controllerOf(view) === name),
      ),
    ),
  );
}

interface Owed {
  readonly view: FluxView;
  readonly unobserved: Unobserved;
}

function owedTo(view: FluxView, now: number): Owed[] {
  const { live } = view;
  // One that is being deleted waits for its finalizer: that is told with the removal.
  if (live === undefined || live.spec.suspend === true || live.metadata.deletionTimestamp) return [];
  const unobserved = unobservedOf(live);
  return unobserved && isStale(unobserved, now) ? [{ view, unobserved }] : [];
}

const CONTROLLER = {
  GitRepository: "source-controller",
  Kustomization: "kustomize-controller",
  HelmRelease: "helm-controller",
} as const satisfies Record<string, FluxController>;

const controllerOf = ({ id }: FluxView): FluxController => CONTROLLER[id.kind as keyof typeof CONTROLLER];

async function standsStill(
  look: Look,
  project: ProjectGitOps,
  name: FluxController,
  owed: readonly Owed[],
): Promise<Found> {
  const [first] = owed as readonly [Owed, ...Owed[]];
  const [deployment] = (await fluxDeployments(look, name)) ?? [];
  const namespace = deployment?.metadata?.namespace;
  const more = owed.length > 1 ? `, and ${owed.length - 1} more like it` : "";
  return found(FLUX_NOT_MOVING, {
    project: projectKey(project.metadata),
    object: first.view.object,
    what: `Flux's ${name} does not look at ${project.metadata.name}`,
    evidence: `${first.unobserved.text}${more}`,
    cause: "it hangs, has far too much to do, or is told to leave these objects to another one",
    fix: namespace && `kubectl logs -n ${namespace} deployment/${name} --tail=50`,
    since: first.unobserved.since,
  });
}
