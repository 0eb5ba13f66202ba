import { CliError } from "../errors.ts";
import type { Io } from "../io.ts";
import type { Lines } from "./positions.ts";

/** One object of a file of manifests, and where it stands. */
export interface ManifestDocument {
  /** As it was typed; `-` is standard input. */
  file: string;
  /** From 1. */
  number: number;
  object: Written;
  lines: Lines;
  /** What stands before the paths of this object in `lines`: `items[0]` inside a List. */
  prefix: string;
}

/** An object as a person wrote it: nothing of it has been checked. */
export interface Written {
  apiVersion?: unknown;
  kind?: unknown;
  metadata?: { name?: unknown; namespace?: unknown; [field: string]: unknown };
  [field: string]: unknown;
}

/**
 * Reads YAML or JSON; each item of a List counts as an object of its own.
 * @throws CliError with file, line and column where it is no YAML, and for what is no object
 */
export async function documentsOf(text: string, file: string): Promise<ManifestDocument[]> {
  const { constructFromEvents, parseEvents, YAMLException } = await import("js-yaml");
  const { positionsOf } = await import("./positions.ts");
  try {
    const events = parseEvents(text, { filename: file });
    const positions = positionsOf(text, events);
    return constructFromEvents(events, { source: text, filename: file }).flatMap((value, index) =>
      value === null || value === undefined
        ? []
        : objectsIn(value, { file, number: index + 1, lines: positions[index] ?? new Map() }),
    );
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const { mark, reason } = error;
    const place = mark === undefined ? "" : `, line ${mark.line + 1}, column ${mark.column + 1}`;
    throw new CliError(`${nameOf(file)} is no YAML`, {
      details: [`${nameOf(file)}${place}: ${reason}`],
      next: "mend the file at this place",
    });
  }
}

/** Reads a file, or standard input for `-`. @throws CliError */
export async function readText(file: string, io: Pick<Io, "readInput">): Promise<string> {
  if (file === "-") return io.readInput();
  try {
    return await Bun.file(file).text();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CliError(`cannot read ${file}`, {
      details: [code === "ENOENT" ? "there is no such file" : `the system says: ${code ?? String(error)}`],
      next: "check the path given with -f",
    });
  }
}

/** How messages name a file. */
export const nameOf = (file: string): string => (file === "-" ? "standard input" : file);

function objectsIn(
  value: unknown,
  at: Pick<ManifestDocument, "file" | "number" | "lines">,
  prefix = "",
): ManifestDocument[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    const line = at.lines.get(prefix) ?? 1;
    throw new CliError(`document ${at.number} of ${nameOf(at.file)} is no Kubernetes object`, {
      details: [`${nameOf(at.file)}, line ${line}: it has no apiVersion and kind`],
      next: "write one object, or a List, in each document",
    });
  }
  const object = value as Written;
  const { items } = object;
  if (prefix !== "" || !Array.isArray(items)) return [{ ...at, object, prefix }];
  return items.flatMap((item, index) => objectsIn(item, at, `items[${index}]`));
}
