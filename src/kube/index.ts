/** BunK8sClient: the Kubernetes client on Bun's own fetch and TLS. See docs/client.md. */
export { BunK8sClient } from "./client.ts";
export { type Access, ClusterClient, type TokenOptions } from "./cluster-client.ts";
export type { ClientConfig, CredentialConfig, ExecConfig, Impersonation } from "./config/client-config.ts";
export { configFromEnvironment, configFromKubeconfig } from "./config/environment.ts";
export { inClusterConfig, isInCluster, SERVICE_ACCOUNT_DIRECTORY } from "./config/in-cluster.ts";
export type { CustomKind } from "./custom-object-client.ts";
export * from "./errors/index.ts";
export type { ClientHooks, RequestEvent, ResponseEvent, Verb, WarningEvent } from "./hooks.ts";
export type {
  KubeList,
  KubeObject,
  ListMeta,
  ObjectMeta,
  PartialObjectMetadata,
  Ref,
  ServerVersion,
  Status,
  Table,
  TableColumn,
  TableRow,
} from "./objects.ts";
export type {
  ApplyOptions,
  CallOptions,
  ClientOptions,
  DeleteOptions,
  FieldValidation,
  ListOptions,
  LogOptions,
  PatchOptions,
  WatchOptions,
  WriteOptions,
} from "./options.ts";
export * from "./resources.ts";
export { VerbClient } from "./verb-client.ts";
export type { KindQuery } from "./verbs/discovery.ts";
export type { Change, Polling } from "./verbs/poll.ts";
export type { WatchEvent } from "./verbs/watch.ts";
