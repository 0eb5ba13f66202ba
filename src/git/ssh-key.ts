import { createHash, generateKeyPairSync, randomBytes } from "node:crypto";
import { field, uint32 } from "./ssh-wire.ts";

export const OPENSSH_MAGIC = "openssh-key-v1\0";
const TYPE = "ssh-ed25519";

export interface SshKeyPair {
  /** In OpenSSH's own format, not encrypted. */
  privateKey: string;
  /** One line, as git hosts take it for a deploy key. */
  publicKey: string;
  /** `SHA256:…`, as ssh-keygen and git hosts show it. */
  fingerprint: string;
}

/**
 * Makes a new ed25519 key pair. Format: PROTOCOL.key of OpenSSH.
 * @param comment stands at the end of the public key, such as shop@projectgitops
 */
export function makeSshKey(comment = ""): SshKeyPair {
  const { d = "", x = "" } = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
  return encodeEd25519(Buffer.from(d, "base64url"), Buffer.from(x, "base64url"), comment);
}

/** A key pair from its 32 secret and 32 public bytes. */
export function encodeEd25519(
  secret: Buffer,
  publicBytes: Buffer,
  comment: string,
  check = randomBytes(4),
): SshKeyPair {
  const blob = Buffer.concat([field(TYPE), field(publicBytes)]);
  const inner = Buffer.concat([
    check,
    check,
    field(TYPE),
    field(publicBytes),
    field(Buffer.concat([secret, publicBytes])),
    field(comment),
  ]);
  // The padding 1, 2, 3… fills the block size of the cipher "none", which is 8.
  const padding = Buffer.from(Array.from({ length: (8 - (inner.length % 8)) % 8 }, (_, i) => i + 1));
  const file = Buffer.concat([
    Buffer.from(OPENSSH_MAGIC),
    field("none"),
    field("none"),
    field(""),
    uint32(1),
    field(blob),
    field(Buffer.concat([inner, padding])),
  ]);
  const lines = file.toString("base64").match(/.{1,70}/g) ?? [];
  return {
    privateKey: `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.join("\n")}\n-----END OPENSSH PRIVATE KEY-----\n`,
    publicKey: publicLine(blob, comment),
    fingerprint: fingerprintOf(blob),
  };
}

/** The line that authorized_keys and git hosts take: type, base64, comment. */
export function publicLine(blob: Buffer, comment = ""): string {
  const type = blob.subarray(4, 4 + blob.readUInt32BE(0)).toString("utf8");
  return `${type} ${blob.toString("base64")}${comment ? ` ${comment}` : ""}`;
}

/** `SHA256:` and base64 without padding, as ssh-keygen -l shows it. */
export const fingerprintOf = (blob: Buffer): string =>
  `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;

/**
 * The bytes of a public key line.
 * @returns undefined where the text is no public key
 */
export function publicBlob(line: string): Buffer | undefined {
  const [type = "", base64 = ""] = line.trim().split(/\s+/);
  const blob = Buffer.from(base64, "base64");
  if (blob.length < 8) return undefined;
  const length = blob.readUInt32BE(0);
  return blob.subarray(4, 4 + length).toString("utf8") === type ? blob : undefined;
}
