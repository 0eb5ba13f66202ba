import type { VerbWords, Words } from "./words.ts";

/** A completion script for bash: verbs, options, their choices, and the names of projects. */
export const bashCompletion = ({ verbs }: Words): string => script(verbs, verbs.flatMap(withSubVerbs));

const script = (
  first: readonly VerbWords[],
  verbs: readonly VerbWords[],
): string => `# bash completion of projectgitops
_projectgitops() {
  local cur prev verb words namespace i
  cur="\${COMP_WORDS[COMP_CWORD]}"
  prev="\${COMP_WORDS[COMP_CWORD-1]}"
  verb="\${COMP_WORDS[1]}"
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${first.map(({ name }) => name).join(" ")}" -- "$cur"))
    return
  fi
  case "$verb" in
    ${groupsOf(first).join("|")}) [ "$COMP_CWORD" -gt 2 ] && verb="$verb \${COMP_WORDS[2]}" ;;
  esac
  case "$verb $prev" in
${verbs.flatMap(values).join("\n")}
  esac
  case "$verb" in
${verbs.map(options).join("\n")}
  esac
  if [[ "$cur" == -* ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
    return
  fi
  case "$verb" in
    ${verbs
      .filter(({ takesProject }) => takesProject)
      .map(({ name }) => `"${name}"`)
      .join("|")})
      for ((i = 2; i < COMP_CWORD; i++)); do
        case "\${COMP_WORDS[i]}" in -n|--namespace) namespace="\${COMP_WORDS[i+1]}" ;; esac
      done
      COMPREPLY=($(compgen -W "$(projectgitops get -o name \${namespace:+-n "$namespace"} 2>/dev/null)" -- "$cur"))
      ;;
${verbs
  .filter(({ choices }) => choices.length > 0)
  .map(firstWord)
  .join("\n")}
    *) COMPREPLY=($(compgen -f -- "$cur")) ;;
  esac
}
complete -F _projectgitops projectgitops
`;

/** `credential` with the words that may follow, then each of these as `credential show`. */
const withSubVerbs = (verb: VerbWords): VerbWords[] =>
  verb.verbs.length === 0
    ? [verb]
    : [
        { ...verb, choices: verb.verbs.map(({ name }) => name) },
        ...verb.verbs.map((sub) => ({ ...sub, name: `${verb.name} ${sub.name}` })),
      ];

const groupsOf = (verbs: readonly VerbWords[]): string[] =>
  verbs.flatMap(({ name, verbs: subs }) => (subs.length === 0 ? [] : [name]));

/** After an option: one of a few values, nothing that we know of a namespace, else a file. */
const values = ({ name, options }: VerbWords): string[] =>
  options
    .filter(({ takesValue }) => takesValue)
    .map(({ long, short, choices }) => {
      const words = [short, long].filter(Boolean).map((word) => `"${name} ${word}"`);
      return `    ${words.join("|")}) COMPREPLY=(${candidates(long, choices)}); return ;;`;
    });

function candidates(long: string, choices: readonly string[]): string {
  if (choices.length > 0) return `$(compgen -W "${choices.join(" ")}" -- "$cur")`;
  return long === "--namespace" ? "" : '$(compgen -f -- "$cur")';
}

const firstWord = ({ name, choices }: VerbWords): string =>
  `    "${name}") COMPREPLY=($(compgen -W "${choices.join(" ")}" -- "$cur")) ;;`;

const options = ({ name, options }: VerbWords): string =>
  `    "${name}") words="${options.flatMap(({ short, long }) => [short, long].filter(Boolean)).join(" ")}" ;;`;
