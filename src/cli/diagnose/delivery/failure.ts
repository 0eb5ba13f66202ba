import type { ProjectGitOps } from "../../../api/schema.ts";
import type { FindingKind } from "../finding-kind.ts";
import type { Look } from "../look.ts";
import type { FluxEnvironment } from "../reads/flux-objects.ts";
import type { Trouble } from "./trouble.ts";

/** What Flux says that keeps one environment from being deployed. */
export interface Failure {
  readonly project: ProjectGitOps;
  readonly flux: FluxEnvironment;
  /** Flux's word, such as BuildFailed. */
  readonly reason: string;
  /** Flux's message, without temporary paths. */
  readonly message: string;
}

/** Tells what a failure means; undefined where it is another's subject. */
export type Reader = (failure: Failure, look: Look) => Trouble | undefined | Promise<Trouble | undefined>;

/**
 * The failure of an environment's delivery: the last one while Flux tries again. Undefined where there is none, and
 * where it only speaks of something that is told elsewhere: its source, a path that is not there, its suspension.
 * @param now milliseconds since 1970
 */
export function failureOf(project: ProjectGitOps, flux: FluxEnvironment, now: number): Failure | undefined {
  const { health, since } = flux.delivery;
  // A new revision that arrives ends a health check: that is no failure.
  if (health?.ready !== "False" || health.reason === "HealthCheckCanceled") return undefined;
  if (health.suspended && project.status?.suspension === undefined) return undefined;
  if (isAboutSource(health.reason, health.message, flux)) return undefined;
  // It asks again every 30 s: a source that has just become Ready is not seen yet.
  if (isSourceGone(health.message) && now - Date.parse(since ?? "") < LAG_MS) return undefined;
  return { project, flux, reason: health.reason, message: health.message };
}

/** Words of kustomize-controller 1.9.5 (FLUX-FACTS): the reason is the same for four different things. */
function isAboutSource(reason: string, message: string, { source }: FluxEnvironment): boolean {
  if (/^kustomization path not found/.test(message)) return true;
  const broken = source.state !== "found" || source.health?.ready !== "True" || source.health.suspended;
  return Boolean(broken) && (reason === "ArtifactFailed" || reason === "SourceNotReady");
}

const LAG_MS = 60_000;

/** What a Ready source has is not there, in the words of kustomize-controller 1.9.5. */
export const isSourceGone = (message: string): boolean =>
  /^Source (?:artifact not found|is not ready, artifact not found)/.test(message);

/** A trouble of this failure's environment, with Flux's own words as the evidence. */
export function troubleOf(
  kind: FindingKind,
  { flux, reason, message }: Failure,
  about: Pick<Trouble, "what" | "fix" | "cause"> & Partial<Trouble>,
): Trouble {
  const { environment, delivery } = flux;
  return {
    kind,
    environment: environment.name,
    object: delivery.object,
    evidence: `${reason}: ${quoted(message)}`,
    same: "",
    since: delivery.since,
    ...about,
  };
}

/** Has Flux fetch and deploy now, after what was wrong in the repository has been mended and pushed. */
export const deployAgain = ({ metadata }: ProjectGitOps): string =>
  `projectgitops reconcile ${metadata.name} -n ${metadata.namespace} --with-source`;

/** Has the operator put right what it made. It does nothing while the project is suspended. */
export const putRight = ({ metadata, spec }: ProjectGitOps): string =>
  `projectgitops ${spec.suspend ? "resume" : "reconcile"} ${metadata.name} -n ${metadata.namespace}`;

/** One line of a message, without the values that manifests hold: those may be a Secret's. Pure. */
export function quoted(message: string): string {
  const masked = message.replace(VALUES, "$1…").replaceAll(/\s+/g, " ").trim();
  return masked.length > LONGEST ? `${masked.slice(0, LONGEST)}…` : masked;
}

/** Where the API server's typed errors and kustomize repeat what a manifest holds; nothing useful comes after. */
const VALUES =
  /(got &?value\.valueUnstructured|apiVersion, kind and name from: |missing metadata\.name in object )[\s\S]*$/;
const LONGEST = 500;
