/** Everything that tests, the demo and the benchmarks use of the test cluster. README.md says how. */
export { type AdminAccess, adminCall, adminRequest } from "./admin.ts";
export { type AuditEvent, auditEvents, operatorRequests } from "./audit.ts";
export { ProgramUnavailable, program, programs } from "./binaries.ts";
export { type Cluster, type ClusterOptions, type OwnCluster, startCluster } from "./control-plane.ts";
export { applyCrds, helmCrds, monitoringCrds } from "./crds.ts";
export { Daemon, freePort } from "./daemon.ts";
export { eventually, NotInTime, uniqueName } from "./eventually.ts";
export { type Flux, type FluxOptions, startFlux } from "./flux.ts";
export { type Files, GitRemote } from "./git-remote.ts";
export { type Gitea, OWNER, startGitea } from "./gitea.ts";
export { GiteaApi } from "./gitea-api.ts";
export { scratchFolder } from "./janitor.ts";
export { kubectl, mustRun, run } from "./kubectl.ts";
export { type LogLine, type Operator, type OperatorOptions, startOperator } from "./operator.ts";
export {
  installDeploy,
  installedIdentity,
  type OperatorIdentity,
  operatorToken,
} from "./operator-identity.ts";
export { progress, say } from "./progress.ts";
export { sharedCluster } from "./shared.ts";
export { startTlsProxy, type TlsProxy } from "./tls-proxy.ts";
