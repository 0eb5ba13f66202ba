import type { Secret } from "kubernetes-types/core/v1";
import { parseGitUrl } from "../api/git-url.ts";
import { redactor } from "../api/redact.ts";
import { type ParsedProject, type ProjectGitOps, parseProject } from "../api/schema.ts";
import type { CallOptions } from "../kube/index.ts";
import {
  type DesiredState,
  fromInventory,
  type KnownObject,
  type Limits,
  notAllowed,
  type Observed,
  type Sighting,
  suspensionInForce,
} from "../machine/index.ts";
import { canBePlanned, type Desired, desiredObjects, objectKey, plannedIds } from "../plan/index.ts";
import { readGenerated } from "./credential/read.ts";
import { type Credentials, readCredentials } from "./credentials.ts";
import type { Dependencies } from "./dependencies.ts";
import { projectKey } from "./resources.ts";

/** Everything that the first decision of a pass looks at. */
export interface Gathered {
  readonly desired: DesiredState;
  readonly observed: Observed;
  /** The Secret that keeps a credential of the operator's own making, as it was read. */
  readonly generatedSecret?: Secret;
  /** Masks the credential's bytes in any text that leaves the process. */
  readonly redact: (text: string) => string;
}

/** Reads what a pass needs beside the project itself. Objects that no version vouches for are read step by step later. */
export async function gather(
  deps: Dependencies,
  raw: ProjectGitOps,
  crdDeleting: boolean,
  options: CallOptions,
): Promise<Gathered> {
  const parsed = parseProject(raw);
  const project = parsed.ok ? parsed.project : unreadable(raw);
  const url = parseGitUrl(project.spec.git.url);
  const active =
    parsed.ok && url.kind === "ok" && !project.metadata.deletionTimestamp && !project.spec.suspend;
  const limited = active ? notAllowed(project, url, await limitsOf(deps, project, options)) : undefined;
  const wanted = active && limited === undefined;
  deps.secrets.beginPass(projectKey(project.metadata));
  const read = await readGenerated(deps, project, url.kind === "ok" ? url : undefined, wanted, options);
  const credentials: Credentials = wanted
    ? await readCredentials(deps.client, deps.secrets, project, url, read, options)
    : { pull: {}, secrets: [], hostConfirmed: false };
  const objects = wanted ? render(deps, project, url.url, credentials) : [];
  const invalid = invalidSpec(parsed, url) ?? limited;
  const { problem, sourceVersion } = credentials;
  const known = knownObjects(deps, project);
  const nestedIn = deps.world.ownerOfNamespace(project.metadata.namespace);
  return {
    desired: {
      objects,
      hostConfirmed: credentials.hostConfirmed,
      ...(invalid ? { invalid } : {}),
      ...(problem ? { credential: { reason: problem.reason, message: problem.message } } : {}),
      ...(sourceVersion ? { credentialVersion: sourceVersion } : {}),
    },
    observed: {
      project,
      now: deps.clock(),
      watchedSince: deps.watchedSince,
      sightings: sightingsOf(deps, project, objects, known),
      known,
      orphans: deps.world.orphans(projectKey(project.metadata), project.metadata.uid ?? ""),
      refusals: [],
      applied: new Set(),
      contested: deps.drift.contested(deps.clock()),
      peers: deps.projects.peers(project),
      ...(nestedIn ? { nestedIn } : {}),
      ...(read ? { generated: read.generated } : {}),
      environmentDefaults: deps.settings.environmentDefaults,
      crdDeleting,
    },
    ...(read?.secret ? { generatedSecret: read.secret } : {}),
    redact: redactor([...credentials.secrets, ...(read?.secrets ?? [])]),
  };
}

async function limitsOf(
  deps: Dependencies,
  { metadata }: ProjectGitOps,
  options: CallOptions,
): Promise<Limits> {
  const { gitHosts, strictTenancy } = deps.settings;
  const annotated = await deps.holding.of(deps.client, metadata.namespace, deps.clock(), options);
  return { strict: strictTenancy, ...(gitHosts ? { gitHosts } : {}), ...annotated };
}

function render(
  deps: Dependencies,
  project: ProjectGitOps,
  gitUrl: string,
  credentials: Credentials,
): Desired[] {
  return desiredObjects(project, {
    gitUrl,
    pullSecrets: credentials.pull,
    deployerClusterRole: deps.settings.deployerClusterRole,
    environmentDefaults: deps.settings.environmentDefaults,
    ...(suspensionInForce(project, credentials.sourceVersion) ? { fluxSuspended: true } : {}),
    ...(credentials.git ? { gitSecret: credentials.git } : {}),
    ...(credentials.git && credentials.version ? { credentialVersion: credentials.version } : {}),
  });
}

function invalidSpec(parsed: ParsedProject, url: ReturnType<typeof parseGitUrl>): DesiredState["invalid"] {
  const problems = parsed.ok ? [] : parsed.problems;
  if (parsed.ok && url.kind === "refused") problems.push({ path: "spec.git.url", message: url.message });
  if (problems.length === 0) return undefined;
  return {
    reason: "InvalidSpec",
    message: problems.map(({ path, message }) => `${path}: ${message}`).join("; "),
  };
}

/** A spec that cannot be read asks for nothing, and lets nothing go but what its Namespaces let go. */
function unreadable(raw: ProjectGitOps): ProjectGitOps {
  const spec = {
    projectId: "",
    git: { url: "" },
    environments: [],
    setup: { timeout: "10m", onFailure: "Keep" },
  };
  return { ...raw, spec: spec as unknown as ProjectGitOps["spec"] };
}

function knownObjects(deps: Dependencies, project: ProjectGitOps): KnownObject[] {
  const { projectId } = project.spec;
  const listed = deps.world
    .known(projectKey(project.metadata), project.metadata.uid ?? "")
    .filter((id) => projectId === "" || canBePlanned(projectId, id));
  const recorded = (project.status?.inventory?.entries ?? []).flatMap((entry) => fromInventory(entry) ?? []);
  return [...new Map([...recorded, ...listed].map((id) => [objectKey(id), id])).values()];
}

function sightingsOf(
  deps: Dependencies,
  project: ProjectGitOps,
  objects: readonly Desired[],
  known: readonly KnownObject[],
): Map<string, Sighting> {
  const ids = [...plannedIds(project.spec, deps.settings.environmentDefaults), ...objects, ...known];
  const { uid = "" } = project.metadata;
  return new Map(ids.map((id) => [objectKey(id), deps.world.sighting(id, uid)]));
}
