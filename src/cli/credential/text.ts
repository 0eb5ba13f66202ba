import type { TriState } from "../../api/schema.ts";
import { age, inFuture } from "../age.ts";
import { type Colour, paint } from "../colour.ts";
import type { Io } from "../io.ts";
import { cut, table } from "../table.ts";
import type { CredentialDetails, Holding } from "./report.ts";
import { kindWords } from "./words.ts";

type Printing = Pick<Io, "colour" | "columns" | "now" | "name">;
type Details = NonNullable<CredentialDetails["credential"]>;

/** The credential for a person: the answer first, one line a thing. */
export function credentialText(
  { project, credential, environments, unseen }: CredentialDetails,
  io: Printing,
): string {
  const subject = `${project.namespace}/${project.name}`;
  if (credential === null) return `${subject}  no credential: ${project.url} is a public repository\n`;
  const lines = [...linesOf(credential, io.now()), ...failureLines(credential, io.now())].map(
    ([name, text]) => cut(`  ${name.padEnd(12)} ${text}`, io.columns),
  );
  return [
    `${[subject, kindWords(credential), answer(credential, io)].filter(Boolean).join("  ")}\n`,
    ...lines.map((line) => `${line.replace(/✗ .*$/, (wrong) => paint(io, "red", wrong))}\n`),
    `\n${holdingTable(environments, io)}`,
    ...unseen.map((what) => `${cut(`note: you may not ${what}`, io.columns)}\n`),
  ].join("");
}

const MARKS = {
  True: { word: "✓ Ready", colour: "green" },
  False: { word: "✗ NotReady", colour: "red" },
  Unknown: { word: "… Waiting", colour: "yellow" },
} as const satisfies Record<TriState, { word: string; colour: Colour }>;

/** Of people's own Secret: whether it can be used. */
function answer({ ready, problem, generated }: Details, io: Printing): string {
  const status = ready?.status ?? (problem !== null ? "False" : generated ? "Unknown" : undefined);
  if (status === undefined) return "";
  return paint(io, MARKS[status].colour, MARKS[status].word);
}

function linesOf(credential: Details, now: number): [string, string][] {
  const { generated, gitHosts, next, previous, problem } = credential;
  const all: [string, string | null | undefined][] = [
    ["secret", `${credential.secret}${generated ? "" : ", kept by people"}`],
    ["problem", problem && `✗ ${problem}`],
    ["provider", generated?.provider],
    ["title", generated?.title && JSON.stringify(generated.title)],
    ["at the host", generated?.url],
    ["fingerprint", credential.fingerprint],
    ["only for", gitHosts?.join(", ") || null],
    ["made", credential.createdAt && madeText(credential, now)],
    [
      "rotation",
      generated?.nextRotation && `${inFuture(generated.nextRotation, now)} (${generated.nextRotation})`,
    ],
    ["expires", credential.expiresAt && `${expiryText(credential.expiresAt, now)} (${credential.expiresAt})`],
    ["being made", next && JSON.stringify(next)],
    ["to revoke", previous && JSON.stringify(previous)],
  ];
  return all.flatMap(([name, text]) => (text ? [[name, text] as [string, string]] : []));
}

function madeText({ createdAt, changedAt }: Details, now: number): string {
  const made = `${age(createdAt ?? undefined, now)} ago (${createdAt})`;
  return changedAt !== null && changedAt !== createdAt ? `${made}, changed ${age(changedAt, now)} ago` : made;
}

const expiryText = (at: string, now: number): string =>
  Date.parse(at) <= now ? `✗ expired ${age(at, now)} ago` : inFuture(at, now);

function failureLines({ generated, ready }: Details, now: number): [string, string][] {
  const failure = generated?.failure;
  if (failure) {
    const { reason, message, since, retryAt } = failure;
    return [
      ["failure", `✗ ${reason}, since ${age(since, now)}: ${message}`],
      ["tried again", inFuture(retryAt, now)],
    ];
  }
  if (ready === null || ready.status === "True") return [];
  return [
    [
      ready.status === "False" ? "failure" : "waiting",
      `${ready.status === "False" ? "✗ " : ""}${ready.message}`,
    ],
  ];
}

const HOLDS: Record<Holding["holds"], string> = {
  current: "current",
  earlier: "the one before",
  none: "none",
  unknown: "?",
};

function holdingTable(environments: readonly Holding[], io: Printing): string {
  const rows = environments.map(({ name, namespace, holds, ready, suspended, message }) => [
    `  ${name}`,
    namespace,
    HOLDS[holds],
    suspended ? "‖ Suspended" : ready === null ? "?" : MARKS[ready].word,
    message,
  ]);
  const text = table(["  ENVIRONMENT", "NAMESPACE", "CREDENTIAL", "FLUX", "MESSAGE"], rows, io.columns);
  return text.replaceAll(/(✓ Ready|✗ NotReady|… Waiting|‖ Suspended)/g, (word) =>
    paint(io, word.startsWith("✓") ? "green" : word.startsWith("✗") ? "red" : "yellow", word),
  );
}
