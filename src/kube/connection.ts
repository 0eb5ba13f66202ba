import { Credentials } from "./auth/credentials.ts";
import type { ClientConfig } from "./config/client-config.ts";
import { ConfigError } from "./errors/config-error.ts";
import { Caller } from "./http/caller.ts";
import { Limiter } from "./http/limiter.ts";
import { Transport } from "./http/transport.ts";
import type { ClientOptions } from "./options.ts";

const DEFAULTS = {
  requestTimeoutMs: 10_000,
  maxConcurrent: 32,
  maxRetries: 10,
  maxResponseBytes: 64 * 1024 * 1024,
  name: "bun-k8s-client",
} as const;

/** A client's way to one API server as one user. */
export interface Connection {
  caller: Caller;
  transport: Transport;
  fieldManager: string;
  /** What the configuration is warned of. */
  warnings: string[];
}

/** Puts the parts together; sends nothing yet. Throws ConfigError. */
export function connect(config: ClientConfig, options: ClientOptions): Connection {
  const hooks = options.hooks ?? {};
  const credentials = new Credentials(config, {
    now: options.now ?? Date.now,
    execPlugins: options.execPlugins ?? true,
  });
  const transport = new Transport(config, credentials, options.userAgent ?? DEFAULTS.name);
  const settings = {
    requestTimeoutMs: options.requestTimeoutMs ?? DEFAULTS.requestTimeoutMs,
    maxRetries: options.maxRetries ?? DEFAULTS.maxRetries,
    maxResponseBytes: options.maxResponseBytes ?? DEFAULTS.maxResponseBytes,
    hooks,
  };
  const limiter = new Limiter(options.maxConcurrent ?? DEFAULTS.maxConcurrent);
  const warnings = warningsOf(config);
  for (const text of warnings) hooks.onWarning?.({ source: "config", text });
  return {
    caller: new Caller({ transport, settings }, limiter),
    transport,
    fieldManager: options.fieldManager ?? DEFAULTS.name,
    warnings,
  };
}

function warningsOf(config: ClientConfig): string[] {
  if (config.insecureSkipTlsVerify !== true) return [];
  if (config.ca !== undefined || config.caFile !== undefined) {
    throw new ConfigError(
      "insecure-skip-tls-verify together with a certificate-authority: remove one of them",
    );
  }
  return [
    `insecure-skip-tls-verify: the identity of ${config.server} is not checked; anyone in between can read and act`,
  ];
}
