import type { Environment, ProjectGitOps } from "../../../api/schema.ts";
import { conditionOf } from "../../../api/standing.ts";
import { asLive, projectKey } from "../../../reconcile/resources.ts";
import {
  DELIVERY_SUSPENDED,
  ENVIRONMENT_SUSPENDED,
  FAILING_FOR_LONG,
  SOURCE_SUSPENDED,
  SUSPENDED,
} from "../catalogue/set-up-suspended.ts";
import { type Found, found } from "../finding-kind.ts";
import type { Look } from "../look.ts";
import { type FluxView, readFluxObjects } from "../reads/flux-objects.ts";
import { byWhom, writerOf } from "../reads/writer.ts";
import { aboutProject, reconcileCommand } from "./about.ts";

/** What `spec.failurePolicy.suspendAfter` has stopped. */
export async function failingForLong(_look: Look, project: ProjectGitOps): Promise<Found[]> {
  const { suspension } = project.status ?? {};
  if (suspension === undefined || conditionOf(project, "Ready")?.reason !== "FailingForLong") return [];
  const { name } = project.metadata;
  return [
    found(FAILING_FOR_LONG, {
      ...aboutProject(project),
      what: `${name} failed for ${project.spec.failurePolicy?.suspendAfter}, and Flux's objects were suspended`,
      evidence: `what had failed: ${suspension.message}`,
      cause:
        "spec.failurePolicy.suspendAfter asks for it; when the cause is mended, the command below resumes",
      fix: reconcileCommand(project),
      since: suspension.since,
    }),
  ];
}

export async function projectSuspended(look: Look, project: ProjectGitOps): Promise<Found[]> {
  if (!project.spec.suspend) return [];
  const { name, namespace } = project.metadata;
  const writer = writerOf(asLive(project), ["f:spec", "f:suspend"]);
  return [
    found(SUSPENDED, {
      ...aboutProject(project),
      what: `${name} is suspended: nothing is changed or put right`,
      evidence: `spec.suspend is true, by ${byWhom(writer, look.now)}`,
      fix: `projectgitops resume ${name} -n ${namespace}`,
      since: writer?.time,
    }),
  ];
}

/** Suspended environments: by the spec, or on Flux's objects past it. */
export async function fluxSuspended(look: Look, project: ProjectGitOps): Promise<Found[]> {
  if (project.metadata.deletionTimestamp !== undefined) return [];
  const environments = await readFluxObjects(look, project);
  return environments.flatMap(({ environment, source, delivery }, place) => {
    if (environment.suspend) return [bySpec(look, project, environment, place)];
    return [...byHand(look, project, environment, source), ...byHand(look, project, environment, delivery)];
  });
}

function bySpec(look: Look, project: ProjectGitOps, { name }: Environment, place: number): Found {
  const path = ["f:spec", "f:environments", `k:${JSON.stringify({ name })}`, "f:suspend"];
  const writer = writerOf(asLive(project), path);
  const patch = JSON.stringify([
    { op: "replace", path: `/spec/environments/${place}/suspend`, value: false },
  ]);
  return found(ENVIRONMENT_SUSPENDED, {
    ...aboutProject(project),
    environment: name,
    what: `${name} is suspended by the spec: Flux fetches and deploys nothing there`,
    evidence: `spec.environments[${place}].suspend is true, by ${byWhom(writer, look.now)}`,
    fix: `kubectl patch pgops ${project.metadata.name} -n ${project.metadata.namespace} --type json -p '${patch}'`,
    since: writer?.time,
  });
}

function byHand(look: Look, project: ProjectGitOps, { name }: Environment, view: FluxView): Found[] {
  if (view.live?.spec.suspend !== true) return [];
  const { id, live, object } = view;
  const writer = writerOf(live, ["f:spec", "f:suspend"]);
  const isSource = id.kind === "GitRepository";
  const what = isSource ? "fetches nothing from git" : "deploys nothing";
  return [
    found(isSource ? SOURCE_SUSPENDED : DELIVERY_SUSPENDED, {
      project: projectKey(project.metadata),
      environment: name,
      object,
      what: `${id.kind} of ${name} is suspended: Flux ${what} there`,
      evidence: `spec.suspend is true, by ${byWhom(writer, look.now)}`,
      fix: `kubectl patch ${id.kind.toLowerCase()} ${id.name} -n ${id.namespace} --type merge -p '{"spec":{"suspend":false}}'`,
      since: writer?.time,
    }),
  ];
}
