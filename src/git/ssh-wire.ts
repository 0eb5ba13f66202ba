/** The length-prefixed fields of SSH (RFC 4251 section 5), as OpenSSH's key files hold them too. */
export class WireReader {
  #offset = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** @throws RangeError where the bytes end early */
  uint32(): number {
    const value = this.#bytes.readUInt32BE(this.#offset);
    this.#offset += 4;
    return value;
  }

  /** @throws RangeError where the bytes end early */
  field(): Buffer {
    const length = this.uint32();
    const end = this.#offset + length;
    if (end > this.#bytes.length) throw new RangeError("an SSH field reaches beyond the end");
    const value = this.#bytes.subarray(this.#offset, end);
    this.#offset = end;
    return value;
  }

  text(): string {
    return this.field().toString("utf8");
  }
}

export function field(value: Buffer | string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint32(bytes.length), bytes]);
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** A positive big integer (mpint) from its bytes, most significant first. */
export function mpint(value: Buffer): Buffer {
  const first = value.findIndex((byte) => byte !== 0);
  const trimmed = first < 0 ? Buffer.alloc(0) : value.subarray(first);
  const signed = (trimmed[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.from([0]), trimmed]) : trimmed;
  return field(signed);
}
