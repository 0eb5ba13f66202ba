import type { ProjectGitOps } from "../../api/schema.ts";
import { environmentDeletionPolicy, environmentNamespace, isDelivery, plannedIds } from "../../plan/index.ts";
import { projectKey } from "../../reconcile/resources.ts";
import type { Io } from "../io.ts";
import { table } from "../table.ts";

/** What would be left without an operator, one line an environment; and what that means. Pure. */
export function orphansText(
  projects: readonly ProjectGitOps[],
  withoutCrd: boolean,
  io: Pick<Io, "columns">,
): string {
  if (projects.length === 0) return "There are no projects.\n";
  const one = projects.length === 1;
  const count = one ? "1 project" : `${projects.length} projects`;
  const heading = withoutCrd
    ? `What was made for ${count} stays:\n`
    : `${count} ${one ? "stays" : "stay"}, with all that was made for ${one ? "it" : "them"}:\n`;
  const rows = projects.flatMap(rowsOf);
  const lines = table(["  PROJECT", "PHASE", "NAMESPACE", "POLICY", "DEPLOYED BY"], rows, io.columns);
  return [
    heading,
    lines,
    "Flux goes on deploying them from git. Until an operator is installed again, nobody\n",
    withoutCrd
      ? "sets up, repairs or removes anything.\n"
      : "sets up, repairs or removes anything, and a ProjectGitOps that is deleted waits.\n",
    ...projects.flatMap(warningsOf),
  ].join("");
}

function rowsOf({ metadata, spec, status }: ProjectGitOps): string[][] {
  const deliveries = plannedIds(spec).filter(({ kind }) => isDelivery(kind));
  return spec.environments.map((environment, place) => {
    const namespace = environmentNamespace(spec, environment);
    const delivery = deliveries.find((id) => id.environment === environment.name);
    const suspended = status?.environments?.find(({ name }) => name === environment.name)?.delivery
      ?.suspended;
    return [
      place === 0 ? `  ${projectKey(metadata)}` : "",
      place === 0 ? (status?.phase ?? "-") : "",
      namespace,
      environmentDeletionPolicy(spec, environment),
      delivery === undefined
        ? "-"
        : `Flux, ${delivery.kind} ${delivery.name}${suspended ? " (suspended)" : ""}`,
    ];
  });
}

/** What does not go on by itself. */
function warningsOf({ metadata, spec, status }: ProjectGitOps): string[] {
  const key = projectKey(metadata);
  const { credential } = status ?? {};
  const ends = credential?.expiresAt === undefined ? "" : `: it ends ${credential.expiresAt}`;
  return [
    ...(metadata.deletionTimestamp === undefined
      ? []
      : [`! ${key} is being deleted: the rest of it waits for an operator\n`]),
    ...(status?.phase === "COMPLETED" || metadata.deletionTimestamp !== undefined
      ? []
      : [`! ${key} is ${status?.phase ?? "not seen yet"}: its set-up stops where it stands\n`]),
    ...(spec.git.credential?.generate === undefined
      ? []
      : [`! ${key} has a git credential that the operator made, and nobody renews it${ends}\n`]),
  ];
}

/** What goes with the CRD. Pure. */
export function crdText(projects: readonly ProjectGitOps[], running: string | undefined): string {
  if (projects.length === 0) return "The CRD goes.\n";
  const released =
    running === undefined
      ? "no operator runs, so this command takes their finalizers off"
      : "the operator takes their finalizers off";
  return [
    `The CRD goes, and with it the ${projects.length === 1 ? "1 ProjectGitOps" : `${projects.length} ProjectGitOps objects`}: ${released}.\n`,
    "What they made stays as it is, and is taken over when they are applied again.\n",
    "Keep them: kubectl get projectgitops -A -o yaml > projects.yaml\n",
  ].join("");
}
