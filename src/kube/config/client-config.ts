/** Everything needed to reach one API server as one user. The kubeconfig and in-cluster readers make this. */
export interface ClientConfig {
  /** Base URL, for example https://127.0.0.1:6443; a path prefix is kept. */
  server: string;
  /** The namespace of the context; calls never fall back to it by themselves. Default "default". */
  namespace?: string;
  /** PEM of the CA that signs the server's certificate; absent: the system's. */
  ca?: string;
  /** Wins over `ca`; read again every 5 minutes and on a TLS failure. */
  caFile?: string;
  tlsServerName?: string;
  /** Accept any server certificate. Dangerous; told through hooks.onWarning and `warnings`. */
  insecureSkipTlsVerify?: boolean;
  /** http:// or https:// proxy, spoken to with CONNECT. Absent: HTTPS_PROXY and NO_PROXY of the environment. */
  proxyUrl?: string;
  /** Do not ask for compressed answers. */
  disableCompression?: boolean;
  credential?: CredentialConfig;
  impersonate?: Impersonation;
}

export interface CredentialConfig {
  /** PEM. */
  clientCertificate?: string;
  clientCertificateFile?: string;
  /** PEM. */
  clientKey?: string;
  clientKeyFile?: string;
  token?: string;
  /** Wins over `token`; read again every 60 seconds and at once on a 401. */
  tokenFile?: string;
  username?: string;
  password?: string;
  exec?: ExecConfig;
}

/** Act as somebody else; needs the `impersonate` right. Source: Kubernetes docs, "User impersonation". */
export interface Impersonation {
  user: string;
  uid?: string;
  groups?: string[];
  extra?: Record<string, string[]>;
}

/** A credential plugin. Source: client.authentication.k8s.io, v1 and v1beta1. */
export interface ExecConfig {
  apiVersion: "client.authentication.k8s.io/v1" | "client.authentication.k8s.io/v1beta1";
  command: string;
  args?: string[];
  env?: { name: string; value: string }[];
  provideClusterInfo?: boolean;
  interactiveMode?: "Never" | "IfAvailable" | "Always";
  installHint?: string;
  /** Folder that a relative command (one with a slash) is found from. */
  directory?: string;
  /** The cluster's extension client.authentication.k8s.io/exec, handed on with provideClusterInfo. */
  clusterConfig?: unknown;
}
