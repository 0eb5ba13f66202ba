import type { ClientConfig, ExecConfig } from "../config/client-config.ts";
import { ConfigError } from "../errors/config-error.ts";
import { ExecPluginFailure } from "../errors/exec-plugin-failure.ts";

const RUN_LIMIT_MS = 60_000;

/** What a plugin gave. */
interface Issued {
  authorization?: string;
  certificate?: string;
  key?: string;
}

/**
 * Runs a credential plugin and keeps its answer until it expires. One run at a time, however many calls wait.
 * Never interactive: no stdin, and a plugin that must have one is refused. Source: client.authentication.k8s.io.
 */
export class ExecPlugin {
  readonly #exec: ExecConfig;
  readonly #info: string;
  readonly #now: () => number;
  #issued: Issued | undefined;
  #expiresAt = Number.POSITIVE_INFINITY;
  #running: Promise<Issued> | undefined;

  constructor(exec: ExecConfig, cluster: ClientConfig, now: () => number) {
    if (exec.interactiveMode === "Always") {
      throw new ConfigError(
        `exec plugin "${exec.command}" wants a terminal (interactiveMode: Always); this client has none`,
      );
    }
    this.#exec = exec;
    this.#info = JSON.stringify(execInfo(exec, cluster));
    this.#now = now;
  }

  current(): Issued | Promise<Issued> {
    if (this.#issued !== undefined && this.#now() < this.#expiresAt) return this.#issued;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Drops the kept credential if it is the one that was refused. */
  forget(refused: string | undefined): void {
    if (
      this.#issued !== undefined &&
      [this.#issued.authorization, this.#issued.certificate].includes(refused)
    ) {
      this.#issued = undefined;
    }
  }

  async #run(): Promise<Issued> {
    const status = readCredential(await this.#output(), this.#exec);
    this.#expiresAt = expiry(status["expirationTimestamp"]);
    const { token, clientCertificateData, clientKeyData } = status;
    if (typeof token !== "string" && typeof clientCertificateData !== "string") {
      throw this.#failure("it gave neither a token nor a client certificate");
    }
    this.#issued = {
      ...(typeof token === "string" ? { authorization: `Bearer ${token}` } : {}),
      ...(typeof clientCertificateData === "string" ? { certificate: clientCertificateData } : {}),
      ...(typeof clientKeyData === "string" ? { key: clientKeyData } : {}),
    };
    return this.#issued;
  }

  async #output(): Promise<string> {
    const { command, args = [], env = [] } = this.#exec;
    let child: Bun.Subprocess<"ignore", "pipe", "pipe">;
    try {
      child = Bun.spawn([commandPath(this.#exec), ...args], {
        stdin: "ignore",
        stdout: "pipe",
        stderr: "pipe",
        timeout: RUN_LIMIT_MS,
        env: {
          ...process.env,
          ...Object.fromEntries(env.map(({ name, value }) => [name, value])),
          KUBERNETES_EXEC_INFO: this.#info,
        },
      });
    } catch (error) {
      const hint = this.#exec.installHint === undefined ? "" : `; ${this.#exec.installHint.trim()}`;
      throw this.#failure(`${command} cannot be started: ${(error as Error).message}${hint}`);
    }
    const [output, complaint, code] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    if (code !== 0)
      throw this.#failure(
        `it ended with ${child.signalCode ?? `exit code ${code}`}: ${withoutSecrets(complaint)}`,
      );
    return output;
  }

  #failure(what: string): ExecPluginFailure {
    return new ExecPluginFailure(this.#exec.command, what);
  }
}

function execInfo(exec: ExecConfig, cluster: ClientConfig): object {
  const spec: Record<string, unknown> = { interactive: false };
  if (exec.provideClusterInfo === true) {
    spec["cluster"] = {
      server: cluster.server,
      "tls-server-name": cluster.tlsServerName,
      "insecure-skip-tls-verify": cluster.insecureSkipTlsVerify,
      "certificate-authority-data":
        cluster.ca === undefined ? undefined : Buffer.from(cluster.ca).toString("base64"),
      "proxy-url": cluster.proxyUrl,
      config: exec.clusterConfig,
    };
  }
  return { apiVersion: exec.apiVersion, kind: "ExecCredential", spec };
}

/** A bare name is looked up in PATH; one with a slash starts from the kubeconfig's folder. */
function commandPath({ command, directory }: ExecConfig): string {
  return command.includes("/") && !command.startsWith("/") && directory !== undefined
    ? `${directory}/${command}`
    : command;
}

function readCredential(output: string, exec: ExecConfig): Record<string, unknown> {
  let credential: { apiVersion?: unknown; kind?: unknown; status?: unknown };
  try {
    credential = JSON.parse(output);
  } catch {
    // Without the output, and without the parser's message: both may hold the token.
    throw new ExecPluginFailure(exec.command, "its output is not JSON");
  }
  if (
    credential?.kind !== "ExecCredential" ||
    typeof credential.status !== "object" ||
    credential.status === null
  ) {
    throw new ExecPluginFailure(exec.command, "its output is no ExecCredential with a status");
  }
  if (credential.apiVersion !== exec.apiVersion) {
    throw new ExecPluginFailure(
      exec.command,
      `it answers in another version than the kubeconfig's ${exec.apiVersion}`,
    );
  }
  return credential.status as Record<string, unknown>;
}

function expiry(timestamp: unknown): number {
  const at = typeof timestamp === "string" ? Date.parse(timestamp) : Number.NaN;
  return Number.isNaN(at) ? Number.POSITIVE_INFINITY : at;
}

/** The last lines of stderr, with anything that looks like a token taken out. */
function withoutSecrets(text: string): string {
  return (
    text
      .trim()
      .replace(/[A-Za-z0-9+/_.=-]{40,}/g, "[…]")
      .split("\n")
      .slice(-3)
      .join(" ")
      .slice(-300) || "no message"
  );
}
