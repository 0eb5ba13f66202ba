import type { ProjectGitOps } from "../../../src/api/schema.ts";
import { makeSshKey } from "../../../src/git/index.ts";
import { CONFIG_MAPS } from "../../../src/kube/index.ts";
import { PROJECTS } from "../../../src/reconcile/index.ts";
import { condition } from "../../api/support/scope.ts";
import { eventually, type GitRemote } from "../../cluster/index.ts";
import { appFiles } from "../support/app.ts";
import { isGone } from "../support/project.ts";
import { type Bare, operatorFiles } from "./bare.ts";

/** Namespace of the projects on the page. */
export const PLATFORM = "platform";

/** Makes an application's repository and its Secret beside the projects; the deploy key is not registered yet. */
export async function giveApplication(
  { gitea, admin }: Bare,
  name: string,
  environments: string[],
): Promise<{ publicKey: string; repository: GitRemote }> {
  const repository = await gitea.createRepository(name);
  await repository.push(appFiles("one", environments));
  await repository.tag("v1.0.0");
  const { privateKey, publicKey } = makeSshKey(name);
  const data = { identity: privateKey, known_hosts: gitea.knownHosts };
  await admin.createSecret(PLATFORM, `${name}-git`, data);
  return { publicKey, repository };
}

/** A project of one environment, as a file of the fleet. */
export const projectFile = (bare: Bare, name: string, more = ""): string => `
apiVersion: projectgitops.dev/v1alpha1
kind: ProjectGitOps
metadata: {name: ${name}, namespace: ${PLATFORM}}
spec:
  projectId: ${name}
  git:
    url: ${bare.gitea.sshUrl(name)}
    credential: {secretRef: {name: ${name}-git}}
  environments: [{name: production}]
${more}`;

export async function projects(bare: Bare): Promise<ProjectGitOps[]> {
  return (await bare.admin.list(PROJECTS, { namespace: PLATFORM })).items;
}

/** Ready is True, and for the spec as it is now. */
export const isReady = (project: ProjectGitOps): boolean =>
  condition(project, "Ready")?.status === "True" &&
  project.status?.observedGeneration === project.metadata.generation;

/** The sample project of this repository, on the git host of this test. */
export async function sample(bare: Bare): Promise<string> {
  const { "deploy/samples/shop.yaml": file } = await operatorFiles();
  return String(file).replace("git@github.com:acme/shop.git", bare.gitea.sshUrl("shop"));
}

export async function untilGone(bare: Bare, name: string): Promise<void> {
  await eventually(() => isGone(bare.admin.get(PROJECTS, { namespace: PLATFORM, name })), {
    description: `${name} is gone`,
    deadlineMs: 60_000,
  });
}

/** What the application in this environment says. */
export async function greeting(
  bare: Bare,
  project: string,
  environment: string,
): Promise<string | undefined> {
  const ref = { namespace: `project-${project}-${environment}`, name: "app" };
  return (await bare.admin.get(CONFIG_MAPS, ref)).data?.["greeting"];
}
