import { Gitea } from "./gitea.ts";
import { GitHub } from "./github.ts";
import { GitLab } from "./gitlab.ts";
import type { GitHost, HostCredential, RepositoryOnHost } from "./host.ts";
import type { HostDeps } from "./host-deps.ts";
import { HostError } from "./host-error.ts";

export { withoutComment } from "./checks.ts";
export { InstallationTokens } from "./github-app.ts";
export type {
  GitHost,
  HostCallOptions,
  HostCredential,
  Made,
  Registered,
  Registration,
  RepositoryOnHost,
} from "./host.ts";
export { HostBudget, type HostBudgetOptions } from "./host-budget.ts";
export { hostSecrets, readHostCredential } from "./host-credential.ts";
export type { HostDeps } from "./host-deps.ts";
export { HOST_ERROR_REASONS, HostError, type HostErrorReason } from "./host-error.ts";
export { makeOnce, type Wish } from "./make-once.ts";
export { repositoryOnHost } from "./repository-path.ts";

/**
 * The API of the host that a repository is on; nothing is sent yet.
 * @throws HostError where the provider does not take this kind of sign-in (readHostCredential never gives such a one)
 */
export function openHost(repository: RepositoryOnHost, credential: HostCredential, deps: HostDeps): GitHost {
  const { provider } = repository;
  if (provider === "github" && credential.kind !== "basic") return new GitHub(repository, credential, deps);
  if (provider === "gitlab" && credential.kind === "token") return new GitLab(repository, credential, deps);
  if ((provider === "gitea" || provider === "forgejo") && credential.kind !== "githubApp")
    return new Gitea(repository, credential, deps);
  throw new HostError(
    {
      reason: "HostRefused",
      provider,
      host: new URL(repository.apiURL).host,
      request: "sign in",
      what: `a credential of kind ${credential.kind} is not for this provider`,
      fix: "correct provider, or the Secret that hostCredentialRef names",
    },
    (text) => text,
  );
}
