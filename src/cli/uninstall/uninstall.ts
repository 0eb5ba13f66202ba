import { CRD_NAME } from "../../api/crd.ts";
import { type BunK8sClient, DEPLOYMENTS, NAMESPACES } from "../../kube/index.ts";
import { type ClusterFlags, connect } from "../connect.ts";
import { CliError, EXIT } from "../errors.ts";
import { timeoutMs } from "../follow.ts";
import { retiredObjects } from "../install/retired.ts";
import { installObjects } from "../installed/objects.ts";
import { lookAtInstalled, type Seen, type SeenObject } from "../installed/seen.ts";
import { removeCommand, wayText } from "../installed/way.ts";
import type { Io } from "../io.ts";
import { removeCrd } from "./crd.ts";
import { removeNamespace } from "./namespace.ts";
import { removeObject } from "./objects.ts";
import { fatesText, removeProjects } from "./projects.ts";
import { otherWay, refuseSecond, refuseWithoutOperator } from "./refuse.ts";
import { listProjects, type Standing, standingOfCluster } from "./standing.ts";
import { crdText, orphansText } from "./text.ts";

export interface UninstallFlags extends ClusterFlags {
  deleteProjects?: boolean | undefined;
  deleteCrd?: boolean | undefined;
  yes?: boolean | undefined;
  dryRun?: boolean | undefined;
  timeout: string;
}

/**
 * Tells what an uninstallation leaves without an operator, asks, and removes the operator: never a workload, and a
 * project only where that is asked for.
 * @throws CliError, exit code 1 where it is refused, or something stays
 */
export async function uninstall(flags: UninstallFlags, io: Io): Promise<void> {
  await timeoutMs(flags.timeout);
  const client = await connect(flags, io);
  const seen = await lookAtInstalled(client, installObjects(), io);
  const standing = await standingOfCluster(client, io);
  const there = seen.objects.filter(({ live, ref }) => live !== undefined && ref.name !== CRD_NAME);
  if (there.length === 0 && seen.elsewhere.length === 0 && !(flags.deleteCrd && standing.crd))
    return io.out(nothingText(standing, io));
  if (seen.way !== undefined) return tellOtherWay(seen.way, standing, flags, io);
  refuseSecond(seen);
  if (flags.deleteProjects) refuseWithoutOperator(standing, io);

  io.out(await planText(client, there, standing, flags, io));
  if (flags.dryRun) return io.out("\nnothing was removed\n");
  if (!flags.yes) await confirm(flags, io);
  await remove(client, there.toReversed(), standing, flags, io);
  io.out(await leftText(client, flags, io));
}

/** What is left without an operator is the same, whoever removes it. @throws CliError, exit code 1 */
function tellOtherWay(
  way: NonNullable<Seen["way"]>,
  { projects }: Standing,
  { dryRun }: UninstallFlags,
  io: Io,
): void {
  io.out(orphansText(projects, false, io));
  if (!dryRun) throw otherWay(way);
  io.out(`\nThe operator is installed ${wayText(way)}.\nnext: ${removeCommand(way)}\n`);
}

async function planText(
  client: BunK8sClient,
  there: readonly SeenObject[],
  { projects, running }: Standing,
  { deleteProjects, deleteCrd }: UninstallFlags,
  io: Io,
): Promise<string> {
  const operator =
    there.length === 0
      ? "No operator is installed.\n"
      : `The operator goes: ${there.length} objects, its namespace among them.\n`;
  const fates = deleteProjects
    ? await fatesText(client, projects, io)
    : orphansText(projects, deleteCrd === true, io);
  const left = deleteProjects ? [] : projects;
  return [fates, operator, deleteCrd ? crdText(left, running) : "The CRD stays.\n"].join("");
}

async function confirm(flags: UninstallFlags, io: Io): Promise<void> {
  const answer = await io.prompt("Uninstall it? Type projectgitops to go on: ");
  if (answer === undefined) {
    const more = `${flags.deleteProjects ? " --delete-projects" : ""}${flags.deleteCrd ? " --delete-crd" : ""}`;
    throw new CliError("nothing was removed: there is no terminal to ask on", {
      next: `${io.name} uninstall${more} --yes`,
    });
  }
  if (answer.trim() !== "projectgitops") throw new CliError("nothing was removed", { exitCode: EXIT.no });
}

/**
 * Projects while an operator can remove them, the CRD while it can release them; then the operator with its Pods,
 * its rights, at last what confines it and its namespace.
 */
async function remove(
  client: BunK8sClient,
  there: readonly SeenObject[],
  { projects, crd, running }: Standing,
  { deleteProjects, deleteCrd, timeout }: UninstallFlags,
  io: Io,
): Promise<void> {
  if (deleteProjects) await removeProjects(client, projects, timeout, io);
  const crdNow = deleteCrd && crd !== undefined ? crd : undefined;
  const releases = running === undefined;
  if (crdNow && !releases) await removeCrd(client, crdNow, { timeout, releases }, io);
  const [operators, others] = partition(there, ({ resource }) => resource === DEPLOYMENTS);
  for (const object of operators) await removeObject(client, object, timeout, io);
  // No operator can begin in between: what it would work on from then on is released here.
  if (crdNow && releases) await removeCrd(client, crdNow, { timeout, releases }, io);
  const [homes, rest] = partition(others, ({ resource }) => resource === NAMESPACES);
  for (const object of [...rest, ...(await retiredObjects(client, io))])
    await removeObject(client, object, timeout, io);
  for (const home of homes) await removeNamespace(client, home, timeout, io);
}

function partition<T>(all: readonly T[], holds: (one: T) => boolean): [T[], T[]] {
  return [all.filter(holds), all.filter((one) => !holds(one))];
}

function nothingText({ crd }: Standing, { name }: Pick<Io, "name">): string {
  const rest =
    crd === undefined
      ? ""
      : `The CRD ${CRD_NAME} is there, with what was applied.\nnext: ${name} uninstall --delete-crd\n`;
  return `No operator is installed: nothing to remove.\n${rest}`;
}

async function leftText(client: BunK8sClient, { deleteCrd }: UninstallFlags, io: Io): Promise<string> {
  const projects = await listProjects(client, io);
  if (deleteCrd) return "\nProjectGitOps is uninstalled.\n";
  const count = projects.length === 1 ? "1 ProjectGitOps" : `${projects.length} ProjectGitOps objects`;
  const stays = projects.length === 0 ? "the CRD" : `the CRD, ${count} and all that was made for them`;
  return [
    `\nProjectGitOps is uninstalled. What stays: ${stays}.\n`,
    `next: ${io.name} install --image IMAGE     to go on\n`,
    `next: ${io.name} uninstall --delete-crd    to remove the rest\n`,
  ].join("");
}
