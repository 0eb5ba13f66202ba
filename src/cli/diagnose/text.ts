import { age } from "../age.ts";
import { type Colour, paint } from "../colour.ts";
import type { Severity } from "../finding.ts";
import type { Io } from "../io.ts";
import type { Found } from "./finding-kind.ts";

/** A symbol never stands without its word, nor a colour without both. */
const MARKS = {
  error: ["✗ problem", "red"],
  warning: ["! warning", "yellow"],
  info: ["· note   ", "dim"],
} as const satisfies Record<Severity, readonly [string, Colour]>;

export interface Looked {
  /** `pay (platform)`, or what was looked at instead. */
  readonly subject: string;
  readonly things: number;
  readonly milliseconds: number;
}

/** What a person gets: the answer first, then each finding with what was seen, its cause and its fix. */
export function diagnosisText(findings: readonly Found[], looked: Looked, io: Io): string {
  const head = `${looked.subject}: ${counts(findings)}; looked at ${looked.things} things in ${(looked.milliseconds / 1000).toFixed(1)} s`;
  return `${[head, ...findings.map((one) => `\n${block(one, io)}`)].join("\n")}\n`;
}

const WORDS = { error: "problem", warning: "warning", info: "note" } as const satisfies Record<
  Severity,
  string
>;

function counts(findings: readonly Found[]): string {
  const told = (Object.keys(WORDS) as Severity[]).flatMap((severity) => {
    const count = findings.filter(({ kind }) => kind.severity === severity).length;
    return count === 0 ? [] : [`${count} ${WORDS[severity]}${count === 1 ? "" : "s"}`];
  });
  return told.length === 0 ? "nothing is wrong" : told.join(", ");
}

function block({ kind, object, what, evidence, cause, fix, since }: Found, io: Io): string {
  const [mark, colour] = MARKS[kind.severity];
  const lasted = since === undefined ? "" : `  (since${HOLD}${age(since, io.now())})`;
  const typed = fix?.replaceAll(/^projectgitops /gm, `${io.name} `);
  const details = Object.entries({ seen: seen(object, evidence), cause, fix: typed }).flatMap(
    ([word, text]) => (text === undefined ? [] : lines(word, text, io)),
  );
  const [head = "", ...more] = wrap(`${what}${lasted}`, (io.columns ?? Infinity) - INDENT).map((line) =>
    line.replaceAll(HOLD, " "),
  );
  return [
    `${paint(io, colour, mark)}  ${head}`,
    ...more.map((line) => `${" ".repeat(INDENT)}${line}`),
    ...details,
    detail("about", kind.id),
  ].join("\n");
}

const seen = (object: string, evidence: string | undefined): string =>
  evidence === undefined ? object : `${object}: ${evidence}`;

/** A blank at which no line is broken. */
const HOLD = "\u00a0";
const INDENT = 11;
const detail = (word: string, text: string): string => `${" ".repeat(INDENT)}${word.padEnd(6)} ${text}`;

/** Sentences are wrapped at the terminal's width; a fix never is: it must be pasted. */
function lines(word: string, text: string, io: Io): string[] {
  const [first = "", ...rest] = text
    .split("\n")
    .flatMap((line) => (word === "fix" ? [line] : wrap(line, (io.columns ?? Infinity) - INDENT - 7)));
  return [detail(word, first), ...rest.map((line) => detail("", line))];
}

function wrap(text: string, width: number): string[] {
  const wrapped = [""];
  for (const word of text.split(" ")) {
    const last = wrapped.length - 1;
    const line = wrapped[last] ? `${wrapped[last]} ${word}` : word;
    if (line.length <= width || !wrapped[last]) wrapped[last] = line;
    else wrapped.push(word);
  }
  return wrapped;
}
