import { posix } from "node:path";
import { environmentPath } from "../../../plan/index.ts";
import { shortRevision } from "../../project-row.ts";
import { BUILD_FAILED, FILE_MISSING, YAML_INVALID } from "../catalogue/delivery-build.ts";
import { deployAgain, type Failure, quoted, type Reader, troubleOf } from "./failure.ts";

/** What kustomize could not read: a file with its place, as far as Flux names them. */
export interface BrokenFile {
  /** From the root of the repository. */
  readonly file: string;
  /** As Flux counts: YAML's own count is off by one in places. */
  readonly line?: number;
  readonly said: string;
}

/** A kustomization.yaml names a file or folder that is not in the repository. */
export const fileMissing: Reader = (failure) => {
  const file = failure.reason === "BuildFailed" ? missingFileIn(failure.message) : undefined;
  if (file === undefined) return undefined;
  const path = environmentPath(failure.flux.environment);
  return troubleOf(FILE_MISSING, failure, {
    same: file,
    what: (where) => `${where} cannot be built: ${file} is not in the repository${atRevision(failure)}`,
    cause: `a kustomization.yaml on the way from ${path} names it. Add the file or take the name out, and push; kubectl kustomize ${path} in a clone shows the same error`,
    fix: [deployAgain(failure.project)],
  });
};

/** A manifest, or kustomization.yaml itself, is no YAML. */
export const yamlInvalid: Reader = (failure) => {
  if (failure.reason !== "BuildFailed") return undefined;
  const path = environmentPath(failure.flux.environment);
  const broken = brokenYamlIn(failure.message, path);
  if (broken === undefined) return undefined;
  const { file, line, said } = broken;
  return troubleOf(YAML_INVALID, failure, {
    same: `${file} ${line}`,
    what: (where) =>
      `${where} cannot be built: ${file} is no YAML${line === undefined ? "" : `, near line ${line}`}`,
    cause: `${said}: most often an indentation, a tab or a missing quote, there or in the lines next to it. Mend it and push`,
    fix: [deployAgain(failure.project)],
  });
};

/** Every other reason why kustomize makes nothing of the repository. */
export const buildFailed: Reader = (failure) => {
  if (failure.reason !== "BuildFailed") return undefined;
  const path = environmentPath(failure.flux.environment);
  return troubleOf(BUILD_FAILED, failure, {
    same: quoted(failure.message),
    what: (where) => `${where} cannot be built: kustomize refuses what is in ${path}`,
    cause: `the evidence names what it refuses. Mend it and push; kubectl kustomize ${path} in a clone shows the same error`,
    fix: [deployAgain(failure.project)],
  });
};

/** Pure. Words of kustomize 5.8 and of Go. */
export const missingFileIn = (message: string): string | undefined => {
  const file = /(?:open|l?stat) (\S+?): no such file or directory/.exec(message)?.[1];
  return file && posix.normalize(file);
};

/** Pure. @param path the folder that is deployed, which files are named from unless kustomize has gone to another */
export function brokenYamlIn(message: string, path: string): BrokenFile | undefined {
  const [, numbered, said = ""] =
    /(?:^|\s)yaml: (?:line (\d+): )?([^\n]+?)(?: in File: \S+)?$/m.exec(message) ?? [];
  if (said === "") return undefined;
  const at = numbered === undefined ? {} : { line: Number(numbered) };
  const whole = /failed to decode Kubernetes YAML from (\S+): /.exec(message)?.[1];
  if (whole !== undefined) return { file: posix.normalize(whole), ...at, said };
  const file = / in File: (\S+)/.exec(message)?.[1] ?? "kustomization.yaml";
  const folder = [...message.matchAll(/recursed accumulation of path '([^']+)'/g)].at(-1)?.[1] ?? path;
  return { file: posix.join(folder, file), ...at, said };
}

function atRevision({ flux }: Failure): string {
  const revision = flux.delivery.live?.status["lastAttemptedRevision"];
  return typeof revision === "string" ? ` at ${shortRevision(revision)}` : "";
}
