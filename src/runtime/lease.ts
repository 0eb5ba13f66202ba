import type { Lease } from "kubernetes-types/coordination/v1";
import type { Milliseconds } from "../api/duration.ts";
import { ANNOTATIONS, FIELD_MANAGER } from "../api/names.ts";
import {
  type BunK8sClient,
  type CallOptions,
  isAlreadyExists,
  isConflict,
  isNotFound,
  LEASES,
  type Ref,
} from "../kube/index.ts";

/** How long a Lease is good for after its last renewal. Others wait that long before they take it. */
export const LEASE_MS: Milliseconds = 15_000;
/**
 * A leader that could not renew for this long stops by itself. Together with the longest write (5 s)
 * it is the Lease's time: nothing is sent after it.
 */
export const RENEW_DEADLINE_MS: Milliseconds = 10_000;

/**
 * The Lease's name carries the scope: operators of different namespaces do not exclude each other.
 * @param namespace the only one that the operator looks at; absent: all
 */
export const leaseName = (namespace: string | undefined): string =>
  namespace === undefined ? FIELD_MANAGER : `${FIELD_MANAGER}-${namespace}`;

/** What one look at the Lease came to. */
export type LeaseState = { readonly kind: "held" } | { readonly kind: "other"; readonly holder: string };

/**
 * One candidate for a Lease (coordination.k8s.io/v1). Like client-go, it judges another's Lease by how long
 * it has itself seen no change, never by the other machine's clock.
 */
export class LeaseCandidate {
  readonly #client: BunK8sClient;
  readonly #ref: Ref & { namespace: string };
  readonly #identity: string;
  readonly #lastPoll: () => Milliseconds | undefined;
  readonly #monotonic: () => Milliseconds;
  /** As it was written last: a renewal needs no read. */
  #held: Lease | undefined;
  /** The version that was seen last, and since when. */
  #seen: { version: string; at: Milliseconds } | undefined;

  /** @param lastPoll time of this process's last poll, milliseconds since 1970; told with each renewal */
  constructor(
    client: BunK8sClient,
    ref: Ref & { namespace: string },
    identity: string,
    lastPoll: () => Milliseconds | undefined = () => undefined,
    monotonic: () => Milliseconds = () => performance.now(),
  ) {
    this.#client = client;
    this.#ref = ref;
    this.#identity = identity;
    this.#lastPoll = lastPoll;
    this.#monotonic = monotonic;
  }

  /**
   * Takes or renews the Lease where that is possible now.
   * @throws what the client throws when the API server does not answer
   */
  async tryHold(signal: AbortSignal): Promise<LeaseState> {
    const options = { signal, timeoutMs: 2000, maxRetries: 0 };
    try {
      if (this.#held) return await this.#write(this.#held, options);
      const lease = await this.#client.get(LEASES, this.#ref, options);
      const holder = lease.spec?.holderIdentity ?? "";
      if (holder !== this.#identity && holder !== "" && !this.#isExpired(lease))
        return { kind: "other", holder };
      return await this.#write(lease, options);
    } catch (error) {
      // Whatever it was, the next try begins with a look.
      this.#held = undefined;
      if (isConflict(error)) return { kind: "other", holder: "another candidate" };
      if (isNotFound(error)) return this.#create(signal);
      throw error;
    }
  }

  /** Gives the Lease up, so that another need not wait. Best effort. */
  async release(): Promise<void> {
    const options = { timeoutMs: 1500, maxRetries: 0 };
    const lease = await this.#client.get(LEASES, this.#ref, options);
    if (lease.spec?.holderIdentity !== this.#identity) return;
    const spec = { ...lease.spec, holderIdentity: "", leaseDurationSeconds: 1, renewTime: microTime() };
    await this.#client.replace(LEASES, { ...lease, spec }, options);
  }

  async #write(lease: Lease, options: CallOptions): Promise<LeaseState> {
    this.#held = await this.#client.replace(LEASES, this.#claimed(lease), options);
    return { kind: "held" };
  }

  async #create(signal: AbortSignal): Promise<LeaseState> {
    try {
      this.#held = await this.#client.create(LEASES, this.#claimed({ metadata: this.#ref }), {
        signal,
        timeoutMs: 2000,
      });
      return { kind: "held" };
    } catch (error) {
      if (isAlreadyExists(error)) return { kind: "other", holder: "another candidate" };
      throw error;
    }
  }

  #isExpired({ metadata, spec }: Lease): boolean {
    const version = metadata?.resourceVersion ?? "";
    const now = this.#monotonic();
    if (this.#seen?.version !== version) this.#seen = { version, at: now };
    return now - this.#seen.at >= (spec?.leaseDurationSeconds ?? LEASE_MS / 1000) * 1000;
  }

  /** With the version that was read: of two that try at once one gets a 409. */
  #claimed({ metadata, spec }: Lease): Lease {
    const isOurs = spec?.holderIdentity === this.#identity;
    const now = microTime();
    return {
      metadata: this.#stamped(metadata ?? this.#ref),
      spec: {
        holderIdentity: this.#identity,
        leaseDurationSeconds: LEASE_MS / 1000,
        acquireTime: isOurs ? (spec?.acquireTime ?? now) : now,
        renewTime: now,
        leaseTransitions: (spec?.leaseTransitions ?? 0) + (isOurs || spec === undefined ? 0 : 1),
      },
    };
  }

  /** What the leader before this one wrote stays until this one has polled: nobody has looked since. */
  #stamped(metadata: NonNullable<Lease["metadata"]>): NonNullable<Lease["metadata"]> {
    const polledAt = this.#lastPoll();
    if (polledAt === undefined) return metadata;
    const stamp = { [ANNOTATIONS.lastPoll]: new Date(polledAt).toISOString() };
    return { ...metadata, annotations: { ...metadata.annotations, ...stamp } };
  }
}

const microTime = (): string => new Date().toISOString().replace("Z", "000Z");
