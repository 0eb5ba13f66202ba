import { getCACertificates } from "node:tls";
import type { z } from "zod";
import type { Provider } from "../../api/generate.ts";
import { redactor } from "../../api/redact.ts";
import { BodyTooLarge, readText } from "../../kube/http/body.ts";
import { whyNotAllowed } from "./allowed-hosts.ts";
import type { HostCallOptions } from "./host.ts";
import { type HostBudget, signInId } from "./host-budget.ts";
import { HostError, type HostErrorFields, type HostErrorReason } from "./host-error.ts";
import { rateLimitedUntil, retryAfter } from "./rate-limit.ts";
import { serverWords } from "./server-words.ts";

/** One request to a host's API. */
export interface HostCall {
  method: "GET" | "POST" | "DELETE";
  /** After the API's own path, percent-encoded. */
  path: string;
  query?: Record<string, string>;
  /** Sent as JSON. */
  body?: object;
  /** With the sign-in. */
  headers: Record<string, string>;
  /** What must not be shown of this call, beside the secrets of the caller. */
  secrets?: readonly string[];
}

/** A no of the host, for an adapter to say what it means there. */
export interface Refusal {
  call: HostCall;
  status: number;
  headers: Headers;
  words: string;
}

export interface Verdict {
  reason?: HostErrorReason;
  fix?: string;
}

export interface HostCallerOptions extends HostCallOptions {
  provider: Provider;
  /** The host as the spec names it; judged by the allow-list. */
  apiURL: string;
  /** Where the API is: origin and path, without a slash at the end. */
  base: string;
  caCert: string | undefined;
  /** Never shown. */
  secrets: readonly string[];
  allowed: readonly string[] | undefined;
  budget: HostBudget;
  /** Epoch milliseconds. */
  clock: () => number;
  /** What a refusal means at this provider; default by its status alone. */
  explain(refusal: Refusal): Verdict;
}

export interface HostAnswer<T> {
  value: T;
  headers: Headers;
}

const TIMEOUT = 10_000;
const MOST_BYTES = 1024 * 1024;

/**
 * The one door to a git host's API: allowed hosts alone, TLS always verified, no redirect followed, a deadline for the
 * whole call, a limit to the body and to the calls of a minute. What it throws is a HostError without a secret.
 */
export class HostCaller {
  readonly #options: HostCallerOptions;
  readonly #signIn: string;
  readonly #host: string;

  constructor(options: HostCallerOptions) {
    this.#options = options;
    this.#signIn = signInId(options.secrets.join("\n"));
    this.#host = new URL(options.base).host;
  }

  /** The body of a successful answer, checked. */
  async json<S extends z.ZodType>(call: HostCall, schema: S): Promise<HostAnswer<z.output<S>>> {
    const { text, response } = await this.#exchange(call);
    const body = this.#parse(call, response, text);
    const checked = schema.safeParse(body);
    if (checked.success) return { value: checked.data, headers: response.headers };
    // Paths alone: what stands there may be a token.
    const places = checked.error.issues.map(({ path }) => path.join(".") || "the whole").slice(0, 5);
    throw this.failure(call, {
      reason: "UnexpectedAnswer",
      statusCode: response.status,
      what: `the answer has another form than this API documents, at ${places.join(", ")}`,
    });
  }

  /** An answer of which only the status matters. */
  async done(call: HostCall): Promise<void> {
    await this.#exchange(call);
  }

  /** An error of this call, with host, request and masks filled in. */
  failure(
    { method, path, secrets = [] }: Pick<HostCall, "method" | "path" | "secrets">,
    fields: Omit<HostErrorFields, "provider" | "request" | "host">,
  ): HostError {
    const { provider, base } = this.#options;
    const request = `${method} ${new URL(base).pathname.replace(/\/$/, "")}${path}`;
    const mask = redactor([...this.#options.secrets, ...secrets]);
    return new HostError({ ...fields, provider, request, host: this.#host }, mask);
  }

  async #exchange(call: HostCall): Promise<{ response: Response; text: string }> {
    this.#mayCall(call);
    const { signal, timeoutMs = TIMEOUT } = this.#options;
    const deadline = AbortSignal.timeout(timeoutMs);
    const both = signal ? AbortSignal.any([signal, deadline]) : deadline;
    let response: Response;
    let text: string;
    try {
      response = await this.#send(call, both);
      text = await readText(response, MOST_BYTES);
    } catch (error) {
      throw this.#broken(call, error, {
        timeoutMs,
        isLate: deadline.aborted,
        isGivenUp: signal?.aborted === true,
      });
    }
    if (response.status >= 300) throw this.#refused(call, response, text);
    return { response, text };
  }

  #mayCall(call: HostCall): void {
    const { apiURL, allowed, budget } = this.#options;
    const why = whyNotAllowed(apiURL, allowed);
    if (why !== undefined) throw this.failure(call, { reason: "HostNotAllowed", what: why });
    const pause = budget.take(this.#host, this.#signIn);
    if (pause === undefined) return;
    const what =
      pause.because === "own"
        ? "the operator's own budget of calls a minute to this host is used up; nothing was sent"
        : "the host asked for a pause; nothing was sent";
    throw this.failure(call, { reason: "HostRateLimited", what, retryAt: pause.until });
  }

  #send({ method, path, query, body, headers }: HostCall, signal: AbortSignal): Promise<Response> {
    const { base, caCert } = this.#options;
    const search = query ? `?${new URLSearchParams(query)}` : "";
    return fetch(`${base}${path}${search}`, {
      method,
      headers: {
        accept: "application/json",
        "user-agent": "projectgitops",
        ...(body ? { "content-type": "application/json" } : {}),
        ...headers,
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
      // A redirect could carry the sign-in to another host.
      redirect: "manual",
      // A connection that one project's own CA made trusted must not serve another project.
      keepalive: false,
      tls: {
        rejectUnauthorized: true,
        ...(caCert === undefined ? {} : { ca: [...getCACertificates("default"), caCert] }),
      },
      signal,
    });
  }

  /** There is no complete answer. Messages of fetch may repeat a header's value: only their code is told. */
  #broken(
    call: HostCall,
    error: unknown,
    at: { timeoutMs: number; isLate: boolean; isGivenUp: boolean },
  ): HostError {
    if (error instanceof BodyTooLarge)
      return this.failure(call, {
        reason: "UnexpectedAnswer",
        what: `the answer is larger than ${MOST_BYTES} bytes`,
      });
    if (at.isGivenUp)
      return this.failure(call, { reason: "HostTimeout", what: "given up before an answer came" });
    if (at.isLate)
      return this.failure(call, {
        reason: "HostTimeout",
        what: `no complete answer within ${at.timeoutMs} ms`,
      });
    const code = String((error as { code?: unknown } | undefined)?.code ?? "the request failed");
    const isTrust = /CERT|VERIFY|SIGNED|ISSUER|TLS|SSL|ALTNAME/.test(code);
    return this.failure(call, {
      reason: "HostUnreachable",
      what: isTrust ? `the host's certificate is not trusted (${code})` : `no connection (${code})`,
      ...(isTrust
        ? {
            fix: "put the host's certificate authority under ca.crt into the Secret that hostCredentialRef names",
          }
        : {}),
    });
  }

  #refused(call: HostCall, response: Response, text: string): HostError {
    const { status, headers } = response;
    if (status < 400) return this.#redirected(call, response);
    const { budget, clock, explain } = this.#options;
    const words = serverWords(text, headers.get("content-type") ?? "");
    const common = { statusCode: status, serverMessage: words };
    const now = clock();
    const until = rateLimitedUntil(response, words, now);
    if (until !== undefined) {
      // Hosts count by sign-in: that of another project goes on.
      const retryAt = budget.pause(this.#host, until, this.#signIn);
      return this.failure(call, { ...common, reason: "HostRateLimited", retryAt });
    }
    if (status >= 500) {
      const asked = retryAfter(headers, now);
      const retryAt = asked === undefined ? undefined : budget.pause(this.#host, asked);
      return this.failure(call, { ...common, reason: "HostUnavailable", retryAt });
    }
    const verdict = explain({ call, status, headers, words: words ?? "" });
    return this.failure(call, { ...common, reason: REASONS[status] ?? "HostRefused", ...verdict });
  }

  #redirected(call: HostCall, { status, headers }: Response): HostError {
    const to = URL.parse(headers.get("location") ?? "", this.#options.base);
    return this.failure(call, {
      reason: "UnexpectedAnswer",
      statusCode: status,
      what: `a redirect${to ? ` to ${to.origin}${to.pathname}` : ""}, which is not followed because it could carry the sign-in elsewhere`,
      fix: "check apiURL; where the repository was renamed or moved, write its present path into spec.git.url",
    });
  }

  #parse(call: HostCall, { status, headers }: Response, text: string): unknown {
    try {
      return JSON.parse(text);
    } catch {
      const type = headers.get("content-type")?.split(";")[0] || "no content type";
      const what = `the answer is no JSON (${type})`;
      throw this.failure(call, { reason: "UnexpectedAnswer", statusCode: status, what });
    }
  }
}

const REASONS: Record<number, HostErrorReason> = {
  401: "HostUnauthorized",
  403: "HostForbidden",
  404: "RepositoryNotFoundOnHost",
};
