import { Option } from "@commander-js/extra-typings";
import { KIND } from "../api/names.ts";
import type { ProjectGitOps } from "../api/schema.ts";
import type { BunK8sClient } from "../kube/index.ts";
import { CliError, EXIT } from "./errors.ts";
import type { Io } from "./io.ts";
import { watchProjects } from "./watch-projects.ts";

export const timeoutOption = () =>
  new Option("--timeout <duration>", "how long to wait, such as 90s or 10m").default("5m");

/** A Go duration in milliseconds. @throws CliError */
export async function timeoutMs(text: string): Promise<number> {
  const { parseDuration } = await import("../api/duration.ts");
  const ms = parseDuration(text);
  if (ms !== undefined && ms > 0) return ms;
  throw new CliError(`--timeout ${text} is no duration`, { next: "write it as 90s, 10m or 1h30m" });
}

/** What a look at the project's latest state says: an answer that ends the waiting, or what is waited for. */
export type Look<R> = { answer: R } | { waitingFor: string };

export interface Follow<R> {
  ref: { namespace: string; name: string };
  /** What is waited for, as a clause: "to be Ready". */
  what: string;
  timeout: string;
  /** Undefined: the project is gone. */
  look: (project: ProjectGitOps | undefined) => Look<R>;
}

/**
 * Follows one project until `look` has an answer. Says on stderr what is waited for, whenever that changes.
 * @throws CliError: after the timeout with exit code 1, after Ctrl-C with exit code 130
 */
export async function follow<R>(
  client: BunK8sClient,
  { ref, what, timeout, look }: Follow<R>,
  io: Io,
): Promise<R> {
  const interrupted = io.interrupted();
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), await timeoutMs(timeout));
  const signal = AbortSignal.any([interrupted, late.signal]);
  let last = "";
  let project: ProjectGitOps | undefined;
  try {
    for await (const event of watchProjects(client, ref, io, signal)) {
      // A bookmark ends the first list: by then a project that is not there has been looked for.
      if (event.type !== "BOOKMARK") project = event.type === "DELETED" ? undefined : event.object;
      const found = look(project);
      if ("answer" in found) return found.answer;
      if (found.waitingFor !== last) io.err(`waiting for ${ref.name} ${what}: ${found.waitingFor}\n`);
      last = found.waitingFor;
    }
  } finally {
    clearTimeout(timer);
  }
  const next = `${io.name} diagnose ${ref.name} -n ${ref.namespace}`;
  throw endOfWaiting(`${KIND} ${ref.namespace}/${ref.name} ${what}`, { timeout, last, next }, interrupted);
}

/**
 * Why a wait has ended without an answer: Ctrl-C, exit code 130, or the timeout, exit code 1.
 * @param last what was waited for in the end; empty: nothing was seen
 */
export function endOfWaiting(
  what: string,
  { timeout, last, next }: { timeout: string; last: string; next: string },
  interrupted: AbortSignal,
): CliError {
  if (interrupted.aborted) return new CliError(`stopped waiting for ${what}`, { exitCode: EXIT.interrupted });
  return new CliError(`waited ${timeout} for ${what}, in vain`, {
    details: last === "" ? [] : [`last seen: ${last}`],
    next,
    exitCode: EXIT.no,
  });
}
