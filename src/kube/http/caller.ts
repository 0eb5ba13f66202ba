import type { KubeError } from "../errors/kube-error.ts";
import { TransportError } from "../errors/transport-error.ts";
import type { CallOptions } from "../options.ts";
import { errorOf, parseAnswer, retryAfterSeconds } from "./answer.ts";
import { Attempt, type Line } from "./attempt.ts";
import type { ApiCall } from "./call.ts";
import { Deadline } from "./deadline.ts";
import { isTlsFailure } from "./failure.ts";
import type { Limiter } from "./limiter.ts";
import { OpenStream } from "./open-stream.ts";
import { mayRepeatAfterAnswer, mayRepeatAfterReset, RESET_RETRIES } from "./retry.ts";

/** Sends calls: slot, credential, deadline, retries, errors, hooks. */
export class Caller {
  readonly #line: Line;
  readonly #limiter: Limiter;

  constructor(line: Line, limiter: Limiter) {
    this.#line = line;
    this.#limiter = limiter;
  }

  /** The parsed JSON of the answer. Rejects with a KubeError, or with the reason of the caller's signal. */
  json(call: ApiCall, options: CallOptions = {}): Promise<unknown> {
    return this.#unary(call, options, (response, text) => parseAnswer(call, response, text));
  }

  /** The answer as it is, for what is no JSON: logs, /metrics, /readyz. */
  text(call: ApiCall, options: CallOptions = {}): Promise<string> {
    return this.#unary(call, options, (_response, text) => text);
  }

  /** An answer to be read as it comes. The deadline counts to its header; it takes no slot. Not retried. */
  async open(call: ApiCall, options: CallOptions = {}): Promise<OpenStream> {
    const deadline = new Deadline(options.timeoutMs ?? this.#line.settings.requestTimeoutMs, options.signal);
    try {
      for (let renewed = false; ; renewed = true) {
        const attempt = new Attempt(this.#line, call, deadline, options, renewed ? 2 : 1);
        const response = await attempt.send();
        attempt.ended(response.status);
        if (response.ok) {
          deadline.stopClock();
          return new OpenStream(response, attempt, deadline, call, this.#line.settings.maxResponseBytes);
        }
        const error = errorOf(call, response, await attempt.read(response));
        if (renewed || response.status !== 401 || !(await attempt.renew())) throw error;
      }
    } catch (error) {
      deadline.dispose();
      throw error;
    }
  }

  async #unary<T>(
    call: ApiCall,
    options: CallOptions,
    use: (response: Response, text: string) => T,
  ): Promise<T> {
    const deadline = new Deadline(options.timeoutMs ?? this.#line.settings.requestTimeoutMs, options.signal);
    const budget = {
      answers: options.maxRetries ?? this.#line.settings.maxRetries,
      resets: RESET_RETRIES,
      renewals: 1,
    };
    if (budget.answers === 0) budget.resets = 0;
    try {
      for (let number = 1; ; number++) {
        const attempt = new Attempt(this.#line, call, deadline, options, number);
        const waiting = attempt.slot(this.#limiter);
        if (waiting !== undefined) await waiting;
        let failure: KubeError;
        let waitMs = 0;
        try {
          const response = await attempt.send();
          const text = await attempt.read(response);
          attempt.ended(response.status);
          if (response.ok) return use(response, text);
          failure = errorOf(call, response, text);
          if (response.status === 401 && budget.renewals-- > 0 && (await attempt.renew())) continue;
          if (!mayRepeatAfterAnswer(call, response.status) || budget.answers-- <= 0) throw failure;
          const seconds = retryAfterSeconds(response);
          if (seconds === undefined || seconds * 1000 >= deadline.remainingMs) throw failure;
          waitMs = seconds * 1000;
        } catch (error) {
          if (!(error instanceof TransportError)) throw error;
          const renewable = isTlsFailure(error) && budget.renewals-- > 0 && (await attempt.renew());
          if (!renewable && !(mayRepeatAfterReset(call, error) && budget.resets-- > 0)) throw error;
        } finally {
          this.#limiter.release();
        }
        if (waitMs > 0) await attempt.wait(waitMs);
      }
    } finally {
      deadline.dispose();
    }
  }
}
