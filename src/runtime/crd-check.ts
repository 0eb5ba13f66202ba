import { GROUP, PLURAL } from "../api/names.ts";
import { type BunK8sClient, type CallOptions, CUSTOM_RESOURCE_DEFINITIONS } from "../kube/index.ts";

/**
 * Says whether our CRD is being deleted itself (rule 9): then finalizers are released and nothing else
 * is touched. Asks at most once a poll interval.
 */
export class CrdCheck {
  readonly #client: BunK8sClient;
  readonly #keepMs: number;
  #asked: { at: number; answer: Promise<boolean> } | undefined;

  constructor(client: BunK8sClient, keepMs: number) {
    this.#client = client;
    this.#keepMs = keepMs;
  }

  isBeingDeleted(now: number, options: CallOptions): Promise<boolean> {
    if (this.#asked === undefined || now - this.#asked.at >= this.#keepMs) {
      const answer = this.#ask(options);
      this.#asked = { at: now, answer };
      // A question without an answer is asked again.
      answer.catch(() => {
        this.#asked = undefined;
      });
    }
    return this.#asked.answer;
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
