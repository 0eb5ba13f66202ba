import type { EnvironmentStatus, ProjectGitOps } from "../api/schema.ts";
import { age } from "./age.ts";

/** What `get` prints of one project; every cell is text, `-` where nothing is known. */
export interface ProjectRow {
  namespace: string;
  name: string;
  phase: string;
  ready: string;
  /** Environments whose Flux objects are Ready, of all in the spec: `2/3`. */
  environments: string;
  revision: string;
  age: string;
  message: string;
  project: string;
  url: string;
}

/** @param now milliseconds since 1970 */
export function projectRow({ metadata, spec, status }: ProjectGitOps, now: number): ProjectRow {
  const environments = status?.environments ?? [];
  const ready = status?.conditions?.find((condition) => condition.type === "Ready");
  return {
    namespace: metadata.namespace ?? "",
    name: metadata.name ?? "",
    phase: status?.phase ?? "-",
    ready: ready?.status ?? "-",
    environments: status?.environmentsReady ?? `0/${spec.environments.length}`,
    revision: revisions(environments),
    age: age(metadata.creationTimestamp, now),
    // A healthy project needs no words: what is printed is read.
    message:
      ready?.status === "True" ? "" : (ready?.message ?? status?.message ?? "not seen by the operator yet"),
    project: spec.projectId,
    url: spec.git.url,
  };
}

/** The revision that is applied; where environments differ, the first and how many others: `main@1f3c9ab +1`. */
function revisions(environments: readonly EnvironmentStatus[]): string {
  const [first, ...others] = new Set(
    environments.flatMap(({ delivery }) => (delivery?.revision ? [shortRevision(delivery.revision)] : [])),
  );
  if (first === undefined) return "-";
  return others.length === 0 ? first : `${first} +${others.length}`;
}

/** `main@sha1:1f3c9ab5…` → `main@1f3c9ab`, as git shortens it. */
export const shortRevision = (revision: string): string =>
  revision.replace(/(@|^)sha\d+:([0-9a-f]{7})[0-9a-f]*/, "$1$2");
