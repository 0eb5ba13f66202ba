import { UnexpectedResponse } from "../errors/unexpected-response.ts";
import type { Attempt } from "./attempt.ts";
import type { ApiCall } from "./call.ts";
import type { Deadline } from "./deadline.ts";

/** An answer that keeps coming: a watch or a followed log. Close it, or read it to its end. */
export class OpenStream {
  readonly response: Response;
  readonly #attempt: Attempt;
  readonly #deadline: Deadline;
  readonly #call: ApiCall;
  readonly #mostBytes: number;

  constructor(response: Response, attempt: Attempt, deadline: Deadline, call: ApiCall, mostBytes: number) {
    this.response = response;
    this.#attempt = attempt;
    this.#deadline = deadline;
    this.#call = call;
    this.#mostBytes = mostBytes;
  }

  /**
   * Its lines, without their ends. Rejects with TransportError `timeout` when nothing comes for `silenceMs`, and as
   * every call does when the connection breaks. A line without an end at the end of the stream is `lastLine`'s:
   * told for logs, dropped for a watch, where it is half an event.
   */
  async *lines(options: {
    silenceMs?: number;
    lastLine: "tell" | "drop";
  }): AsyncGenerator<string, void, undefined> {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of this.#chunks(options.silenceMs)) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      if (rest.length > this.#mostBytes) throw this.#tooLong("a line");
      yield* lines;
    }
    if (rest !== "" && options.lastLine === "tell") yield rest;
  }

  /** The rest of it, whole. Rejects with UnexpectedResponse beyond the client's maxResponseBytes. */
  async bytes(): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of this.#chunks()) {
      size += chunk.byteLength;
      if (size > this.#mostBytes) throw this.#tooLong("the body");
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }

  /** Ends it and closes its connection. */
  close(): void {
    this.#deadline.abort();
    this.#deadline.dispose();
  }

  /** What comes, until the end; whoever leaves early closes it too. */
  async *#chunks(silenceMs?: number): AsyncGenerator<Uint8Array, void, undefined> {
    const reader = this.response.body?.getReader();
    try {
      while (reader) {
        if (silenceMs !== undefined) this.#deadline.restart(silenceMs);
        const { value } = await this.#attempt.guard(() => reader.read());
        this.#deadline.stopClock();
        if (value === undefined) return;
        yield value;
      }
    } finally {
      this.close();
    }
  }

  #tooLong(what: string): UnexpectedResponse {
    return new UnexpectedResponse({
      statusCode: this.response.status,
      contentType: this.response.headers.get("content-type") ?? "",
      verb: this.#call.verb,
      path: this.#call.path,
      what: `${what} is longer than ${this.#mostBytes} bytes`,
    });
  }
}
