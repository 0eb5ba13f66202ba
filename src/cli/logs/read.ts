import { type BunK8sClient, K8sApiError, KubeError, type LogOptions } from "../../kube/index.ts";
import { CliError } from "../errors.ts";
import { type LogLine, parseLine } from "./line.ts";
import type { LogSource } from "./pods.ts";

/** Which part of each log. */
export type LogPart = Pick<LogOptions, "tailLines" | "sinceSeconds" | "previous">;

/** Told of each pod whose log cannot be read, or has ended. */
export type Tell = (text: string) => void;

/**
 * The logs of all sources as one, in the order of their times.
 * @throws CliError where none of them can be read
 */
export async function readLogs(
  client: BunK8sClient,
  sources: readonly LogSource[],
  part: LogPart,
  tell: Tell,
): Promise<LogLine[]> {
  const logs = await Promise.all(
    sources.map(async (source) => {
      try {
        return linesOf(await client.getPodLogs(source.namespace, source.pod, optionsOf(source, part)));
      } catch (error) {
        return refusedAs(error);
      }
    }),
  );
  notRead(sources, logs, tell);
  const lines = logs.flatMap((log) => (log instanceof KubeError ? [] : log));
  return lines.toSorted((a, b) => a.time.localeCompare(b.time));
}

/** Follows the logs of all sources side by side, until each has ended or the signal aborts. @throws CliError */
export async function followLogs(
  client: BunK8sClient,
  sources: readonly LogSource[],
  part: LogPart,
  { tell, signal, each }: { tell: Tell; signal: AbortSignal; each: (line: LogLine) => void },
): Promise<void> {
  const ends = await Promise.all(
    sources.map(async (source) => {
      const options = { ...optionsOf(source, part), follow: true, signal } as const;
      try {
        for await (const raw of client.getPodLogs(source.namespace, source.pod, options)) {
          if (raw !== "") each(parseLine(raw));
        }
        if (!signal.aborted) tell(`the log of ${nameOf(source)} has ended`);
        return [];
      } catch (error) {
        return refusedAs(error);
      }
    }),
  );
  notRead(sources, ends, tell);
}

const linesOf = (text: string): LogLine[] =>
  text
    .split("\n")
    .filter((raw) => raw !== "")
    .map(parseLine);

const optionsOf = ({ container }: LogSource, part: LogPart): LogOptions => ({
  ...part,
  ...(container === undefined ? {} : { container }),
});

const nameOf = ({ namespace, pod }: LogSource): string => `Pod ${namespace}/${pod}`;

/** An answer about one pod; everything else ends the command. */
function refusedAs(error: unknown): KubeError {
  if (error instanceof KubeError) return error;
  throw error;
}

/** One pod that cannot be read is a note; none at all is an error, with the first answer and the next command. */
function notRead(sources: readonly LogSource[], results: readonly unknown[], tell: Tell): void {
  const refused = results.flatMap((result, place) => {
    const source = sources[place];
    return result instanceof KubeError && source ? [{ source, error: result }] : [];
  });
  const [first] = refused;
  if (first === undefined) return;
  if (refused.length < results.length) {
    for (const { source, error } of refused)
      tell(`the log of ${nameOf(source)} cannot be read: ${said(error)}`);
    return;
  }
  throw new CliError(`cannot read the log of ${refused.map(({ source }) => nameOf(source)).join(", ")}`, {
    details: [...new Set(refused.map(({ error }) => `the API server says: ${said(error)}`))],
    next: nextFor(first.source, first.error),
  });
}

const said = (error: KubeError): string =>
  error instanceof K8sApiError
    ? `${error.statusCode} ${error.reason}: ${error.serverMessage}`
    : error.message;

function nextFor({ namespace, pod }: LogSource, error: KubeError): string {
  if (error instanceof K8sApiError && error.statusCode === 403)
    return `ask an administrator for the right to get pods/log in namespace ${namespace}`;
  return `kubectl describe pod ${pod} -n ${namespace}`;
}
