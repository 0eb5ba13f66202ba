import { resolve } from "node:path";
import { ConfigError } from "../errors/config-error.ts";
import type { ClientConfig, CredentialConfig, ExecConfig, Impersonation } from "./client-config.ts";
import { Fields } from "./fields.ts";
import type { Entry, Kubeconfig } from "./kubeconfig-file.ts";

/** The configuration of one context; `context` absent means the file's current-context. Throws ConfigError. */
export function configOfContext(kubeconfig: Kubeconfig, context?: string): ClientConfig {
  const name = context ?? kubeconfig.currentContext ?? onlyContext(kubeconfig);
  const chosen = find(kubeconfig, "contexts", name, `context "${name}"`).fields;
  const clusterName = required(chosen, "cluster");
  const cluster = find(kubeconfig, "clusters", clusterName, `cluster "${clusterName}" of context "${name}"`);
  const userName = chosen.text("user");
  const user =
    userName === undefined
      ? undefined
      : find(kubeconfig, "users", userName, `user "${userName}" of context "${name}"`);
  const config: ClientConfig = { ...readCluster(cluster), namespace: chosen.text("namespace") ?? "default" };
  if (user !== undefined) {
    config.credential = readUser(user, cluster);
    const impersonate = readImpersonation(user.fields);
    if (impersonate !== undefined) config.impersonate = impersonate;
  }
  return config;
}

function readCluster({ fields, directory }: Entry): ClientConfig {
  const server = required(fields, "server");
  return defined({
    server: server.includes("://") ? server : `https://${server}`,
    ca: fields.decoded("certificate-authority-data"),
    // Inline data wins over the file, as in client-go.
    caFile: fields.has("certificate-authority-data")
      ? undefined
      : path(fields, "certificate-authority", directory),
    tlsServerName: fields.text("tls-server-name"),
    insecureSkipTlsVerify: fields.flag("insecure-skip-tls-verify") || undefined,
    proxyUrl: fields.text("proxy-url"),
    disableCompression: fields.flag("disable-compression") || undefined,
  });
}

function readUser({ fields, directory }: Entry, cluster: Entry): CredentialConfig {
  if (fields.has("auth-provider")) {
    const provider = fields.fields("auth-provider").text("name") ?? "?";
    throw new ConfigError(
      `${fields.where}: auth-provider "${provider}" is not supported (Kubernetes removed these in 1.26); ` +
        "use the provider's exec plugin instead, for example gke-gcloud-auth-plugin or kubelogin",
    );
  }
  return defined({
    clientCertificate: fields.decoded("client-certificate-data"),
    clientCertificateFile: fields.has("client-certificate-data")
      ? undefined
      : path(fields, "client-certificate", directory),
    clientKey: fields.decoded("client-key-data"),
    clientKeyFile: fields.has("client-key-data") ? undefined : path(fields, "client-key", directory),
    token: fields.text("token"),
    tokenFile: path(fields, "tokenFile", directory),
    username: fields.text("username"),
    password: fields.text("password"),
    exec: fields.has("exec") ? readExec(fields.fields("exec"), directory, cluster.fields) : undefined,
  });
}

function readExec(fields: Fields, directory: string, cluster: Fields): ExecConfig {
  const apiVersion = required(fields, "apiVersion");
  if (
    apiVersion !== "client.authentication.k8s.io/v1" &&
    apiVersion !== "client.authentication.k8s.io/v1beta1"
  ) {
    throw new ConfigError(
      `${fields.where}: apiVersion ${apiVersion} is not supported; use client.authentication.k8s.io/v1`,
    );
  }
  const mode = fields.text("interactiveMode");
  if (mode !== undefined && mode !== "Never" && mode !== "IfAvailable" && mode !== "Always") {
    throw new ConfigError(`${fields.where}: interactiveMode ${mode} is none of Never, IfAvailable, Always`);
  }
  return defined({
    apiVersion,
    command: required(fields, "command"),
    args: fields.texts("args"),
    env: fields.list("env").map((item) => {
      const entry = new Fields(item, `${fields.where}: env`);
      return { name: required(entry, "name"), value: entry.text("value") ?? "" };
    }),
    provideClusterInfo: fields.flag("provideClusterInfo") || undefined,
    interactiveMode: mode,
    installHint: fields.text("installHint"),
    directory,
    clusterConfig: execExtension(cluster),
  } as const);
}

function execExtension(cluster: Fields): unknown {
  for (const item of cluster.list("extensions")) {
    const entry = new Fields(item, `${cluster.where}: extensions`);
    if (entry.raw("name") === "client.authentication.k8s.io/exec") return entry.raw("extension");
  }
  return undefined;
}

function readImpersonation(fields: Fields): Impersonation | undefined {
  const user = fields.text("as");
  const groups = fields.texts("as-groups");
  const extra = fields.fields("as-user-extra");
  if (user === undefined) {
    if (fields.has("as-groups") || fields.has("as-uid") || fields.has("as-user-extra")) {
      throw new ConfigError(
        `${fields.where}: as-groups, as-uid and as-user-extra need \`as\`, the user to act as`,
      );
    }
    return undefined;
  }
  const keys = Object.keys((fields.raw("as-user-extra") ?? {}) as object);
  return defined({
    user,
    uid: fields.text("as-uid"),
    groups,
    extra:
      keys.length === 0 ? undefined : Object.fromEntries(keys.map((key) => [key, extra.texts(key) ?? []])),
  });
}

function onlyContext(kubeconfig: Kubeconfig): string {
  const names = [...kubeconfig.contexts.keys()];
  const [only] = names;
  if (only !== undefined && names.length === 1) return only;
  throw new ConfigError(
    names.length === 0
      ? `${kubeconfig.source} has no contexts: it is no kubeconfig, or an empty one`
      : `${kubeconfig.source} has no current-context; choose one of ${names.join(", ")}`,
  );
}

function find(
  kubeconfig: Kubeconfig,
  list: "clusters" | "contexts" | "users",
  name: string,
  what: string,
): Entry {
  const entry = kubeconfig[list].get(name);
  if (entry !== undefined) return entry;
  const known = [...kubeconfig[list].keys()].join(", ") || "none";
  throw new ConfigError(`${kubeconfig.source}: there is no ${what}; known ${list}: ${known}`);
}

function required(fields: Fields, field: string): string {
  const value = fields.text(field);
  if (value === undefined) throw new ConfigError(`${fields.where} has no ${field}`);
  return value;
}

function path(fields: Fields, field: string, directory: string): string | undefined {
  const value = fields.text(field);
  return value === undefined ? undefined : resolve(directory, value);
}

type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** Leaves out what is undefined: exactOptionalPropertyTypes tells the two apart. */
function defined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Defined<T>;
}
