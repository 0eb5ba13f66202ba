import type { GitUrl } from "../../../api/git-url.ts";
import { publishedKnownHosts } from "../../../git/index.ts";
import type { SecretRef } from "../reads/credential.ts";

/** A new Secret; `from` are flags of kubectl, such as `--from-file=identity=./deploy-key`. */
export const create = ({ namespace, name }: SecretRef, ...from: readonly string[]): string =>
  `kubectl create secret generic ${name} -n ${namespace} ${from.join(" ")}`;

/**
 * Sets keys of a Secret that is there, and leaves its others alone. The values go from program to program: on a
 * command line every user of the machine could read them, and `kubectl apply` would repeat them in an annotation.
 */
export const put = (ref: SecretRef, ...from: readonly string[]): string =>
  `${create(ref, ...from)} --dry-run=client -o yaml | kubectl patch secret ${ref.name} -n ${ref.namespace} --type=merge --patch-file=/dev/stdin`;

/** The value of a key, decoded once. */
export const decoded = ({ namespace, name }: SecretRef, key: string): string =>
  `kubectl get secret ${name} -n ${namespace} -o jsonpath='{.data.${key.replaceAll(".", "\\.")}}' | base64 -d`;

export const remove = ({ namespace, name }: SecretRef, ...keys: readonly string[]): string =>
  `kubectl patch secret ${name} -n ${namespace} --type=json -p '${JSON.stringify(keys.map((key) => ({ op: "remove", path: `/data/${key}` })))}'`;

/** The same content under another type, which cannot be changed in place. */
export const recreate = ({ namespace, name }: SecretRef, sed: string): string =>
  `kubectl get secret ${name} -n ${namespace} -o yaml | sed '${sed}' | kubectl replace --force -f -`;

export const annotate = ({ namespace, name }: SecretRef, annotation: string): string =>
  `kubectl annotate --overwrite secret ${name} -n ${namespace} ${annotation}`;

/** Where a person has what belongs under a key. */
export const fileOf = (key: string): string => `--from-file=${key}=${FILES[key] ?? `./${key}`}`;

const FILES: Readonly<Record<string, string>> = {
  identity: "./deploy-key",
  "ssh-privatekey": "./deploy-key",
  "identity.pub": "./deploy-key.pub",
  password: "./token",
  bearerToken: "./token",
  githubAppPrivateKey: "./app.pem",
};

/** Whether the host's keys are built in. */
export const isPublished = (url: GitUrl): boolean => publishedKnownHosts(url) !== undefined;

/** Asks the host for its keys, with a line between that shows what must be compared first. */
export function scan({ host, port }: GitUrl, into: ">" | ">>"): string {
  const asked = `ssh-keyscan ${port === 22 ? "" : `-p ${port} `}${host}`;
  return `${asked} ${into} known_hosts\nssh-keygen -lf known_hosts   # compare with the fingerprints that the administrator of ${host} publishes, and only then:`;
}

/** Why the line between is there. */
export const COMPARE =
  "before you store what ssh-keyscan prints, compare its fingerprints with those that the host's administrator publishes: whoever is in between could answer as well";
