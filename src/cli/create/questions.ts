import { parseGitUrl } from "../../api/git-url.ts";
import { credentialSecretName } from "../../api/names.ts";
import type { Io } from "../io.ts";
import { type Answers, environmentName, parseRef, REF_KINDS } from "./answers.ts";
import { problemsOf } from "./problems.ts";

interface Question {
  /** Whether a flag has answered it. */
  answered: (answers: Answers) => boolean;
  text: string;
  /** Shown, and taken for an empty line; empty: none is offered. */
  offered: (answers: Answers) => string;
  /** Puts an answer where it belongs. */
  take: (answers: Answers, text: string) => Answers;
  /** What the schema cannot say of the answer as it was typed. */
  wrong?: (text: string) => string | undefined;
  /** The answers as they are judged, where a later answer belongs to it. */
  judged?: (answers: Answers) => Answers;
  /** Fields whose problems this answer has to answer for. */
  fields: readonly string[];
}

/** In the order in which they are asked. */
const QUESTIONS: readonly Question[] = [
  {
    answered: ({ name }) => name !== undefined,
    text: "Name of the project",
    offered: () => "",
    take: (answers, name) => ({ ...answers, name }),
    fields: ["metadata.name"],
  },
  {
    answered: ({ projectId }) => projectId !== undefined,
    text: "Its projectId, part of every name that is made",
    offered: ({ name }) => name ?? "",
    take: (answers, projectId) => ({ ...answers, projectId }),
    fields: ["spec.projectId"],
  },
  {
    answered: ({ gitUrl }) => gitUrl !== undefined,
    text: "Repository, https://… or git@host:owner/repo.git",
    offered: () => "",
    take: (answers, gitUrl) => ({ ...answers, gitUrl }),
    // Whether an ssh URL has its Secret is asked next.
    judged: (answers) => ({ ...answers, credential: answers.credential ?? "asked-next" }),
    fields: ["spec.git.url"],
  },
  {
    answered: ({ credential }) => credential !== undefined,
    text: "Secret with its credential, none for a public repository",
    offered: ({ gitUrl = "", projectId, name = "" }) =>
      isSsh(gitUrl) ? credentialSecretName(projectId ?? name) : "none",
    take: (answers, text) => ({ ...answers, credential: text === "none" ? "" : text }),
    fields: ["spec.git.credential", "spec.git.url"],
  },
  {
    answered: ({ ref }) => ref !== undefined,
    text: `What to deploy, ${REF_KINDS.join(", ")}`,
    offered: () => "branch:main",
    take: (answers, text) => {
      const ref = parseRef(`x=${text.includes(":") ? text : `branch:${text}`}`)?.ref;
      return { ...answers, ref: ref ?? { kind: "branch", value: text } };
    },
    wrong: (text) =>
      !text.includes(":") || parseRef(`x=${text}`) !== undefined
        ? undefined
        : `write ${REF_KINDS.map((kind) => `${kind}:…`).join(", ")}, or the name of a branch`,
    fields: ["spec.git.ref"],
  },
  {
    answered: ({ environments }) => environments.length > 0,
    text: "Environments, NAME or NAME=PATH",
    offered: () => "development,staging,production",
    take: (answers, text) => ({ ...answers, environments: list(text) }),
    fields: ["spec.environments"],
  },
  {
    answered: ({ protected: kept }) => kept.length > 0,
    text: "Environments that are protected from removal",
    offered: ({ environments }) =>
      environments.map(environmentName).find((name) => name.startsWith("prod")) ?? "none",
    take: (answers, text) => ({ ...answers, protected: text === "none" ? [] : list(text) }),
    fields: ["--protected"],
  },
];

/** Whether what cannot be guessed has been said. */
export const isComplete = ({ name, gitUrl, environments }: Answers): boolean =>
  name !== undefined && gitUrl !== undefined && environments.length > 0;

/**
 * Asks what no flag has said, in order; a wrong answer is asked again with the reason.
 * @returns undefined where there is no terminal to ask on
 */
export async function askFor(answers: Answers, io: Io): Promise<Answers | undefined> {
  let known = answers;
  for (const question of QUESTIONS) {
    if (question.answered(known)) continue;
    const taken = await askUntilRight(question, known, io);
    if (taken === undefined) return undefined;
    known = taken;
  }
  return known;
}

async function askUntilRight(question: Question, known: Answers, io: Io): Promise<Answers | undefined> {
  const offered = question.offered(known);
  const text = offered === "" ? `${question.text}: ` : `${question.text} [${offered}]: `;
  for (;;) {
    const typed = await io.prompt(text);
    if (typed === undefined) return undefined;
    const answer = typed.trim() || offered;
    const taken = question.take(known, answer);
    const reasons = reasonsAgainst(question, answer, taken);
    if (reasons.length === 0) return taken;
    for (const reason of reasons)
      io.err(`  ${reason}
`);
  }
}

function reasonsAgainst({ wrong, judged, fields }: Question, answer: string, taken: Answers): string[] {
  const own = wrong?.(answer);
  if (own !== undefined) return [own];
  return problemsOf(judged?.(taken) ?? taken)
    .filter(({ path }) => fields.some((field) => isBelow(path, field)))
    .map(({ message }) => message);
}

const isBelow = (path: string, field: string): boolean =>
  path === field || [".", "[", " "].some((end) => path.startsWith(field + end));

const list = (text: string): string[] =>
  text
    .split(",")
    .map((one) => one.trim())
    .filter(Boolean);

function isSsh(url: string): boolean {
  const parsed = parseGitUrl(url);
  return parsed.kind === "ok" && parsed.transport === "ssh";
}
