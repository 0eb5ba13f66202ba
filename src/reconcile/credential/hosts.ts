import type { CredentialTarget } from "../../api/generated.ts";
import {
  type GitHost,
  HostBudget,
  type HostCredential,
  InstallationTokens,
  openHost,
} from "../../git/index.ts";
import { type BunK8sClient, type CallOptions, NAMESPACES } from "../../kube/index.ts";

/** How often credentials were replaced, and how often that did not succeed. */
export interface RotationCounter {
  rotated(): void;
  failed(): void;
}

/** The git hosts that this process may call, all projects through one budget. */
export class GitHosts {
  readonly #client: BunK8sClient;
  readonly #allowed: readonly string[] | undefined;
  readonly #counter: RotationCounter;
  readonly #budget: HostBudget;
  readonly #tokens = new InstallationTokens();
  readonly #clock: () => number;
  #cluster: string | undefined;

  /**
   * @param allowed the operator's --git-hosts; undefined: the well-known ones
   * @param callsPerMinute most calls of one host, all projects together
   */
  constructor(
    client: BunK8sClient,
    allowed: readonly string[] | undefined,
    callsPerMinute: number,
    counter: RotationCounter,
    clock: () => number,
  ) {
    this.#client = client;
    this.#allowed = allowed;
    this.#counter = counter;
    this.#clock = clock;
    this.#budget = new HostBudget(clock, { callsPerMinute });
  }

  /** @throws HostError HostNotAllowed */
  open(
    { provider, apiURL, path }: CredentialTarget,
    credential: HostCredential,
    { signal }: CallOptions,
  ): GitHost {
    return openHost({ provider, apiURL, path }, credential, {
      ...(signal ? { signal } : {}),
      installationTokens: this.#tokens,
      allowed: this.#allowed,
      budget: this.#budget,
      clock: this.#clock,
    });
  }

  /** Tells this cluster from others in titles at the host: the beginning of kube-system's uid, read once. */
  async cluster(options: CallOptions): Promise<string> {
    this.#cluster ??= (
      await this.#client.get(NAMESPACES, { name: "kube-system" }, options)
    ).metadata?.uid?.slice(0, 8);
    return this.#cluster ?? "";
  }

  rotated(): void {
    this.#counter.rotated();
  }

  failed(): void {
    this.#counter.failed();
  }
}
