import { KIND } from "../../api/names.ts";
import type { ProjectGitOps } from "../../api/schema.ts";
import { isFlux } from "../../plan/index.ts";
import { type Colour, paint } from "../colour.ts";
import type { Io } from "../io.ts";
import { idsOf } from "../tree/assemble.ts";

/** One line of a log, as its program wrote it. The operator writes pino's JSON, Flux's controllers zap's. */
export interface LogLine {
  readonly raw: string;
  /** Undefined where the line is no JSON: a program that falls over writes what it likes. */
  readonly fields: Readonly<Record<string, unknown>> | undefined;
  /** RFC 3339; "" where the line tells none. */
  readonly time: string;
  readonly level: string;
  readonly message: string;
  /** `namespace/name` of the project, on the operator's lines. */
  readonly project: string | undefined;
  /** `Kind namespace/name`, on the lines of Flux's controllers. */
  readonly object: string | undefined;
}

/** Pure. */
export function parseLine(raw: string): LogLine {
  const fields = fieldsOf(raw);
  if (fields === undefined) {
    return { raw, fields, time: "", level: "", message: raw, project: undefined, object: undefined };
  }
  const error = text(fields["error"]);
  const message = text(fields["msg"]) ?? text(fields["message"]) ?? "";
  return {
    raw,
    fields,
    time: text(fields["time"]) ?? text(fields["ts"]) ?? "",
    level: text(fields["level"]) ?? "",
    message: error === undefined ? message : `${message}: ${error}`,
    project: text(fields["project"]),
    object: objectOf(fields),
  };
}

/** Which lines are about a project: the operator's own, and those of Flux about its objects. Pure. */
export function isAbout(project: string, fluxObjects: ReadonlySet<string>): (line: LogLine) => boolean {
  return (line) => line.project === project || (line.object !== undefined && fluxObjects.has(line.object));
}

/** How Flux's lines name the project's Flux objects. */
export const fluxObjectsOf = (project: ProjectGitOps): Set<string> =>
  new Set(
    idsOf(project)
      .filter(({ kind }) => isFlux(kind))
      .map(({ kind, namespace, name }) => `${kind} ${namespace}/${name}`),
  );

const COLOURS: Readonly<Record<string, Colour>> = {
  fatal: "red",
  error: "red",
  warn: "yellow",
  debug: "dim",
  trace: "dim",
};

/** One line for a person: when, how bad, about what, and what. Wide: also what a pass came to. Pure. */
export function formatLine(line: LogLine, io: Pick<Io, "colour">, wide: boolean): string {
  if (line.fields === undefined) return line.raw;
  const { project, object } = line;
  const about = project === undefined ? object : wide ? `${KIND} ${project}` : project;
  return [
    line.time.replace(/\.\d+Z$/, "Z"),
    paint(io, COLOURS[line.level] ?? "bold", line.level.padEnd(5)),
    about ?? "-",
    ...(wide ? [standing(line.fields)] : []),
    line.message,
  ]
    .filter((part) => part !== "")
    .join("  ")
    .replaceAll(/\s*\n\s*/g, " ");
}

/** Phase and reason that a pass ended with, and what it cost. */
function standing({ phase, reason, durationMs, requests }: NonNullable<LogLine["fields"]>): string {
  const cost = typeof durationMs === "number" ? `${durationMs} ms, ${String(requests)} requests` : undefined;
  return [text(phase), text(reason), cost].filter((part) => part !== undefined).join(" ");
}

function fieldsOf(raw: string): Record<string, unknown> | undefined {
  if (!raw.startsWith("{")) return undefined;
  try {
    return JSON.parse(raw) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

/** controller-runtime names the object by its kind, and once more in plain fields. */
function objectOf(fields: Readonly<Record<string, unknown>>): string | undefined {
  const kind = text(fields["controllerKind"]);
  const name = text(fields["name"]);
  return kind && name ? `${kind} ${text(fields["namespace"]) ?? ""}/${name}` : undefined;
}

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
