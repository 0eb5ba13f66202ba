import { credentialSecretOf } from "../../api/credential.ts";
import { gitHostOf, parseGitUrl } from "../../api/git-url.ts";
import { KIND } from "../../api/names.ts";
import type { ProjectGitOps } from "../../api/schema.ts";
import { put } from "../diagnose/credential/fixes.ts";
import { CliError } from "../errors.ts";

/** Who keeps the Secret has to replace what is in it: how, in the order in which no fetch fails. */
export function keptByPeople(project: ProjectGitOps, verb: "rotate" | "revoke"): CliError {
  const { metadata, spec } = project;
  const { namespace, name } = metadata;
  const secret = credentialSecretOf(spec);
  const subject = `${KIND} ${namespace}/${name}`;
  if (secret === undefined)
    return new CliError(`${subject} has no credential to ${verb}: ${spec.git.url} is a public repository`);
  const url = parseGitUrl(spec.git.url);
  const host = url.kind === "ok" ? gitHostOf(url) : "the git host";
  const ref = { namespace, name: secret };
  const isSsh = url.kind !== "ok" || url.transport === "ssh";
  const steps = isSsh ? sshSteps(host, verb) : httpsSteps(host, verb);
  const from = isSsh
    ? ["--from-file=identity=./deploy-key", "--from-file=identity.pub=./deploy-key.pub"]
    : ["--from-file=password=./token"];
  return new CliError(
    `cannot ${verb} the credential of ${subject}: people keep it, in Secret ${namespace}/${secret}`,
    {
      details: [
        "the operator rotates and revokes what it made itself (spec.git.credential.generate); by hand:",
        ...steps.map((step, place) => `${place + 1}. ${step}`),
        "docs/credentials.md has it in full",
      ],
      next: put(ref, ...from),
    },
  );
}

const LAST = `wait until \`projectgitops credential show\` says current and Ready of every environment`;

const sshSteps = (host: string, verb: "rotate" | "revoke"): string[] => [
  ...(verb === "revoke" ? [`remove the deploy key at ${host}: from now on fetches fail`] : []),
  "make a new key: ssh-keygen -t ed25519 -N '' -f deploy-key",
  `register deploy-key.pub at ${host}${verb === "rotate" ? ", beside the old one" : ""}`,
  "put it into the Secret, by the command below; the operator carries it within a minute",
  LAST,
  ...(verb === "rotate" ? [`remove the old one at ${host}`] : []),
];

const httpsSteps = (host: string, verb: "rotate" | "revoke"): string[] => [
  ...(verb === "revoke" ? [`revoke the token at ${host}: from now on fetches fail`] : []),
  `make a new token at ${host}, and put it into the file ./token`,
  "put it into the Secret, by the command below; the operator carries it within a minute",
  LAST,
  ...(verb === "rotate" ? [`revoke the old one at ${host}`] : []),
];
