export {
  type BasicCredential,
  type BearerCredential,
  type CaOnlyCredential,
  type GitCredential,
  type GitHubAppCredential,
  type HttpsCredential,
  parseCredential,
  type SshCredential,
} from "./credential.ts";
export { type Expiry, expiryOf } from "./expiry.ts";
export { CREDENTIAL_FAULTS, type CredentialFault } from "./fault.ts";
export { gitHostsOf, hostNotAllowed } from "./git-hosts.ts";
export {
  type GitHost,
  HOST_ERROR_REASONS,
  HostBudget,
  type HostBudgetOptions,
  type HostCallOptions,
  type HostCredential,
  type HostDeps,
  HostError,
  type HostErrorReason,
  hostSecrets,
  InstallationTokens,
  type Made,
  makeOnce,
  openHost,
  type Registered,
  type Registration,
  type RepositoryOnHost,
  readHostCredential,
  repositoryOnHost,
  withoutComment,
} from "./hosts/index.ts";
export { imagePullSecretMissing, readImagePullSecret } from "./image-pull-secret.ts";
export { chooseKnownHosts, hostNames, publishedKnownHosts } from "./known-hosts.ts";
export { type CredentialProblem, credentialMissing, type SecretLike } from "./problem.ts";
export { type GitSecretRead, readGitSecret } from "./read-git-secret.ts";
export { secretPayload } from "./secret-data.ts";
export { fingerprintOf, makeSshKey, publicBlob, type SshKeyPair } from "./ssh-key.ts";
