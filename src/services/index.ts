/** The services of the notes, for platforms that call instead of apply. See docs/services.md. */
export type { Condition, EnvironmentStatus, Phase, Reason, TriState } from "../api/schema.ts";
export { type GitCredential, HostError, makeSshKey, type SshKeyPair } from "../git/index.ts";
export type { Change, Polling } from "../kube/index.ts";
export { CredentialError } from "./credential-error.ts";
export type { ProjectGit } from "./credential-secret.ts";
export { FluxCliService, type Reconcile, type Target } from "./flux-cli-service.ts";
export { FluxResourcesService } from "./flux-resources-service.ts";
export { FluxSyncService, type SyncStatus } from "./flux-sync-service.ts";
export {
  type FluxObject,
  type FluxWatch,
  FluxWatcherService,
  type WatchedKind,
} from "./flux-watcher-service.ts";
export { type AuthSetup, GitAuthService } from "./git-auth-service.ts";
export { GitOpsService } from "./git-ops-service.ts";
export { GitOpsEventHandlerService, type SetupRequest } from "./gitops-event-handler-service.ts";
export { K3sService } from "./k3s-service.ts";
export type { MakeCredential } from "./made-credential.ts";
export { NotInTime } from "./not-in-time.ts";
export { NotReadyError } from "./not-ready-error.ts";
export type { ProjectSetup, SetupResult } from "./project-setup.ts";
export { SetupFailedError } from "./setup-failed-error.ts";
