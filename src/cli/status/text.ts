import type { TriState } from "../../api/schema.ts";
import { age, inFuture } from "../age.ts";
import { type Colour, paint } from "../colour.ts";
import { kindWords } from "../credential/words.ts";
import type { Io } from "../io.ts";
import { shortRevision } from "../project-row.ts";
import { cut, table } from "../table.ts";
import type { CredentialReport } from "./credential.ts";
import type { EnvironmentReport, StatusReport } from "./report.ts";

/** The report for a person: the answer first, one line a thing. */
export function statusText(
  report: StatusReport,
  io: Pick<Io, "colour" | "columns" | "now" | "name">,
): string {
  const { project, phase, ready, credential, environments, nextLook, events } = report;
  const now = io.now();
  const mark = MARKS[ready.status];
  const head = [
    `${project.namespace}/${project.name}`,
    phase || "-",
    paint(io, mark.colour, mark.word),
    `generation ${project.generation}, seen ${project.seen < 0 ? "none" : project.seen}`,
  ];
  const said =
    ready.status === "True"
      ? [`  ready       since ${age(ready.since ?? undefined, now)}`]
      : [`  message     ${ready.message}${sinceText(ready.since, now)}`];
  const next = `${nextLook.what}${nextLook.at === null ? "" : ` ${inFuture(nextLook.at, now)}`}`;
  const lines = [
    ...said,
    `  source      ${project.url} @ ${project.ref}`,
    `  credential  ${credential === null ? "none: a public repository" : credentialText(credential, now)}`,
    ...failureLines(credential, now),
    ...(project.lastRequest === null ? [] : [`  asked       ${requestText(project.lastRequest, now)}`]),
    `  next        ${next}`,
    ...(ready.status === "False"
      ? [`  why         ${io.name} diagnose ${project.name} -n ${project.namespace}`]
      : []),
  ];
  return [
    `${head.join("  ")}\n`,
    ...lines.map((line) => `${painted(cut(line, io.columns), io)}\n`),
    `\n${environmentTable(environments, io)}`,
    ...(events.length === 0 ? [] : [`\n  last events\n${eventTable(events, io)}`]),
  ].join("");
}

const MARKS = {
  True: { word: "✓ Ready", colour: "green" },
  False: { word: "✗ NotReady", colour: "red" },
  Unknown: { word: "… Waiting", colour: "yellow" },
} as const satisfies Record<TriState, { word: string; colour: Colour }>;

const sinceText = (since: string | null, now: number): string =>
  since === null ? "" : ` (since ${age(since, now)})`;

/** `4m ago, answered`: the last `reconcile`. */
function requestText({ at, answered }: { at: string; answered: boolean }, now: number): string {
  const when = Number.isNaN(Date.parse(at)) ? `for ${at}` : `${age(at, now)} ago`;
  return `${when}, ${answered ? "answered" : "not answered yet"}`;
}

function credentialText(credential: CredentialReport, now: number): string {
  const { secret, fingerprint, createdAt, expiresAt, problem, generated } = credential;
  const times = [
    createdAt === null ? "" : `made ${age(createdAt, now)} ago`,
    generated?.nextRotation ? `next rotation ${inFuture(generated.nextRotation, now)}` : "",
    expiresAt === null || generated ? "" : `expires ${inFuture(expiresAt, now)}`,
  ];
  const parts = [
    `Secret ${secret}`,
    kindWords(credential),
    fingerprint ?? "",
    times.filter(Boolean).join(", "),
    problem === null ? "" : `✗ ${problem}`,
  ];
  return parts.filter(Boolean).join("  ");
}

/** A rotation that does not succeed: the credential in force is none the worse for it, so it has a line of its own. */
function failureLines(credential: CredentialReport | null, now: number): string[] {
  const failure = credential?.generated?.failure;
  if (!failure) return [];
  return [`              ✗ ${failure.reason}, since ${age(failure.since, now)}: ${failure.message}`];
}

/** What is wrong is red, the line's name apart. */
const painted = (line: string, io: Pick<Io, "colour">): string =>
  line.replace(/✗ .*$/, (wrong) => paint(io, "red", wrong));

function environmentTable(
  environments: readonly EnvironmentReport[],
  io: Pick<Io, "colour" | "columns" | "now">,
): string {
  const rows = environments.map(({ name, ready, suspended, revision, appliedAt, objects, message }) => [
    `  ${name}`,
    suspended ? "‖ Suspended" : MARKS[ready].word,
    revision === null ? "-" : shortRevision(revision),
    appliedAt === null ? "-" : `${age(appliedAt, io.now())} ago`,
    objects === null ? "?" : String(objects),
    message,
  ]);
  const text = table(
    ["  ENVIRONMENT", "READY", "REVISION", "APPLIED", "OBJECTS", "MESSAGE"],
    rows,
    io.columns,
  );
  return text.replaceAll(/(✓ Ready|✗ NotReady|… Waiting|‖ Suspended)/g, (word) =>
    paint(io, word.startsWith("✓") ? "green" : word.startsWith("✗") ? "red" : "yellow", word),
  );
}

const eventTable = (events: StatusReport["events"], io: Pick<Io, "columns" | "now">): string =>
  table(
    ["    SEEN", "TYPE", "REASON", "ENVIRONMENT", "OBJECT", "MESSAGE"],
    events.map(({ lastSeen, type, reason, environment, object, message }) => [
      `    ${age(lastSeen || undefined, io.now())}`,
      type,
      reason,
      environment ?? "-",
      object,
      message,
    ]),
    io.columns,
  );
