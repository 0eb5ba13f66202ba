import { ANNOTATIONS, KIND } from "../../api/names.ts";
import type { BunK8sClient } from "../../kube/index.ts";
import { describe, type ObjectId } from "../../plan/index.ts";
import { changeProject } from "../change.ts";
import { type ClusterFlags, connect } from "../connect.ts";
import { CliError, EXIT } from "../errors.ts";
import { timeoutMs } from "../follow.ts";
import type { Io } from "../io.ts";
import { mark } from "./mark.ts";
import { nextText } from "./next.ts";
import { type AdoptionPlan, type Candidate, planAdoption } from "./plan.ts";
import { untilTakenOver } from "./taken-over.ts";
import { type Adopter, adopterOf, nameOf, parseTarget } from "./target.ts";
import { contentsText, headline } from "./text.ts";

export interface AdoptFlags extends ClusterFlags {
  project: string;
  projectId?: string | undefined;
  namespace?: string | undefined;
  withContents?: boolean | undefined;
  yes?: boolean | undefined;
  dryRun?: boolean | undefined;
  wait?: boolean | undefined;
  timeout: string;
}

/**
 * Shows what is there and who holds it, asks, and hands it over by label.
 * @throws CliError, exit code 1 where it is refused
 */
export async function adopt(text: string, flags: AdoptFlags, io: Io): Promise<void> {
  await timeoutMs(flags.timeout);
  const client = await connect(flags, io);
  const namespace = flags.namespace ?? client.namespace;
  const id = parseTarget(text, namespace, io);
  const adopter = await adopterOf(client, flags.project, namespace, flags.projectId, io);
  if (flags.wait && adopter.project === undefined) throw nothingToWaitFor(adopter, io);

  const plan = await planAdoption(client, id, adopter, io);
  show(plan, adopter, io);
  const chosen = [plan.target, ...(flags.withContents ? plan.inside : [])];
  refuse(chosen);
  const open = chosen.filter(({ verdict }) => verdict.kind !== "ours");
  for (const { id, verdict } of open) io.out(`${intent(id, adopter, verdict, flags)}\n`);
  if (flags.dryRun) return io.out(nextText(plan, adopter, flags.withContents === true, io));
  if (open.length > 0 && !flags.yes) await confirm(text, id, adopter, io);

  // The namespace last: only with it the operator begins, and then it finds everything.
  for (const { id, object, verdict } of open.toReversed()) {
    await mark(client, id, object, adopter, verdict.kind === "left over", io);
  }
  io.out(
    open.length === 0 ? `${describe(id)}: nothing to do, it is held for ${nameOf(adopter)} already\n` : "",
  );
  io.out(nextText(plan, adopter, flags.withContents === true, io));
  if (flags.wait) await waitFor(client, adopter, chosen, flags.timeout, io);
}

function show({ target, contents }: AdoptionPlan, adopter: Adopter, io: Io): void {
  io.out(headline(target.id, target.object, io.now()));
  if (contents !== undefined) io.out(contentsText(contents, adopter, io));
}

/** @throws CliError, exit code 1, for the first that cannot be handed over */
function refuse(candidates: readonly Candidate[]): void {
  for (const { verdict } of candidates) {
    if (verdict.kind !== "refused") continue;
    throw new CliError(`nothing was handed over: ${verdict.why}`, {
      ...(verdict.next === undefined ? {} : { next: verdict.next }),
      exitCode: EXIT.no,
    });
  }
}

function intent(
  id: ObjectId,
  adopter: Adopter,
  verdict: Candidate["verdict"],
  { dryRun }: AdoptFlags,
): string {
  const mode = dryRun ? "would be" : "will be";
  const left =
    verdict.kind === "left over" ? `; the marks of ${verdict.of}, which is gone, are taken off` : "";
  return `${describe(id)} ${mode} handed over to ${KIND} ${nameOf(adopter)} (project ${adopter.projectId})${left}`;
}

async function confirm(text: string, id: ObjectId, adopter: Adopter, io: Io): Promise<void> {
  const answer = await io.prompt(`Hand it over? Type its name, ${id.name}, to go on: `);
  if (answer === undefined) {
    const place = id.namespace === "" ? "" : ` -n ${id.namespace}`;
    throw new CliError("nothing was handed over: there is no terminal to ask on", {
      next: `${io.name} adopt ${text}${place} --project ${nameOf(adopter)} --yes`,
    });
  }
  if (answer.trim() !== id.name) throw new CliError("nothing was handed over", { exitCode: EXIT.no });
}

async function waitFor(
  client: BunK8sClient,
  { project, ...adopter }: Adopter,
  candidates: readonly Candidate[],
  timeout: string,
  io: Io,
): Promise<void> {
  if (project === undefined) return;
  // Else it would wait for the operator's next look, and a set-up that failed for this namespace for a minute.
  const asked = new Date(io.now()).toISOString();
  const annotations = { [ANNOTATIONS.requestedAt]: asked };
  await changeProject(client, project, "ask for a look at", { metadata: { annotations } }, io);
  const ids = candidates.map(({ id }) => id);
  await untilTakenOver(client, project, ids, timeout, io, asked);
  io.out(`${ids.map(describe).join(", ")}: held for ${adopter.namespace}/${adopter.name}\n`);
}

const nothingToWaitFor = (adopter: Adopter, io: Io): CliError =>
  new CliError(`there is no ${KIND} ${nameOf(adopter)} that could take it over`, {
    next: `leave --wait out, or make it first: ${io.name} create --help`,
    exitCode: EXIT.no,
  });
