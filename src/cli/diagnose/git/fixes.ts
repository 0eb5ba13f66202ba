import { credentialSecretOf } from "../../../api/credential.ts";
import { ANNOTATIONS } from "../../../api/names.ts";
import type { ProjectGitOps } from "../../../api/schema.ts";
import { quoted } from "../../shell.ts";
import { fileOf, put } from "../credential/fixes.ts";
import type { FluxController } from "./flux-controllers.ts";

interface Operation {
  op: "add" | "remove" | "test";
  path: string;
  value?: unknown;
}

/** Sets or removes fields of the project. */
export const patchProject = ({ metadata }: ProjectGitOps, operations: readonly Operation[]): string =>
  `kubectl patch pgops ${metadata.name} -n ${metadata.namespace} --type json -p ${quoted(JSON.stringify(operations))}`;

/** Sets one field of an environment, and nothing where the list has changed meanwhile. */
export function patchEnvironment(
  project: ProjectGitOps,
  environment: string,
  field: string,
  value: unknown,
): string {
  const at = `/spec/environments/${project.spec.environments.findIndex(({ name }) => name === environment)}`;
  return patchProject(project, [
    { op: "test", path: `${at}/name`, value: environment },
    { op: "add", path: `${at}/${field}`, value },
  ]);
}

/** Sets git.url; a credential that may go to the new host says so first, or the operator would not send it there. */
export function changeUrl(project: ProjectGitOps, url: string, host: string): string {
  const { metadata, spec } = project;
  const patch = patchProject(project, [{ op: "add", path: "/spec/git/url", value: url }]);
  const name = credentialSecretOf(spec);
  if (name === undefined || spec.git.credential?.generate) return patch;
  return `kubectl annotate secret ${name} -n ${metadata.namespace} --overwrite ${ANNOTATIONS.gitHosts}=${host}\n${patch}`;
}

/** Puts files into keys of the project's own Secret and leaves the others alone. */
export const patchSecret = ({ metadata, spec }: ProjectGitOps, ...keys: readonly string[]): string =>
  put({ namespace: metadata.namespace, name: credentialSecretOf(spec) ?? "" }, ...keys.map(fileOf));

export const edit = ({ metadata }: ProjectGitOps): string =>
  `kubectl edit pgops ${metadata.name} -n ${metadata.namespace}`;

/** Prints the public half of what Flux signs in with. */
export const printPublicKey = (namespace: string, secret: string): string =>
  `kubectl get secret ${secret} -n ${namespace} -o jsonpath='{.data.identity\\.pub}' | base64 -d`;

/** Runs a program of the controller's image in its own network. */
export const inController = ({ namespace, name }: FluxController, command: string): string =>
  `kubectl exec -n ${namespace} deployment/${name} -- ${command}`;
