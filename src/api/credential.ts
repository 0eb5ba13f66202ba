import { generatedSecretName } from "./names.ts";

/**
 * The Secret, beside the ProjectGitOps, that its git credential is copied from: people's own, or the one that the
 * operator keeps; undefined for a public repository.
 */
export const credentialSecretOf = ({
  projectId,
  git,
}: {
  projectId: string;
  git: { credential?: { secretRef?: { name: string } | undefined } | undefined };
}): string | undefined =>
  git.credential && (git.credential.secretRef?.name ?? generatedSecretName(projectId));

/**
 * What the copy of a git credential in an environment's namespace holds. Made by src/git from the Secret that the
 * spec names, rendered by src/plan, which knows no more of credentials than this.
 */
export interface GitSecretPayload {
  /** kubernetes.io/ssh-auth for SSH keys, else Opaque. The type of a stored Secret cannot be changed. */
  type: "kubernetes.io/ssh-auth" | "Opaque";
  /** Values are base64, as in a Secret's data. Never to be logged. */
  data: Record<string, string>;
}

/** What the copy of an image pull Secret holds: the one key of its type, in base64. */
export interface ImagePullPayload {
  type: "kubernetes.io/dockerconfigjson" | "kubernetes.io/dockercfg";
  data: Record<string, string>;
}
