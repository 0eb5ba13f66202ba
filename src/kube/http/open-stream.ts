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
    const body = this.response.body;
    if (body === null) return;
    const reader = body.getReader();
    const decoder = new TextDecoder();
    let rest = "";
    try {
      for (;;) {
        const chunk = await this.#read(() => reader.read(), options.silenceMs);
        if (chunk === undefined) break;
        const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
        rest = lines.pop() ?? "";
        if (rest.length > this.#mostBytes)
          throw this.#unexpected(`a line is longer than ${this.#mostBytes} bytes`);
        yield* lines;
      }
      if (rest !== "" && options.lastLine === "tell") yield rest;
    } finally {
      this.close();
    }
  }

  /** The rest of it, whole. Rejects with UnexpectedResponse beyond the client's maxResponseBytes. */
  async bytes(): Promise<Uint8Array> {
    const reader = this.response.body?.getReader();
    const chunks: Uint8Array[] = [];
    let size = 0;
    try {
      for (;;) {
        const chunk = reader && (await this.#read(() => reader.read()));
        if (chunk === undefined) return Buffer.concat(chunks, size);
        size += chunk.byteLength;
        if (size > this.#mostBytes)
          throw this.#unexpected(`the body is larger than ${this.#mostBytes} bytes`);
        chunks.push(chunk);
      }
    } finally {
      this.close();
    }
  }

  /** Ends it and closes its connection. */
  close(): void {
    this.#deadline.abort();
    this.#deadline.dispose();
  }

  async #read(
    read: () => Promise<{ value?: Uint8Array }>,
    silenceMs?: number,
  ): Promise<Uint8Array | undefined> {
    if (silenceMs !== undefined) this.#deadline.restart(silenceMs);
    const { value } = await this.#attempt.guard(read);
    this.#deadline.stopClock();
    return value;
  }

  #unexpected(what: string): UnexpectedResponse {
    return new UnexpectedResponse({
      statusCode: this.response.status,
      contentType: this.response.headers.get("content-type") ?? "",
      verb: this.#call.verb,
      path: this.#call.path,
      what,
    });
  }
}
