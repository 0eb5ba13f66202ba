import type { VerbWords, Words } from "./words.ts";

/** A completion script for fish. */
export const fishCompletion = ({ verbs }: Words): string => `# fish completion of projectgitops
function __projectgitops_projects
  set -l words (commandline -opc)
  set -l namespace
  for i in (seq 2 (count $words))
    contains -- $words[$i] -n --namespace; and set namespace -n $words[(math $i + 1)]
  end
  projectgitops get -o name $namespace 2>/dev/null
end
complete -c projectgitops -f
${verbs.flatMap(verb).join("\n")}
`;

function verb(words: VerbWords): string[] {
  const { name, description, verbs } = words;
  const here = `__fish_seen_subcommand_from ${name}`;
  const subs = verbs.map((sub) => sub.name).join(" ");
  return [
    `complete -c projectgitops -n __fish_use_subcommand -a ${name} -d ${quote(description)}`,
    ...after(here, words),
    ...verbs.flatMap((sub) => [
      `complete -c projectgitops -n '${here}; and not __fish_seen_subcommand_from ${subs}' -a ${sub.name} -d ${quote(sub.description)}`,
      ...after(`${here}; and __fish_seen_subcommand_from ${sub.name}`, sub),
    ]),
  ];
}

/** What may follow where this condition holds. */
function after(condition: string, { options, takesProject, choices }: VerbWords): string[] {
  const here = `complete -c projectgitops -n '${condition}'`;
  return [
    ...(takesProject ? [`${here} -a '(__projectgitops_projects)'`] : []),
    ...(choices.length > 0 ? [`${here} -a ${quote(choices.join(" "))}`] : []),
    ...options.map(({ short, long, description, takesValue, choices }) =>
      [
        here,
        short ? `-s ${short.slice(1)}` : "",
        `-l ${long.slice(2)}`,
        takesValue ? (choices.length > 0 ? `-x -a ${quote(choices.join(" "))}` : "-r") : "",
        `-d ${quote(description)}`,
      ]
        .filter(Boolean)
        .join(" "),
    ),
  ];
}

const quote = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
