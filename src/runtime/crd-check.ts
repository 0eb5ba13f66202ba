import { GROUP, PLURAL } from "../api/names.ts";
import { type BunK8sClient, type CallOptions, CUSTOM_RESOURCE_DEFINITIONS } from "../kube/index.ts";

/**
 * Says whether our CRD is being deleted itself (rule 9): then finalizers are released and nothing else
 * is touched. An answer that is older than a project's deletion says nothing of what that one came from,
 * so each project asks once for itself; after that at most once a poll interval is asked for all.
 */
export class CrdCheck {
  readonly #client: Pick<BunK8sClient, "getMetadata">;
  readonly #keepMs: number;
  /** metadata.uid of projects whose deletion an answer is newer than. */
  readonly #answered = new Set<string>();
  #asked: { at: number; answer: Promise<boolean> } | undefined;

  constructor(client: Pick<BunK8sClient, "getMetadata">, keepMs: number) {
    this.#client = client;
    this.#keepMs = keepMs;
  }

  /** @param uid of a project that is known to be on its way out */
  async isBeingDeleted(uid: string, now: number, options: CallOptions): Promise<boolean> {
    const kept = this.#answered.has(uid) ? this.#asked : undefined;
    const asked = kept && now - kept.at < this.#keepMs ? kept : { at: now, answer: this.#ask(options) };
    this.#asked = asked;
    try {
      const answer = await asked.answer;
      this.#answered.add(uid);
      return answer;
    } catch (error) {
      // A question without an answer is asked again.
      if (this.#asked === asked) this.#asked = undefined;
      throw error;
    }
  }

  /** The project is gone. */
  forget(uid: string): void {
    this.#answered.delete(uid);
  }

  async #ask(options: CallOptions): Promise<boolean> {
    const crd = await this.#client.getMetadata(
      CUSTOM_RESOURCE_DEFINITIONS,
      { name: `${PLURAL}.${GROUP}` },
      options,
    );
    return crd.metadata?.deletionTimestamp !== undefined;
  }
}
