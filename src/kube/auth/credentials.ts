import type { ClientConfig, CredentialConfig } from "../config/client-config.ts";
import { ConfigError } from "../errors/config-error.ts";
import { CachedFile } from "./cached-file.ts";
import { ExecPlugin } from "./exec-plugin.ts";

/** client-go reads token files once a minute; kubelet rotates them when 20 % of their life is left. */
const TOKEN_MAX_AGE_MS = 60_000;
const CERTIFICATE_MAX_AGE_MS = 5 * 60_000;

/** What proves who we are and who the server is, at this moment. All PEM. */
export interface Material {
  ca: string | undefined;
  certificate: string | undefined;
  key: string | undefined;
  /** The Authorization header. */
  authorization: string | undefined;
}

/** Keeps the credential of one client fresh: files are read again as they age, exec plugins run as theirs expires. */
export class Credentials {
  readonly #caFile: CachedFile | undefined;
  readonly #certificateFile: CachedFile | undefined;
  readonly #keyFile: CachedFile | undefined;
  readonly #tokenFile: CachedFile | undefined;
  readonly #plugin: ExecPlugin | undefined;
  readonly #fixed: Material;

  constructor(config: ClientConfig, options: { now: () => number; execPlugins: boolean }) {
    const credential = config.credential ?? {};
    const file = (path: string | undefined, what: string, maxAgeMs: number) =>
      path === undefined ? undefined : new CachedFile(path, what, maxAgeMs, options.now);
    this.#caFile = file(config.caFile, "CA file", CERTIFICATE_MAX_AGE_MS);
    this.#certificateFile = file(
      credential.clientCertificateFile,
      "client certificate",
      CERTIFICATE_MAX_AGE_MS,
    );
    this.#keyFile = file(credential.clientKeyFile, "client key", CERTIFICATE_MAX_AGE_MS);
    this.#tokenFile = file(credential.tokenFile, "token file", TOKEN_MAX_AGE_MS);
    this.#plugin = pluginOf(config, options);
    this.#fixed = {
      ca: config.ca,
      certificate: credential.clientCertificate,
      key: credential.clientKey,
      authorization: fixedAuthorization(credential),
    };
    checkPairs(this.#fixed, credential);
  }

  /** What to use now. A promise only while an exec plugin runs. Rejects with TransportError `exec-plugin`. */
  current(): Material | Promise<Material> {
    const material = this.#fromFiles();
    if (this.#plugin === undefined) return material;
    const issued = this.#plugin.current();
    return issued instanceof Promise
      ? issued.then((late) => ({ ...material, ...late }))
      : { ...material, ...issued };
  }

  /**
   * After a 401 (or a TLS failure) with `used`: reads everything again. True when something else than `used` came
   * out, so that one more try makes sense.
   */
  async renew(used: Material): Promise<boolean> {
    for (const file of [this.#caFile, this.#certificateFile, this.#keyFile, this.#tokenFile]) file?.reread();
    this.#plugin?.forget(used.authorization ?? used.certificate);
    return !same(await this.current(), used);
  }

  #fromFiles(): Material {
    const token = this.#tokenFile?.text().trim();
    return {
      ca: this.#caFile?.text() ?? this.#fixed.ca,
      certificate: this.#certificateFile?.text() ?? this.#fixed.certificate,
      key: this.#keyFile?.text() ?? this.#fixed.key,
      authorization: token === undefined ? this.#fixed.authorization : `Bearer ${token}`,
    };
  }
}

/** True when a connection made with the one may serve the other. */
export function sameConnection(one: Material, other: Material): boolean {
  return one.ca === other.ca && one.certificate === other.certificate && one.key === other.key;
}

function same(one: Material, other: Material): boolean {
  return sameConnection(one, other) && one.authorization === other.authorization;
}

function pluginOf(
  config: ClientConfig,
  options: { now: () => number; execPlugins: boolean },
): ExecPlugin | undefined {
  const exec = config.credential?.exec;
  if (exec === undefined) return undefined;
  if (!options.execPlugins) {
    throw new ConfigError(
      `the kubeconfig asks to run "${exec.command}" for a credential, which this program never does; ` +
        "give it a token, a token file or a client certificate",
    );
  }
  return new ExecPlugin(exec, config, options.now);
}

function fixedAuthorization(credential: CredentialConfig): string | undefined {
  if (credential.token !== undefined) return `Bearer ${credential.token.trim()}`;
  if (credential.username === undefined) return undefined;
  return `Basic ${Buffer.from(`${credential.username}:${credential.password ?? ""}`).toString("base64")}`;
}

function checkPairs(fixed: Material, credential: CredentialConfig): void {
  const certificate = fixed.certificate ?? credential.clientCertificateFile;
  const key = fixed.key ?? credential.clientKeyFile;
  if ((certificate === undefined) !== (key === undefined)) {
    throw new ConfigError(
      `the kubeconfig's user has a client ${key === undefined ? "certificate without its key" : "key without its certificate"}`,
    );
  }
}
