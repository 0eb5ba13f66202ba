import { credentialSecretOf } from "../../api/credential.ts";
import { gitHostOf, parseGitUrl } from "../../api/git-url.ts";
import { ANNOTATIONS, namespaceName } from "../../api/names.ts";
import type { ProjectGitOps } from "../../api/schema.ts";
import { environmentNamespace } from "../../plan/index.ts";
import type { EnvironmentFate } from "../delete/fate.ts";
import { changeOfEnvironment } from "./environment-meaning.ts";

/**
 * What a change means for what runs, in words; the fields themselves stand in the diff. Pure.
 * @param fates what becomes of the environments of `before` that go
 */
export function meaningOf(
  before: ProjectGitOps | undefined,
  after: ProjectGitOps,
  fates: readonly EnvironmentFate[],
): string[] {
  if (before === undefined) return [`project ${after.spec.projectId} is new`, ...added(undefined, after)];
  return [
    ...removed(before, after, fates),
    ...added(before, after),
    ...changed(before, after),
    ...gitChange(before, after),
    ...projectChange(before, after),
  ];
}

/** Names of environments that `before` has and `after` has not. */
export const leavingOf = (before: ProjectGitOps, after: ProjectGitOps): string[] =>
  before.spec.environments.map(({ name }) => name).filter((name) => find(after, name) === undefined);

const find = ({ spec }: ProjectGitOps, name: string) =>
  spec.environments.find((environment) => environment.name === name);

function removed(before: ProjectGitOps, after: ProjectGitOps, fates: readonly EnvironmentFate[]): string[] {
  return leavingOf(before, after).flatMap((name) => {
    const fate = fates.find((one) => one.name === name);
    if (fate === undefined) return [`environment ${name} is removed`];
    const line = `environment ${name} is removed: ${FATES[fate.fate](fate)}`;
    return fate.fate === "protected"
      ? [line, `  let it go: ${confirmCommand(after, fate.namespace)}`]
      : [line];
  });
}

const FATES: Record<EnvironmentFate["fate"], (fate: EnvironmentFate) => string> = {
  goes: ({ namespace, what }) => `this deletes ${what.replace("the namespace", `namespace ${namespace}`)}`,
  stays: ({ namespace, what }) => `namespace ${namespace} stays (${what})`,
  protected: ({ namespace, what }) => `namespace ${namespace} is protected: ${what}`,
  "nothing there": ({ namespace }) => `there is no namespace ${namespace}`,
};

function confirmCommand({ metadata }: ProjectGitOps, namespace: string): string {
  const listed = (metadata.annotations?.[ANNOTATIONS.confirmDelete] ?? "").split(",").filter(Boolean);
  const value = [...listed, namespace].join(",");
  return `kubectl annotate --overwrite pgops ${metadata.name} -n ${metadata.namespace} ${ANNOTATIONS.confirmDelete}=${value}`;
}

function added(before: ProjectGitOps | undefined, after: ProjectGitOps): string[] {
  const { spec } = after;
  const fresh = spec.environments.filter(({ name }) => before === undefined || !find(before, name));
  const lines = fresh.map((environment) => {
    const namespace = environmentNamespace(spec, environment);
    const own = namespace === namespaceName(spec.projectId, environment.name);
    return own
      ? `environment ${environment.name} is added: namespace ${namespace} is made`
      : `environment ${environment.name} is added: namespace ${namespace} has to carry the label projectgitops.dev/adopt=${spec.projectId}`;
  });
  const gone = before === undefined ? [] : leavingOf(before, after);
  if (gone.length > 0 && lines.length > 0) {
    lines.push("a renamed environment is a removed and an added one: what runs in it is deployed anew");
  }
  return lines;
}

const changed = (before: ProjectGitOps, after: ProjectGitOps): string[] =>
  after.spec.environments.flatMap((environment) => {
    const old = find(before, environment.name);
    return old === undefined ? [] : changeOfEnvironment(before.spec, old, after.spec, environment);
  });

function gitChange(before: ProjectGitOps, after: ProjectGitOps): string[] {
  const [old, young] = [parseGitUrl(before.spec.git.url), parseGitUrl(after.spec.git.url)];
  if (old.kind !== "ok" || young.kind !== "ok") return [];
  const [oldSecret, secret] = [before, after].map(({ spec }) => credentialSecretOf(spec));
  const lines: string[] = [];
  if (old.url !== young.url) lines.push(`the repository is ${young.url} instead of ${old.url}`);
  if (oldSecret !== secret) {
    lines.push(`the credential is ${secretText(after, secret)} instead of ${secretText(before, oldSecret)}`);
  }
  const [from, to] = [gitHostOf(old), gitHostOf(young)];
  if (
    from !== to &&
    oldSecret !== undefined &&
    secret !== undefined &&
    !after.spec.git.credential?.generate
  ) {
    lines.push(
      `the credential was given for ${from}: it is not sent to ${to} (CredentialHostChanged) until its Secret says so`,
      `  say so: kubectl annotate --overwrite secret ${secret} -n ${after.metadata.namespace} ${ANNOTATIONS.gitHosts}=${to}`,
    );
  }
  return lines;
}

const secretText = ({ metadata }: ProjectGitOps, name: string | undefined): string =>
  name === undefined ? "none" : `Secret ${metadata.namespace}/${name}`;

function projectChange(before: ProjectGitOps, after: ProjectGitOps): string[] {
  const [old, young] = [before.spec, after.spec];
  const lines: string[] = [];
  if (old.suspend !== young.suspend) {
    lines.push(
      young.suspend
        ? "the project is suspended: nothing else of this change is done until it is resumed"
        : "the project is resumed",
    );
  }
  if (old.deletionPolicy !== young.deletionPolicy) {
    lines.push(
      young.deletionPolicy === "Orphan"
        ? "deleting the project leaves all in place from now on"
        : "deleting the project removes its environments from now on",
    );
  }
  return lines;
}
