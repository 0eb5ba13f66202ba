import { apiUrlOf } from "../../api/generate.ts";
import { ANNOTATIONS, KIND } from "../../api/names.ts";
import type { ProjectGitOps } from "../../api/schema.ts";
import { changeProject } from "../change.ts";
import { type ClusterFlags, connect } from "../connect.ts";
import { CliError, EXIT } from "../errors.ts";
import { timeoutMs } from "../follow.ts";
import type { Io } from "../io.ts";
import { readProject } from "../projects.ts";
import { keptByPeople } from "./own.ts";
import { untilRotated } from "./until-rotated.ts";
import { kindWords } from "./words.ts";

export interface AskForFlags extends ClusterFlags {
  namespace?: string | undefined;
  wait?: boolean | undefined;
  timeout: string;
  yes?: boolean | undefined;
}

/** Asks the operator for a new credential now; with `revoke` the old one goes at once. */
export async function askFor(
  verb: "rotate" | "revoke",
  name: string,
  flags: AskForFlags,
  io: Io,
): Promise<void> {
  await timeoutMs(flags.timeout);
  const client = await connect(flags, io);
  const ref = { namespace: flags.namespace ?? client.namespace, name };
  const project = await readProject(client, ref, io);
  if (project.spec.git.credential?.generate === undefined) throw keptByPeople(project, verb);
  if (project.metadata.deletionTimestamp !== undefined)
    throw new CliError(`${KIND} ${ref.namespace}/${name} is being deleted: its credential goes with it`, {
      exitCode: EXIT.no,
    });
  if (project.spec.suspend)
    throw new CliError(`${KIND} ${ref.namespace}/${name} is suspended`, {
      next: `${io.name} resume ${name} -n ${ref.namespace}`,
      exitCode: EXIT.no,
    });
  if (verb === "revoke") {
    io.out(consequences(project));
    if (!flags.yes) await confirm(ref, io);
  }
  const annotations = { [ANNOTATIONS[verb]]: new Date(io.now()).toISOString() };
  await changeProject(client, project, `${verb} the credential of`, { metadata: { annotations } }, io);
  if (!flags.wait) return io.out(`${ref.namespace}/${name}: ${ASKED[verb]}\n`);
  const after = await untilRotated(client, project, flags.timeout, io);
  io.out(`${ref.namespace}/${name} has a new credential: ${inForce(after)}\n`);
}

const ASKED = {
  rotate: "asked for a new credential",
  revoke: "asked for a new credential, and the old one's revocation",
} as const;

/** What revoke does, before it does it. */
function consequences({ metadata, spec, status }: ProjectGitOps): string {
  const { namespace, name } = metadata;
  const told = status?.credential;
  const generate = spec.git.credential?.generate;
  const host = generate ? apiUrlOf(generate) : "the git host";
  const environments = spec.environments.length;
  const lines = [
    `The credential of ${namespace}/${name} will be replaced, and the old one revoked at once:`,
    ...(told ? [`  ${[told.fingerprint, `"${told.title}"`, told.url].filter(Boolean).join("  ")}`] : []),
    `  1. a new one is made and registered at ${host}`,
    `  2. it is copied into ${environments} ${environments === 1 ? "environment" : "environments"}`,
    `  3. the old one is revoked at once: until Flux has the new one, a fetch may fail`,
    `  Where ${host} refuses or does not answer nothing is revoked: remove the old one there by hand.`,
  ];
  return `${lines.join("\n")}\n`;
}

async function confirm({ namespace, name }: { namespace: string; name: string }, io: Io): Promise<void> {
  const answer = await io.prompt(`Revoke it? Type the project's name, ${name}, to go on: `);
  if (answer === undefined)
    throw new CliError("nothing was revoked: there is no terminal to ask on", {
      next: `${io.name} credential revoke ${name} -n ${namespace} --yes`,
    });
  if (answer.trim() !== name) throw new CliError("nothing was revoked", { exitCode: EXIT.no });
}

/** `deploy key SHA256:9bc…, and Flux fetches with it`. */
function inForce({ status }: ProjectGitOps): string {
  const told = status?.credential;
  const what = kindWords({ kind: null, generated: told ?? null });
  return `${what} ${told?.fingerprint ?? JSON.stringify(told?.title)}, and Flux fetches with it`;
}
