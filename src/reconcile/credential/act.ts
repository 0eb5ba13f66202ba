import type { Secret } from "kubernetes-types/core/v1";
import type { CredentialSlot, GeneratedState } from "../../api/generated.ts";
import { ANNOTATIONS } from "../../api/names.ts";
import type { ProjectGitOps } from "../../api/schema.ts";
import { HostError, makeSshKey } from "../../git/index.ts";
import type { CallOptions } from "../../kube/index.ts";
import {
  type CredentialAction,
  type GeneratedCredential,
  type HostFailure,
  rfc3339,
  type WantedCredential,
} from "../../machine/index.ts";
import type { Dependencies } from "../dependencies.ts";
import type { Announcement } from "../events.ts";
import { projectKey } from "../resources.ts";
import { askHost, NoHostCredential } from "./ask-host.ts";
import { register } from "./register.ts";
import {
  dataOf,
  deleteStore,
  encoded,
  type SlotName,
  type Store,
  setSlot,
  shortId,
  slotsOf,
  strayOf,
  titlePrefix,
  without,
  writeStore,
} from "./store.ts";
import { leftBehind, normal, warning } from "./told.ts";

/** What one step of a credential's life came to. */
export interface Acted {
  readonly failure?: HostFailure;
  /** Nothing is kept any more; what the status still tells of must not come back as one that was lost. */
  readonly isOver?: true;
  /** What people are to be told of it, after the status. */
  readonly told?: Announcement;
}

/**
 * Does one step. What the git host answers badly is a failure that is told; what the API server answers badly is
 * thrown, and the pass is begun again.
 */
export async function actOnCredential(
  deps: Dependencies,
  project: ProjectGitOps,
  generated: GeneratedCredential,
  secret: Secret | undefined,
  action: CredentialAction,
  options: CallOptions,
): Promise<Acted> {
  const life = new CredentialLife(deps, project, generated, secret, options);
  try {
    return await life.act(action);
  } catch (error) {
    if (!(error instanceof HostError) && !(error instanceof NoHostCredential)) throw error;
    if (generated.stored?.current) deps.hosts.failed();
    const retryAt = error instanceof HostError ? error.retryAt : undefined;
    const { reason, message } = error;
    return { failure: { reason, message, ...(retryAt === undefined ? {} : { retryAt }) } };
  }
}

class CredentialLife {
  readonly #deps: Dependencies;
  readonly #project: ProjectGitOps;
  readonly #generated: GeneratedCredential;
  readonly #store: Store;
  readonly #options: CallOptions;

  constructor(
    deps: Dependencies,
    project: ProjectGitOps,
    generated: GeneratedCredential,
    secret: Secret | undefined,
    options: CallOptions,
  ) {
    this.#deps = deps;
    this.#project = project;
    this.#generated = generated;
    const state = generated.stored ?? { uid: project.metadata.uid ?? "" };
    this.#store = { namespace: project.metadata.namespace, name: generated.secretName, secret, state };
    this.#options = options;
  }

  act(action: CredentialAction): Promise<Acted> {
    switch (action.do) {
      case "make":
        return this.#make();
      case "register":
        return this.#register();
      case "promote":
        return this.#promote();
      case "revert":
        return this.#revert(action.because);
      case "revoke":
        return this.#revoke(action.slot);
      case "abandon":
        return this.#abandon(action.because, action.slot);
      case "forget":
        return this.#forget();
    }
  }

  /** The private key is kept before the host knows of it: whatever happens next, it has an owner. */
  async #make(): Promise<Acted> {
    const { target, hostCredential } = this.#wanted();
    const id = shortId();
    const title = `${await this.#prefix()}${id}`;
    const now = this.#deps.clock();
    const key = target.kind === "deployKey" ? makeSshKey(title.replaceAll(" ", "-")) : undefined;
    const next: CredentialSlot = {
      ...{ target, id, title, hostCredential, createdAt: rfc3339(now) },
      ...(key ? { fingerprint: key.fingerprint } : {}),
    };
    const data = key ? encoded({ identity: key.privateKey, "identity.pub": `${key.publicKey}\n` }) : {};
    await this.#write({ ...this.#state, next }, setSlot("next", data));
    return {};
  }

  async #register(): Promise<Acted> {
    const next = this.#slot("next");
    const { host, caCert } = await this.#host(next);
    const ours = await host.list(next.target.kind, next.target.path, await this.#prefix());
    const data = dataOf(this.#store.secret, "next");
    const { interval } = this.#wanted();
    const { slot, basic } = await register(host, next, data, ours, this.#deps.clock(), interval);
    const secret = basic
      ? setSlot("next", encoded({ ...basic, ...(caCert ? { "ca.crt": caCert } : {}) }))
      : {};
    const known = new Set(slotsOf(this.#state).map(({ title }) => title));
    const stray = ours.find(({ title }) => !known.has(title));
    const previous = this.#state.previous ?? (stray && strayOf(next, stray.title));
    await this.#write({ ...this.#state, next: slot, ...(previous ? { previous } : {}) }, secret);
    return {};
  }

  async #promote(): Promise<Acted> {
    const { next, current, previous: stray, ...rest } = this.#state;
    const { annotations = {} } = this.#project.metadata;
    const [rotate, revoke] = [annotations[ANNOTATIONS.rotate], annotations[ANNOTATIONS.revoke]];
    const atOnce = revoke !== undefined && revoke !== rest.revoke;
    const leaves = atOnce ? ("now" as const) : ("whenProved" as const);
    const previous = current ? { ...current, leaves } : stray;
    const promotedAt = rfc3339(this.#deps.clock());
    await this.#write(
      {
        ...rest,
        ...(next ? { current: { ...next, promotedAt } } : {}),
        ...(previous ? { previous } : {}),
        ...(rotate === undefined ? {} : { rotate }),
        ...(revoke === undefined ? {} : { revoke }),
      },
      {
        ...setSlot("current", dataOf(this.#store.secret, "next")),
        ...setSlot("previous", dataOf(this.#store.secret, "current")),
        ...setSlot("next", {}),
      },
    );
    if (current === undefined)
      return { told: normal("CredentialMade", `made and registered ${next?.title}`) };
    this.#deps.hosts.rotated();
    return {
      told: normal(
        "CredentialRotated",
        `${next?.title} is in force; ${current.title} is revoked when Flux has fetched with the new one`,
      ),
    };
  }

  async #revert(because: string): Promise<Acted> {
    const { current, previous, ...rest } = this.#state;
    const { leaves: _, ...restored } = previous as CredentialSlot;
    await this.#write(
      { ...rest, current: restored, ...(current ? { previous: { ...current, leaves: "now" } } : {}) },
      {
        ...setSlot("current", dataOf(this.#store.secret, "previous")),
        ...setSlot("previous", dataOf(this.#store.secret, "current")),
      },
    );
    this.#deps.hosts.failed();
    const message = `Flux could not fetch with ${current?.title}: ${because}`;
    return {
      failure: { reason: "CredentialRotationFailed", message },
      told: warning("CredentialRotationFailed", `${message}; back to ${restored.title}`),
    };
  }

  /** Everything of this project there, but what its other slots hold: nothing is left without an owner. */
  async #revoke(name: SlotName): Promise<Acted> {
    const slot = this.#slot(name);
    const { kind, path } = slot.target;
    const { host } = await this.#host(slot);
    const rest = without(this.#state, name);
    const others = slotsOf(rest);
    const kept = new Set(others.map(({ title }) => title));
    try {
      for (const one of await host.list(kind, path, await this.#prefix()))
        if (!kept.has(one.title)) await host.remove(kind, path, one.id);
    } catch (error) {
      if (!(error instanceof HostError && this.#isLost(error))) throw error;
      await this.#write(rest, setSlot(name, {}));
      return { told: leftBehind([slot], error.message) };
    }
    const told = normal("CredentialRevoked", `revoked ${slot.title}`);
    // The Secret is gone already: none is made to keep nothing.
    if (this.#store.secret === undefined && others.length === 0) return { told, isOver: true };
    await this.#write(rest, setSlot(name, {}));
    return { told };
  }

  /** Gone with its keys, or out of sight for who asks: nobody can tell, so after a time a person is told. */
  #isLost({ reason }: HostError): boolean {
    const { failure } = this.#project.status?.credential ?? {};
    if (reason !== "RepositoryNotFoundOnHost" || failure?.reason !== reason) return false;
    return this.#deps.clock() - Date.parse(failure.since) >= this.#generated.revokeTimeout;
  }

  /** @param only that slot; absent: all of them, and the Secret */
  async #abandon(because: string, only?: SlotName): Promise<Acted> {
    if (only) {
      await this.#write(without(this.#state, only), setSlot(only, {}));
      return { told: leftBehind([this.#slot(only)], because) };
    }
    await this.#forget();
    return { told: leftBehind(slotsOf(this.#state), because), isOver: true };
  }

  async #forget(): Promise<Acted> {
    const { namespace, name } = this.#store;
    await deleteStore(this.#deps.client, this.#store, this.#options);
    this.#deps.secrets.put(projectKey(this.#project.metadata), namespace, name, undefined);
    return { isOver: true };
  }

  async #write(state: GeneratedState, data: Record<string, string | null>): Promise<void> {
    const { client, secrets } = this.#deps;
    const { namespace, name } = this.#store;
    const secret = await writeStore(client, this.#project, this.#store, state, data, this.#options);
    secrets.put(projectKey(this.#project.metadata), namespace, name, secret);
  }

  #host(slot: CredentialSlot) {
    return askHost(this.#deps, this.#project, slot, this.#options);
  }

  async #prefix(): Promise<string> {
    return titlePrefix(await this.#deps.hosts.cluster(this.#options), this.#project);
  }

  get #state(): GeneratedState {
    return this.#store.state;
  }

  #slot(name: SlotName): CredentialSlot {
    const slot = this.#state[name];
    if (slot === undefined)
      throw new Error(`no credential under ${name}; this is a bug in src/machine/credential`);
    return slot;
  }

  #wanted(): WantedCredential {
    const { wanted } = this.#generated;
    if (wanted === undefined)
      throw new Error("no credential is asked for; this is a bug in src/machine/credential");
    return wanted;
  }
}
