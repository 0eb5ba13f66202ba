import { readFileSync } from "node:fs";
import { ConfigError } from "../errors/config-error.ts";

/** The text of a file that others rotate: read again when it is older than `maxAgeMs`, or on demand. */
export class CachedFile {
  readonly #path: string;
  readonly #maxAgeMs: number;
  readonly #now: () => number;
  #text: string;
  #readAt: number;

  /** Throws ConfigError when the file cannot be read. */
  constructor(path: string, what: string, maxAgeMs: number, now: () => number) {
    this.#path = path;
    this.#maxAgeMs = maxAgeMs;
    this.#now = now;
    try {
      this.#text = readFileSync(path, "utf8");
    } catch (error) {
      throw new ConfigError(`cannot read the ${what} ${path}: ${(error as Error).message}`, { cause: error });
    }
    if (this.#text.trim() === "") throw new ConfigError(`the ${what} ${this.#path} is empty`);
    this.#readAt = now();
  }

  text(): string {
    const age = this.#now() - this.#readAt;
    if (age >= this.#maxAgeMs || age < 0) this.reread();
    return this.#text;
  }

  /** A file that is missing or empty at this moment is being replaced: the last good text stays. */
  reread(): void {
    this.#readAt = this.#now();
    try {
      const text = readFileSync(this.#path, "utf8");
      if (text.trim() !== "") this.#text = text;
    } catch {
      // As above; when the old text no longer works, the API server's 401 or the TLS error says so.
    }
  }
}
