import { DNS_SUBDOMAIN } from "../../api/fields.ts";
import type { Problem } from "../../api/schema.ts";
import { problemsIn } from "../manifest/problems.ts";
import { type Answers, environmentName, manifestOf, parseRef } from "./answers.ts";

/**
 * What the API server would refuse, in its words, and what names an environment that is not there. Pure.
 * @returns empty where nothing is wrong
 */
export function problemsOf(answers: Answers): Problem[] {
  const manifest = manifestOf(answers);
  return [
    ...nameProblem(manifest.metadata.name),
    ...problemsIn({ ...manifest }, answers.namespace),
    ...strangers(answers),
  ];
}

/** A problem as it is told: with the flag that the value came by, where there is one. */
export function told({ path, message }: Problem): string {
  const flag = FLAGS.find(
    ([prefix]) => path === prefix || path.startsWith(`${prefix}.`) || path.startsWith(`${prefix}[`),
  );
  return `${path}: ${message}${flag === undefined || path.startsWith("--") ? "" : ` (${flag[1]})`}`;
}

const FLAGS: readonly (readonly [string, string])[] = [
  ["metadata.name", "--name"],
  ["spec.projectId", "--project-id, default --name"],
  ["spec.git.url", "--git-url"],
  ["spec.git.ref", "--branch, --tag, --semver, --commit"],
  ["spec.git.interval", "--interval"],
  ["spec.git.credential", "--credential"],
  ["spec.git.knownHosts", "--known-hosts"],
  ["spec.environments", "--environment, --path-template, --ref"],
  ["spec.deletionPolicy", "--deletion-policy"],
  ["spec.setup", "--setup-timeout"],
];

function nameProblem(name: string): Problem[] {
  if (name === "") return [{ path: "metadata.name", message: "is required" }];
  if (new RegExp(DNS_SUBDOMAIN).test(name) && name.length <= 253) return [];
  return [
    {
      path: "metadata.name",
      message: "must be lower-case letters, digits, - and ., with a letter or digit at both ends",
    },
  ];
}

function strangers({ environments, protected: kept, refs }: Answers): Problem[] {
  const names = environments.map(environmentName);
  const unknown = (flag: string, text: string, name: string): Problem[] =>
    names.includes(name)
      ? []
      : [
          {
            path: `${flag} ${text}`,
            message: `there is no environment ${name}: there are ${names.join(", ") || "none"}`,
          },
        ];
  return [
    ...kept.flatMap((name) => unknown("--protected", name, name)),
    ...refs.flatMap((text) => {
      const parsed = parseRef(text);
      if (parsed !== undefined) return unknown("--ref", text, parsed.environment);
      return [
        {
          path: `--ref ${text}`,
          message: "must be like production=semver:>=1.0.0; kinds: branch, tag, semver, commit",
        },
      ];
    }),
  ];
}
