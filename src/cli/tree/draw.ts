import type { TriState } from "../../api/schema.ts";
import { type Colour, paint } from "../colour.ts";
import type { Io } from "../io.ts";
import { shortRevision } from "../project-row.ts";
import { cut } from "../table.ts";
import type { TreeEnvironment, TreeObject, TreeProject } from "./model.ts";

/** A symbol never stands without its word, nor a colour without both. */
interface Mark {
  word: string;
  colour: Colour;
}

interface Line {
  branch: string;
  label: string;
  mark?: Mark | undefined;
  text: string;
}

/**
 * Draws projects with their environments and objects, one line a thing.
 * @param wide also say what healthy objects are about, and cut nothing
 */
export function draw(
  projects: readonly TreeProject[],
  wide: boolean,
  io: Pick<Io, "colour" | "columns">,
): string {
  const trees = projects.map((project) => linesOf(project, wide));
  const lines = trees.flat();
  const left = Math.max(...lines.map(({ branch, label }) => branch.length + label.length));
  const word = Math.max(0, ...lines.map(({ mark }) => mark?.word.length ?? 0));
  const columns = wide ? undefined : io.columns;
  return trees
    .map((tree) => tree.map((line) => `${print(line, { left, word, columns }, io)}\n`).join(""))
    .join("\n");
}

function print(
  { branch, label, mark, text }: Line,
  { left, word, columns }: { left: number; word: number; columns: number | undefined },
  io: Pick<Io, "colour">,
): string {
  const name = `${branch}${label}`;
  const words = mark === undefined ? text : `${mark.word.padEnd(word)}  ${text}`;
  const plain = cut(`${name.padEnd(left + 2)}${words}`.trimEnd(), columns);
  // Painted last: colours have no width.
  const rest = plain.slice(name.length);
  const at = mark === undefined ? -1 : rest.indexOf(mark.word);
  const painted =
    mark === undefined || at < 0
      ? rest
      : `${rest.slice(0, at)}${paint(io, mark.colour, mark.word)}${rest.slice(at + mark.word.length)}`;
  return `${paint(io, "dim", branch)}${plain.slice(branch.length, name.length)}${painted}`;
}

function linesOf(project: TreeProject, wide: boolean): Line[] {
  const { namespace, name, phase, ready, message, environments } = project;
  return [
    {
      branch: "",
      label: `ProjectGitOps ${namespace}/${name}`,
      mark: markOf(ready),
      text: [phase, ready === "True" && !wide ? "" : message].filter(Boolean).join("  "),
    },
    ...environments.flatMap((environment, place) =>
      environmentLines(environment, place === environments.length - 1, wide),
    ),
  ];
}

function environmentLines(environment: TreeEnvironment, last: boolean, wide: boolean): Line[] {
  const { name, namespace, desired, ready, suspended, revision } = environment;
  const own = environment.objects.find(({ kind }) => kind === "Namespace");
  const wrong = own && (own.presence === "missing" || own.presence === "terminating" || own.heldBy);
  return [
    {
      branch: last ? "└─ " : "├─ ",
      label: `${name}  ${namespace}`,
      mark: own && wrong ? objectMark(own) : markOf(ready, suspended),
      text: [
        desired ? "" : "leaving: the spec no longer names it",
        own && wrong ? objectText(own, wide) : "",
        revision ? shortRevision(revision) : "",
      ]
        .filter(Boolean)
        .join("  "),
    },
    ...objectLines(
      environment.objects.filter((object) => object !== own),
      last ? "   " : "│  ",
      namespace,
      wide,
    ),
  ];
}

function objectLines(objects: readonly TreeObject[], indent: string, home: string, wide: boolean): Line[] {
  const width = Math.max(0, ...objects.map(({ kind }) => kind.length));
  return objects.flatMap((object, place) => {
    const last = place === objects.length - 1;
    const elsewhere = object.namespace === home || object.namespace === "" ? "" : `${object.namespace}/`;
    return [
      {
        branch: `${indent}${last ? "└─ " : "├─ "}`,
        label: `${object.kind.padEnd(width)}  ${elsewhere}${object.name}`,
        mark: objectMark(object),
        text: objectText(object, wide),
      },
      ...objectLines(object.objects ?? [], `${indent}${last ? "   " : "│  "}`, home, wide),
    ];
  });
}

function objectMark({ presence, health, heldBy, suspended }: TreeObject): Mark | undefined {
  if (presence === "missing") return { word: "✗ Missing", colour: "red" };
  if (presence === "terminating") return { word: "… Terminating", colour: "yellow" };
  if (heldBy !== undefined) return { word: "✗ NotOurs", colour: "red" };
  if (health !== undefined) return markOf(health.ready, suspended);
  return presence === "unknown" ? { word: "? Unknown", colour: "yellow" } : undefined;
}

function objectText({ presence, health, heldBy, revision, detail }: TreeObject, wide: boolean): string {
  if (heldBy !== undefined) return `held by ${heldBy}`;
  if (presence === "unknown" && health === undefined) return "you may not look at it";
  const short = revision ? shortRevision(revision) : "";
  // Of what is well, people want the revision alone; wide tells what it is about as well.
  const said = health === undefined || health.ready === "True" ? "" : health.message || health.reason;
  const about = health === undefined || wide ? (detail ?? "") : "";
  return [short, about, said].filter(Boolean).join("  ");
}

function markOf(ready: TriState, suspended = false): Mark {
  if (suspended) return { word: "‖ Suspended", colour: "yellow" };
  return MARKS[ready];
}

const MARKS = {
  True: { word: "✓ Ready", colour: "green" },
  False: { word: "✗ NotReady", colour: "red" },
  Unknown: { word: "… Waiting", colour: "yellow" },
} as const satisfies Record<TriState, Mark>;
