import { readFileSync } from "node:fs";
import { load } from "js-yaml";
import type { GitSecretPayload, ImagePullPayload } from "../../../src/api/credential.ts";
import { parseGitUrl } from "../../../src/api/git-url.ts";
import { type ProjectGitOps, parseProject } from "../../../src/api/schema.ts";
import type { PlanInputs } from "../../../src/plan/index.ts";

export const UID = "0a1b2c3d-0000-4000-8000-000000000001";

const base64 = (text: string): string => Buffer.from(text).toString("base64");

export const SSH_SECRET: GitSecretPayload = {
  type: "kubernetes.io/ssh-auth",
  data: { "ssh-privatekey": base64("key"), identity: base64("key"), known_hosts: base64("github.com …") },
};
export const HTTPS_SECRET: GitSecretPayload = {
  type: "Opaque",
  data: { username: base64("bot"), password: base64("token") },
};
export const APP_SECRET: GitSecretPayload = {
  type: "Opaque",
  data: { githubAppID: base64("1"), githubAppInstallationID: base64("2"), githubAppPrivateKey: base64("k") },
};
export const PULL_SECRET: ImagePullPayload = {
  type: "kubernetes.io/dockerconfigjson",
  data: { ".dockerconfigjson": base64("{}") },
};

/** The project that a manifest describes, as it is after admission. */
export function projectFrom(manifest: unknown): ProjectGitOps {
  const parsed = parseProject(manifest);
  if (!parsed.ok)
    throw new Error(parsed.problems.map(({ path, message }) => `${path}: ${message}`).join("; "));
  const { metadata } = parsed.project;
  return { ...parsed.project, metadata: { uid: UID, generation: 1, resourceVersion: "1", ...metadata } };
}

export const projectFromFile = (path: string): ProjectGitOps => projectFrom(load(readFileSync(path, "utf8")));

/** What the reconciler would hand to the plan when every Secret that the spec names is there. */
export function inputsFor({ spec }: ProjectGitOps, more: Partial<PlanInputs> = {}): PlanInputs {
  const url = parseGitUrl(spec.git.url);
  if (url.kind === "refused") throw new Error(url.message);
  const names = spec.environments.flatMap(({ imagePullSecrets = [] }) => imagePullSecrets);
  return {
    gitUrl: url.url,
    ...(spec.git.credential
      ? { gitSecret: url.transport === "ssh" ? SSH_SECRET : HTTPS_SECRET, credentialVersion: "7" }
      : {}),
    pullSecrets: Object.fromEntries(names.map(({ name }) => [name, PULL_SECRET])),
    deployerClusterRole: "admin",
    ...more,
  };
}
