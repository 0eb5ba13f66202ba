import type { CredentialKind } from "../../../../src/api/generate.ts";
import type { CredentialTarget } from "../../../../src/api/generated.ts";
import { type GitHost, HostError, type Made, type Registered } from "../../../../src/git/index.ts";
import { Crash } from "./client.ts";

/** What befalls one call of the host. "after" means: the host has done the work. */
export type HostFault = "none" | "unavailable" | "lostAfter" | "limited" | "crashBefore" | "crashAfter";

/** What the host keeps of one credential: the secret is the public key, or the token itself. */
export interface Held {
  readonly id: string;
  readonly kind: CredentialKind;
  readonly path: string;
  readonly title: string;
  readonly secret: string;
  readonly expiresAt?: string;
  /** False: it is registered, and git is refused with it all the same. */
  readonly works: boolean;
}

export interface HostWatcher {
  fault(): HostFault;
  /** Whether what is registered now works for git. */
  isDud(): boolean;
  /** After every change. */
  onChange(removed: Held | undefined): void;
}

/** One git host in memory, with its API as src/git/hosts has it. It outlives the operator. */
export class ModelGitHost {
  readonly held = new Map<string, Held>();
  /** Addresses that answer no more. */
  readonly #gone = new Set<string>();
  readonly #watcher: HostWatcher;
  readonly #clock: () => number;
  #ids = 0;

  constructor(clock: () => number, watcher: HostWatcher) {
    this.#clock = clock;
    this.#watcher = watcher;
  }

  /** As GitHosts.open: the sign-in is always good. */
  open({ provider, apiURL }: Pick<CredentialTarget, "provider" | "apiURL">): GitHost {
    const host = new URL(apiURL).host;
    const refuse = (reason: "HostUnreachable" | "HostUnavailable" | "HostRateLimited" | "HostTimeout") => {
      const retryAt = reason === "HostRateLimited" ? { retryAt: this.#clock() + 60_000 } : {};
      return new HostError({ reason, provider, host, request: "model", ...retryAt }, (text) => text);
    };
    const call = async <T>(work: () => T): Promise<T> => {
      await Promise.resolve();
      const fault = this.#watcher.fault();
      if (fault === "crashBefore") throw new Crash();
      if (this.#gone.has(apiURL)) throw refuse("HostUnreachable");
      if (fault === "unavailable") throw refuse("HostUnavailable");
      if (fault === "limited") throw refuse("HostRateLimited");
      const result = work();
      await Promise.resolve();
      if (fault === "crashAfter") throw new Crash();
      if (fault === "lostAfter") throw refuse("HostTimeout");
      return result;
    };
    return {
      list: (kind, path, prefix) =>
        call(() =>
          [...this.held.values()]
            .filter((one) => one.kind === kind && one.path === path && one.title.startsWith(prefix))
            .map(shown),
        ),
      add: (path, what) =>
        call((): Made => {
          const id = String(++this.#ids);
          const isKey = what.kind === "deployKey";
          const secret = isKey ? what.publicKey : `token-${id}`;
          const works = !this.#watcher.isDud();
          const ends = isKey ? {} : { expiresAt: what.expiresAt };
          const held: Held = { id, kind: what.kind, path, title: what.title, secret, works, ...ends };
          this.held.set(id, held);
          this.#watcher.onChange(undefined);
          return {
            registered: shown(held),
            ...(isKey ? {} : { basic: { username: "bot", password: secret } }),
          };
        }),
      remove: (_kind, _path, id) =>
        call(() => {
          const held = this.held.get(id);
          this.held.delete(id);
          if (held) this.#watcher.onChange(held);
        }),
      probe: () => call(() => "may manage it"),
    };
  }

  /** The host at this address goes for good, with all that it kept; there is one at a time. */
  close(apiURL: string): void {
    this.#gone.add(apiURL);
    this.held.clear();
  }

  /** Whether git may fetch from that repository with what a Secret in Flux's form holds. */
  lets(path: string, secret: string | undefined): boolean {
    return [...this.held.values()].some((one) => one.path === path && one.secret === secret && one.works);
  }
}

const shown = ({ id, title, kind, secret, expiresAt }: Held): Registered => ({
  id,
  title,
  url: `https://host.example/keys/${id}`,
  ...(kind === "deployKey" ? { publicKey: secret } : {}),
  ...(expiresAt ? { expiresAt } : {}),
});
