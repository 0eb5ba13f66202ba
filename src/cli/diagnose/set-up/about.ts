import type { ProjectGitOps } from "../../../api/schema.ts";
import { projectKey } from "../../../reconcile/resources.ts";

/** What a finding of a project says of whose it is. */
export const aboutProject = ({ metadata }: ProjectGitOps): { project: string; object: string } => ({
  project: projectKey(metadata),
  object: `ProjectGitOps ${projectKey(metadata)}`,
});

/** A pass now, which also starts a set-up again that was given up. */
export const reconcileCommand = ({ metadata }: ProjectGitOps): string =>
  `projectgitops reconcile ${metadata.name} -n ${metadata.namespace}`;

/** Another credential now, where the operator makes it. */
export const rotateCommand = ({ metadata }: ProjectGitOps): string =>
  `projectgitops credential rotate ${metadata.name} -n ${metadata.namespace}`;
