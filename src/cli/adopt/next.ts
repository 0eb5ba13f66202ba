import { KIND } from "../../api/names.ts";
import { describe, environmentNamespace, type ObjectId } from "../../plan/index.ts";
import type { Io } from "../io.ts";
import { holderOf, letGoBy } from "./holder.ts";
import type { AdoptionPlan, Candidate } from "./plan.ts";
import { type Adopter, nameOf } from "./target.ts";
import { kubectlName } from "./verdict.ts";

/** What is still to be done by people, and what comes by itself; one line a thing. Pure. */
export function nextText(
  { target, inside, inTheWay }: AdoptionPlan,
  adopter: Adopter,
  withContents: boolean,
  io: Pick<Io, "name">,
): string {
  const rest = withContents ? [] : inside.filter(({ verdict }) => verdict.kind !== "ours");
  const chosen = withContents ? [target, ...inside] : [target];
  const lines = [
    ...inTheWay.map(({ label, fix }) => `its label ${label} is in the operator's way: ${fix}`),
    ...chosen.flatMap(otherTool),
    ...rest.map(({ id }) => {
      const { kind, namespace, name } = id;
      return `the project makes ${describe(id)} too: ${io.name} adopt ${kind}/${name} -n ${namespace} --project ${nameOf(adopter)}`;
    }),
    ...whatComes(target.id, adopter),
  ];
  return lines.map((line) => `next: ${line}\n`).join("");
}

function otherTool({ id, object }: Candidate): string[] {
  const holder = holderOf(object.metadata ?? {});
  const marks = holder && letGoBy(holder.tool);
  if (marks === undefined) return [];
  return [
    `${holder?.text} goes on with ${describe(id)} until it is told to leave it: kubectl annotate ${kubectlName(id)} ${marks}`,
  ];
}

function whatComes({ kind, name }: ObjectId, { project, projectId, ...adopter }: Adopter): string[] {
  if (kind !== "Namespace") return [];
  const environment = project?.spec.environments.find(
    (one) => environmentNamespace(project.spec, one) === name,
  );
  if (environment !== undefined) {
    return [`the operator takes it over for environment ${environment.name} by itself, at its next look`];
  }
  const prefix = `project-${projectId}-`;
  const named = name.startsWith(prefix)
    ? `an environment ${name.slice(prefix.length)}`
    : `an environment with namespace: ${name}`;
  const where = nameOf(adopter);
  return [
    project === undefined
      ? `apply a ${KIND} ${where} (projectId ${projectId}) that has ${named}`
      : `add ${named} to spec.environments of ${KIND} ${where}: until then nothing happens`,
  ];
}
