import { EVENT_ID, type Event, getScalarValue } from "js-yaml";

/** Lines, from 1, of the fields of one document, by path as the API server writes it: `spec.environments[0].name`. */
export type Lines = ReadonlyMap<string, number>;

/** Where each field of each document stands in the text. Pure; one map a document, in their order. */
export function positionsOf(source: string, events: readonly Event[]): Lines[] {
  const starts = lineStarts(source);
  const documents: Map<string, number>[] = [];
  const open: Container[] = [];
  for (const event of events) {
    if (event.type === EVENT_ID.DOCUMENT) {
      documents.push(new Map());
      open.push({ kind: "document", path: "" });
      continue;
    }
    if (event.type === EVENT_ID.POP) {
      open.pop();
      continue;
    }
    const parent = open.at(-1);
    const lines = documents.at(-1);
    if (parent === undefined || lines === undefined) continue;
    const at = offsetOf(event);
    if (parent.kind === "mapping" && parent.key === undefined) {
      parent.key = event.type === EVENT_ID.SCALAR ? getScalarValue(source, event) : "?";
      lines.set(below(parent.path, parent.key), lineAt(starts, at));
      continue;
    }
    const path = pathOf(parent);
    if (!lines.has(path)) lines.set(path, lineAt(starts, at));
    if (event.type === EVENT_ID.MAPPING) open.push({ kind: "mapping", path, key: undefined });
    if (event.type === EVENT_ID.SEQUENCE) open.push({ kind: "sequence", path, next: 0 });
  }
  return documents;
}

/** The line of a field; of one that is not written, that of the nearest field around it. */
export function lineOf(lines: Lines, path: string): number {
  for (let rest = path; rest !== ""; rest = rest.replace(/(^|\.)[^.[\]]+$|\[[^\]]*\]$/, "")) {
    const line = lines.get(rest);
    if (line !== undefined) return line;
    if (!/(^|\.)[^.[\]]+$|\[[^\]]*\]$/.test(rest)) break;
  }
  return lines.get("") ?? 1;
}

type Container =
  | { kind: "document"; path: string }
  | { kind: "mapping"; path: string; key: string | undefined }
  | { kind: "sequence"; path: string; next: number };

/** The path of the value that comes next in a container, which then waits for the one after it. */
function pathOf(parent: Container): string {
  if (parent.kind === "document") return "";
  if (parent.kind === "sequence") return `${parent.path}[${parent.next++}]`;
  const path = below(parent.path, parent.key ?? "");
  parent.key = undefined;
  return path;
}

const below = (path: string, key: string): string => (path === "" ? key : `${path}.${key}`);

function offsetOf(event: Event): number {
  if (event.type === EVENT_ID.SCALAR) return event.valueStart;
  if (event.type === EVENT_ID.MAPPING || event.type === EVENT_ID.SEQUENCE) return event.start;
  return event.type === EVENT_ID.ALIAS ? event.anchorStart : 0;
}

function lineStarts(source: string): number[] {
  const starts = [0];
  for (let at = source.indexOf("\n"); at >= 0; at = source.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

function lineAt(starts: readonly number[], offset: number): number {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low + 1;
}
