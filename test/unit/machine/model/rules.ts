import { type EnvironmentDefaults, NO_DEFAULTS } from "../../../../src/api/environment-defaults.ts";
import type { ProjectGitOps, ProjectGitOpsStatus } from "../../../../src/api/schema.ts";
import { drift, type LiveObject } from "../../../../src/machine/index.ts";
import {
  desiredObjects,
  isManagedKind,
  MANAGED_KINDS,
  objectKey,
  plannedIds,
} from "../../../../src/plan/index.ts";
import { inputsFor } from "../../plan/support.ts";
import { brokenRules } from "../kstatus-rules.ts";
import type { ModelServer } from "./api-server.ts";
import type { Request } from "./client.ts";

const STAGES: string[] = ["CREATING_NAMESPACES", "CREATING_SECRETS", "CREATING_RESOURCES"];

/** A promise that the operator broke. */
export class BrokenPromise extends Error {
  override name = "BrokenPromise";
}

const promise = (holds: boolean, what: string, request: Request): void => {
  if (!holds)
    throw new BrokenPromise(
      `${what}: ${request.verb} ${request.kind} ${request.namespace ?? ""}/${request.name}`,
    );
};

const annotation = (object: LiveObject | undefined, name: string): string | undefined =>
  object?.metadata.annotations?.[`projectgitops.dev/${name}`];

/**
 * What has to hold for every single request of the operator, whatever happened before it.
 * @param disturbed objects that somebody else has touched since the pass began: of those the pass cannot know
 */
export function keepPromises(
  server: ModelServer,
  request: Request,
  disturbed: ReadonlySet<string>,
  defaults: EnvironmentDefaults = NO_DEFAULTS,
): void {
  const { verb, kind, before } = request;
  if (verb === "get" || verb === "list") return;
  if (kind === "ProjectGitOps") {
    keepProjectPromises(server, request, disturbed, defaults);
    return;
  }
  promise(isManagedKind(kind), "only managed kinds are written", request);
  const project = ownerOf(server, request);
  promise(project !== undefined, "every write is for a project that is there", request);
  if (project === undefined) return;
  if (verb === "create") {
    keepBarriers(server, request, project, disturbed, defaults);
    return;
  }
  const isOurs = before === undefined || annotation(before, "owner-uid") === project.metadata.uid;
  const isTaken = verb !== "delete" && before !== undefined && mayBeTaken(before, project);
  promise(isOurs || isTaken, "what is someone else's is never touched", request);
  if (verb === "delete") {
    promise(
      request.preconditions?.uid !== undefined && request.preconditions.resourceVersion !== undefined,
      "every delete names uid and version",
      request,
    );
    if (before?.metadata.uid === request.preconditions?.uid)
      promise(annotation(before, "created-by") !== undefined, "only what was made here is deleted", request);
  }
}

/** Of an earlier project of this name, or labelled for this one by an administrator (rule 1). */
const mayBeTaken = (before: LiveObject, { metadata, spec }: ProjectGitOps): boolean =>
  annotation(before, "owner") === `${metadata.namespace}/${metadata.name}` ||
  (annotation(before, "owner-uid") === undefined &&
    before.metadata.labels?.["projectgitops.dev/adopt"] === spec.projectId);

/** The project whose object it is, by the name of the object's environment. */
function ownerOf(server: ModelServer, { kind, namespace, name }: Request): ProjectGitOps | undefined {
  const home = kind === "Namespace" ? name : (namespace ?? "");
  const projects = server.list("ProjectGitOps") as unknown as ProjectGitOps[];
  return projects.find(({ spec }) => home.startsWith(`project-${spec.projectId}-`));
}

function keepBarriers(
  server: ModelServer,
  request: Request,
  project: ProjectGitOps,
  disturbed: ReadonlySet<string>,
  defaults: EnvironmentDefaults,
): void {
  const { kind, namespace, body } = request;
  if (!isManagedKind(kind)) return;
  const made = body as unknown as LiveObject;
  promise(annotation(made, "created-by") === project.metadata.uid, "a POST says who made it", request);
  promise(
    project.metadata.finalizers?.includes("projectgitops.dev/finalizer") === true,
    "nothing is made before the finalizer",
    request,
  );
  promise(
    project.status?.setup?.outcome === undefined,
    "nobody creates while a set-up is rolled back or has failed",
    request,
  );
  if (namespace !== undefined)
    promise(server.namespacesSeen.has(namespace), "nothing is sent before its Namespace", request);
  const stage = STAGES.indexOf(MANAGED_KINDS[kind].phase);
  for (const id of plannedIds(project.spec, defaults)) {
    const earlier = STAGES.indexOf(MANAGED_KINDS[id.kind].phase) < stage;
    // Nothing may run in an environment before what holds it within its limits.
    const isGuard = GUARDS.has(id.kind) && !GUARDS.has(kind) && id.namespace === namespace && stage === 2;
    if (!(earlier || isGuard) || disturbed.has(objectKey(id))) continue;
    const there = server.objects.get(objectKey(id));
    promise(
      there !== undefined && annotation(there, "owner-uid") === project.metadata.uid,
      `${objectKey(id)} comes before`,
      request,
    );
  }
}

const GUARDS: ReadonlySet<string> = new Set(["ResourceQuota", "LimitRange", "NetworkPolicy"]);

function keepProjectPromises(
  server: ModelServer,
  request: Request,
  disturbed: ReadonlySet<string>,
  defaults: EnvironmentDefaults,
): void {
  const { body, before, subresource } = request;
  const metadata = (body?.["metadata"] ?? {}) as { uid?: string; resourceVersion?: string };
  promise(
    metadata.uid !== undefined && metadata.resourceVersion !== undefined,
    "a patch of the project names uid and version",
    request,
  );
  if (subresource !== "status" || before?.metadata.resourceVersion !== metadata.resourceVersion) return;
  const project = before as unknown as ProjectGitOps;
  const status = patched(project.status ?? {}, body?.["status"]) as ProjectGitOpsStatus;
  const broken = brokenRules(status, project);
  if (broken.length > 0) throw new BrokenPromise(`${broken.join("; ")}: ${JSON.stringify(status)}`);
  if (status.phase === "COMPLETED") keepCompleted(server, request, project, disturbed, defaults);
}

/** COMPLETED means: every desired object exists, is ours and matches. */
function keepCompleted(
  server: ModelServer,
  request: Request,
  project: ProjectGitOps,
  disturbed: ReadonlySet<string>,
  environmentDefaults: EnvironmentDefaults,
): void {
  const credential = server.objects.get(`Secret/${project.metadata.namespace}/git`);
  if (credential === undefined || project.spec.suspend) return;
  for (const desired of desiredObjects(project, inputsFor(project, { environmentDefaults }))) {
    if (disturbed.has(objectKey(desired)) || desired.kind === "Secret") continue;
    const live = server.objects.get(objectKey(desired));
    promise(live !== undefined, `COMPLETED, but ${objectKey(desired)} is not there`, request);
    if (live === undefined) continue;
    promise(
      annotation(live, "owner-uid") === project.metadata.uid,
      `COMPLETED, but ${objectKey(desired)} is someone else's`,
      request,
    );
    const fields = drift(desired.manifest, live).filter((path) => !path.endsWith("credential-version"));
    promise(
      fields.length === 0,
      `COMPLETED, but ${objectKey(desired)} differs in ${fields.join(", ")}`,
      request,
    );
  }
}

/** RFC 7386, as the API server will apply it. */
export function patched(target: unknown, patch: unknown): unknown {
  if (patch === null || typeof patch !== "object" || Array.isArray(patch)) return patch;
  const from = target !== null && typeof target === "object" && !Array.isArray(target) ? target : {};
  const result = { ...from } as Record<string, unknown>;
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = patched(result[key], value);
  }
  return result;
}
