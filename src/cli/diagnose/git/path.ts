import type { ProjectGitOps } from "../../../api/schema.ts";
import { environmentPath } from "../../../plan/index.ts";
import { projectKey } from "../../../reconcile/resources.ts";
import { shortRevision } from "../../project-row.ts";
import { PATH_NOT_FOUND } from "../catalogue/git-content.ts";
import { type Found, found } from "../finding-kind.ts";
import { inWords } from "../in-words.ts";
import type { Look } from "../look.ts";
import { type FluxEnvironment, readFluxObjects } from "../reads/flux-objects.ts";
import { manifestFiles } from "./artifact.ts";
import { edit, patchEnvironment } from "./fixes.ts";
import { foldersOf, nearestFolder, plain } from "./folders.ts";

/** Environments whose folder is not in what Flux fetched, told once, with the folders that are there. */
export async function pathNotFound(look: Look, project: ProjectGitOps): Promise<Found[]> {
  const failing = (await readFluxObjects(look, project)).filter(isMissingPath);
  const [first] = failing;
  if (first === undefined) return [];
  const advice = await Promise.all(failing.map((flux) => adviceFor(look, project, flux)));
  const names = failing.map(({ environment }) => environment.name);
  const paths = [...new Set(failing.map(({ environment }) => environmentPath(environment)))];
  const { metadata } = project;
  const health = first.delivery.health;
  return [
    found(PATH_NOT_FOUND, {
      project: projectKey(metadata),
      environment: failing.length === 1 ? first.environment.name : undefined,
      object: first.delivery.object,
      what: `The repository has no ${paths.length === 1 ? "folder" : "folders"} ${inWords(paths)}, which ${inWords(names)} ${names.length === 1 ? "deploys" : "deploy"}`,
      evidence: `${health?.reason}: ${health?.message}`,
      cause: [...new Set(advice.map(({ cause }) => cause))].join("; "),
      fix: [...new Set(advice.map(({ fix }) => fix))].join("\n"),
      since: failing.flatMap(({ delivery }) => delivery.since ?? []).toSorted()[0],
    }),
  ];
}

/** Words of kustomize-controller 1.9.5. */
const isMissingPath = ({ delivery: { health } }: FluxEnvironment): boolean =>
  health?.ready === "False" && !health.suspended && /^kustomization path not found/.test(health.message);

const MOST = 8;

async function adviceFor(
  look: Look,
  project: ProjectGitOps,
  { environment, source }: FluxEnvironment,
): Promise<{ cause: string; fix: string }> {
  const { namespace, name } = project.metadata;
  const fetched = source.live?.status.artifact?.revision;
  const revision = fetched === undefined ? "what was fetched last" : shortRevision(fetched);
  const files = source.live && (await manifestFiles(look, source.live));
  if (files === undefined) {
    return {
      cause: `the folder is not in ${revision}: path of ${environment.name} is mistyped, or was not pushed`,
      fix: edit(project),
    };
  }
  const wanted = environmentPath(environment);
  const folders = foldersOf(files);
  if (folders.some(({ path }) => path === plain(wanted) || path.startsWith(`${plain(wanted)}/`))) {
    return {
      cause: `by now the folder is in ${revision}, and Flux has not tried again yet`,
      fix: `projectgitops reconcile ${name} -n ${namespace} --with-source`,
    };
  }
  const taken = project.spec.environments.filter((other) => other !== environment).map(environmentPath);
  const near = nearestFolder(wanted, environment.name, folders, taken);
  return {
    cause: `${revision} has ${listed(
      folders.map(({ path }) => path),
      near,
    )}`,
    fix:
      near === undefined ? edit(project) : patchEnvironment(project, environment.name, "path", written(near)),
  };
}

const written = (path: string): string => `./${path}`;

/** The nearest first. */
function listed(paths: readonly string[], near: string | undefined): string {
  if (paths.length === 0) return "no manifests at all";
  const ordered = [...(near === undefined ? [] : [near]), ...paths.filter((path) => path !== near)];
  const more = paths.length > MOST ? ` and ${paths.length - MOST} more` : "";
  return `manifests in ${ordered.slice(0, MOST).map(written).join(", ")}${more}`;
}
