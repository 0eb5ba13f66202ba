import type { Problem } from "../../api/schema.ts";
import type { Derived } from "./derive.ts";
import type { EnvironmentPlan, Fate } from "./plan.ts";
import type { Step } from "./steps.ts";

export interface PlanText {
  derived: Derived;
  plans: readonly EnvironmentPlan[];
  byHand: readonly Step[];
  before: readonly Step[];
  withIt: readonly Step[];
  after: readonly Step[];
  /** What the API server would refuse of the manifest. */
  problems: readonly Problem[];
  closed: readonly string[];
}

/** The whole plan for a person, one line a thing. Pure. */
export function planText(
  { derived, plans, byHand, before, withIt, after, problems, closed }: PlanText,
  program: string,
): string[] {
  const { namespace, name } = derived.manifest.metadata;
  const fates = plans.flatMap((plan) => plan.fates);
  const count = (kind: Fate["kind"]) => fates.filter((fate) => fate.kind === kind).length;
  const blocked = count("blocked");
  return [
    `project ${derived.manifest.spec.projectId}: ${plans.length} ${plans.length === 1 ? "environment" : "environments"}, ` +
      `${count("kept")} ${count("kept") === 1 ? "object" : "objects"} kept, ${count("new")} made new${blocked > 0 ? `, ${blocked} in the way` : ""}`,
    ...plans.flatMap(environmentLines),
    ...derived.leftOut.map(({ namespace, why }) => `left out: ${namespace}: ${why}`),
    ...derived.notes.map((note) => `note: ${note}`),
    ...closed.map((what) => `you may not list ${what}: nothing is known of them`),
    ...problems.map(({ path, message }) => `the manifest would be refused: ${path}: ${message}`),
    ...stepLines("in the way, to be decided by hand:", byHand),
    ...stepLines("before, what --apply does in this order:", before),
    ...(plans.length === 0 ? [] : ["then, with the manifest applied:"]),
    ...stepLines("at once:", withIt).map((line) => `  ${line}`),
    ...(plans.length === 0 ? [] : [`  ${program} wait ${name} -n ${namespace}`]),
    ...stepLines("afterwards, when that says Ready:", after),
  ];
}

function environmentLines({ name, namespace, fates, losses, notes, replaced }: EnvironmentPlan): string[] {
  return [
    `${name}  ${namespace}`,
    ...fates.map((fate) => `  ${WORDS[fate.kind].padEnd(8)} ${fate.id.kind} ${fate.id.name}`),
    ...replaced.map(({ kind, namespace, name }) => `  ${"replaced".padEnd(8)} ${kind} ${namespace}/${name}`),
    ...losses.map((loss) => `  lost: ${loss}`),
    ...notes.map((note) => `  note: ${note}`),
  ];
}

const WORDS: Record<Fate["kind"], string> = { kept: "kept", new: "new", blocked: "blocked" };

const stepLines = (heading: string, steps: readonly Step[]): string[] =>
  steps.length === 0
    ? []
    : [heading, ...steps.flatMap(({ what, command }) => [`  ${what}`, `    ${command}`])];
