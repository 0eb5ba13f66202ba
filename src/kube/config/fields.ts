import { ConfigError } from "../errors/config-error.ts";

/** A mapping read from YAML, with the place it came from, so that each complaint can name the field. */
export class Fields {
  readonly where: string;
  readonly #values: Record<string, unknown>;

  constructor(values: unknown, where: string) {
    if (values !== undefined && values !== null && (typeof values !== "object" || Array.isArray(values))) {
      throw new ConfigError(`${where} is not a mapping`);
    }
    this.where = where;
    this.#values = (values ?? {}) as Record<string, unknown>;
  }

  has(field: string): boolean {
    const value = this.#values[field];
    return value !== undefined && value !== null && value !== "";
  }

  raw(field: string): unknown {
    return this.#values[field];
  }

  text(field: string): string | undefined {
    if (!this.has(field)) return undefined;
    const value = this.#values[field];
    if (typeof value !== "string")
      throw new ConfigError(`${this.where}: ${field} is not a string; put it in quotes`);
    return value;
  }

  flag(field: string): boolean {
    const value = this.#values[field];
    if (value === undefined || value === null || typeof value === "boolean") return value === true;
    throw new ConfigError(`${this.where}: ${field} is not true or false`);
  }

  /** Base64 of a text; the decoded text. */
  decoded(field: string): string | undefined {
    const value = this.text(field)?.replace(/\s+/g, "");
    if (value === undefined) return undefined;
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(value)) throw new ConfigError(`${this.where}: ${field} is not base64`);
    return Buffer.from(value, "base64").toString("utf8");
  }

  texts(field: string): string[] | undefined {
    if (!this.has(field)) return undefined;
    return this.list(field).map((item) => {
      if (typeof item !== "string")
        throw new ConfigError(`${this.where}: ${field} has an entry that is not a string`);
      return item;
    });
  }

  list(field: string): unknown[] {
    const value = this.#values[field] ?? [];
    if (!Array.isArray(value)) throw new ConfigError(`${this.where}: ${field} is not a list`);
    return value;
  }

  fields(field: string): Fields {
    return new Fields(this.#values[field], `${this.where}: ${field}`);
  }
}
