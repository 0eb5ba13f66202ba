import { quoted } from "../shell.ts";
import type { OptionWords, VerbWords, Words } from "./words.ts";

/** A completion script for zsh. */
export const zshCompletion = ({ verbs }: Words): string => `#compdef projectgitops
# zsh completion of projectgitops
_projectgitops_projects() {
  local -a projects
  projects=(\${(f)"$(projectgitops get -o name \${opt_args[-n]:+-n \${opt_args[-n]}} 2>/dev/null)"})
  compadd -a projects
}
_projectgitops() {
  local -a verbs
  local line state
  verbs=(
${verbs.map(({ name, description }) => `    ${quoted(`${name}:${description}`)}`).join("\n")}
  )
  _arguments -C '1: :->verb' '*:: :->rest'
  case "$state" in
    verb) _describe verb verbs ;;
    rest)
      case "$line[1]" in
${verbs.map(verb).join("\n")}
      esac
      ;;
  esac
}
if [ "$funcstack[1]" = _projectgitops ]; then _projectgitops "$@"; else compdef _projectgitops projectgitops; fi
`;

const verb = (words: VerbWords): string =>
  words.verbs.length === 0 ? leaf(words, "        ") : group(words);

function leaf({ name, options, takesProject, choices }: VerbWords, indent: string): string {
  const specs = options.flatMap(specsOf);
  const words = choices.length > 0 ? `'1:word:(${choices.join(" ")})'` : "'*:file:_files'";
  const rest = takesProject ? "'1:project:_projectgitops_projects'" : words;
  return `${indent}${name}) _arguments ${[...specs, rest].join(" ")} ;;`;
}

/** A verb whose first word is a verb again. */
const group = ({ name, verbs }: VerbWords): string => `        ${name})
          _arguments -C '1:word:(${verbs.map((sub) => sub.name).join(" ")})' '*:: :->sub'
          if [[ "$state" == sub ]]; then
            case "$line[1]" in
${verbs.map((sub) => leaf(sub, "              ")).join("\n")}
            esac
          fi
          ;;`;

const specsOf = ({ short, long, description, takesValue, choices }: OptionWords): string[] =>
  [short, long].flatMap((word) => {
    if (!word) return [];
    const values = choices.length > 0 ? `(${choices.join(" ")})` : "";
    const value = takesValue ? `:value:${values}` : "";
    return [quoted(`${word}[${description.replaceAll(/[[\]:]/g, " ")}]${value}`)];
  });
