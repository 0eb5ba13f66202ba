import { shellWord } from "../shell.ts";
import type { Answers } from "./answers.ts";

/** The command that gives the same manifest without questions. Pure. */
export function commandLine(name: string, answers: Answers): string {
  const { ref } = answers;
  const flags: [string, string | undefined][] = [
    ["--name", answers.name],
    ["--project-id", answers.projectId === answers.name ? undefined : answers.projectId],
    ["--namespace", answers.namespace],
    ["--git-url", answers.gitUrl],
    ...(ref ? [[`--${ref.kind}`, ref.value] as [string, string]] : []),
    ["--interval", answers.interval],
    ["--known-hosts", answers.knownHostsFile],
    ["--credential", answers.credential || undefined],
    ...answers.environments.map((text): [string, string] => ["--environment", text]),
    ["--path-template", answers.pathTemplate],
    ...answers.refs.map((text): [string, string] => ["--ref", text]),
    ...answers.protected.map((text): [string, string] => ["--protected", text]),
    ["--deletion-policy", answers.deletionPolicy],
    ["--setup-timeout", answers.setupTimeout],
  ];
  const words = flags.flatMap(([flag, value]) =>
    value === undefined ? [] : [`${flag} ${shellWord(value)}`],
  );
  return [`${name} create`, ...words].join(" ");
}
