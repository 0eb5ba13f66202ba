import { API_VERSION, KIND } from "../../api/names.ts";
import type { ProjectGitOpsSpecInput } from "../../api/schema.ts";

/** What a person has said of a new project, by flags or as answers; all of it is text, as it was typed. */
export interface Answers {
  name?: string | undefined;
  /** Default the name. */
  projectId?: string | undefined;
  namespace: string;
  gitUrl?: string | undefined;
  ref?: Ref | undefined;
  interval?: string | undefined;
  /** Name of the Secret. */
  credential?: string | undefined;
  /** Text of a known_hosts file, and the file. */
  knownHosts?: string | undefined;
  knownHostsFile?: string | undefined;
  /** NAME or NAME=PATH. */
  environments: string[];
  /** Path of an environment that names none; {name} stands for its name. */
  pathTemplate?: string | undefined;
  /** NAME=KIND:VALUE, such as production=semver:>=1.0.0. */
  refs: string[];
  /** Names of environments. */
  protected: string[];
  deletionPolicy?: string | undefined;
  setupTimeout?: string | undefined;
}

export type Ref = { kind: RefKind; value: string };
export const REF_KINDS = ["branch", "tag", "semver", "commit"] as const;
export type RefKind = (typeof REF_KINDS)[number];

export interface NewProject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace: string };
  spec: ProjectGitOpsSpecInput;
}

/** The manifest that says just what was answered: defaults are left to the API server. Pure. */
export function manifestOf(answers: Answers): NewProject {
  const { name = "", namespace, gitUrl = "", ref, interval, credential, knownHosts } = answers;
  const spec = {
    projectId: answers.projectId ?? name,
    git: {
      url: gitUrl,
      ...(ref ? { ref: refOf(ref) } : {}),
      ...(interval ? { interval } : {}),
      ...(credential ? { credential: { secretRef: { name: credential } } } : {}),
      ...(knownHosts ? { knownHosts } : {}),
    },
    environments: answers.environments.map((text) => environmentOf(text, answers)),
    ...(answers.setupTimeout ? { setup: { timeout: answers.setupTimeout } } : {}),
    ...(answers.deletionPolicy ? { deletionPolicy: answers.deletionPolicy } : {}),
  };
  return {
    apiVersion: API_VERSION,
    kind: KIND,
    metadata: { name, namespace },
    // Wrong values are told by the schema, with the words of admission.
    spec: spec as ProjectGitOpsSpecInput,
  };
}

export const environmentName = (text: string): string => text.split("=")[0] ?? "";

/** `production=semver:>=1.0.0`: the first = and the first : after it count. */
export function parseRef(text: string): { environment: string; ref: Ref } | undefined {
  const [, environment = "", kind = "", value = ""] = /^([^=]*)=([^:]*):(.*)$/s.exec(text) ?? [];
  const known = REF_KINDS.find((one) => one === kind);
  return environment === "" || known === undefined || value === ""
    ? undefined
    : { environment, ref: { kind: known, value } };
}

function environmentOf(text: string, { pathTemplate, refs, protected: kept }: Answers) {
  const name = environmentName(text);
  const written = text.includes("=") ? text.slice(name.length + 1) : undefined;
  const path = written ?? pathTemplate?.replaceAll("{name}", name);
  const ref = refs.map(parseRef).find((one) => one?.environment === name)?.ref;
  return {
    name,
    ...(ref ? { ref: refOf(ref) } : {}),
    ...(path === undefined ? {} : { path }),
    ...(kept.includes(name) ? { protected: true } : {}),
  };
}

const refOf = ({ kind, value }: Ref) => ({ [kind]: value });
