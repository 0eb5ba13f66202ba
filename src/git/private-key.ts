import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import type { CredentialFault } from "./fault.ts";
import { encodedTwice, escapedLines, LONGEST, normaliseLines } from "./secret-values.ts";
import { OPENSSH_MAGIC } from "./ssh-key.ts";
import { field, mpint, WireReader } from "./ssh-wire.ts";

export interface ReadKey {
  kind: "key";
  /** With LF and one line break at the end. */
  privateKey: string;
  /** The public half in SSH's form. */
  blob: Buffer;
  encrypted: boolean;
}

export interface UnusableKey {
  kind: "unusable";
  fault: CredentialFault;
  /** What is wrong and what to do; holds no byte of the key. */
  what: string;
}

/** A private key as Flux takes it: OpenSSH's format, PKCS#1, SEC1 or unencrypted PKCS#8. Pure. */
export function readPrivateKey(text: string, password: string | undefined): ReadKey | UnusableKey {
  if (text.length > LONGEST)
    return unusable("NotAKey", `is longer than ${LONGEST} characters, which no private key is`);
  const mistake = commonMistake(text);
  if (mistake) return mistake;
  const privateKey = normaliseLines(text);
  const label = /^-----BEGIN ([A-Z0-9 ]*PRIVATE KEY)-----\n/.exec(privateKey)?.[1];
  if (!label)
    return unusable("NotAKey", `no private key: it must begin with -----BEGIN OPENSSH PRIVATE KEY-----`);
  if (!privateKey.includes(`-----END ${label}-----`)) {
    return unusable("KeyDamaged", `the private key is cut off: the line -----END ${label}----- is missing`);
  }
  if (label === "OPENSSH PRIVATE KEY") return readOpenSsh(privateKey, password);
  return readPem(privateKey, label, password);
}

const unusable = (fault: CredentialFault, what: string): UnusableKey => ({ kind: "unusable", fault, what });
const NEEDS_PASSWORD =
  "the private key is encrypted, and the Secret has no key password: add it, or make a deploy key without one (ssh-keygen -t ed25519 -N '')";

function commonMistake(text: string): UnusableKey | undefined {
  if (encodedTwice(text, /^\s*-----BEGIN /)) {
    return unusable(
      "EncodedTwice",
      "the private key is base64-encoded twice: write its text under stringData, or use kubectl create secret --from-file, which encode it once",
    );
  }
  if (/^\s*(ssh-|ecdsa-|sk-)[a-z0-9@.-]+ AAAA/.test(text)) {
    return unusable(
      "PublicForPrivate",
      "a public key stands where the private key belongs: take the file without .pub",
    );
  }
  if (/^\s*PuTTY-User-Key-File/.test(text)) {
    return unusable(
      "KeyUnsupported",
      "the key is in PuTTY's format: convert it with puttygen key.ppk -O private-openssh -o key",
    );
  }
  if (/^\s*-----BEGIN ([A-Z ]*PUBLIC KEY|CERTIFICATE)-----/.test(text)) {
    return unusable("PublicForPrivate", "a public key or certificate stands where the private key belongs");
  }
  if (text.includes("-----BEGIN ") && escapedLines(text)) {
    return unusable(
      "KeyDamaged",
      "the line breaks of the private key are written as \\n: write it as a block (identity: |) under stringData",
    );
  }
  return undefined;
}

/** PROTOCOL.key of OpenSSH: the public half is readable even where the private one is encrypted. */
function readOpenSsh(privateKey: string, password: string | undefined): ReadKey | UnusableKey {
  const damaged = unusable(
    "KeyDamaged",
    "the private key is damaged: its OpenSSH format cannot be read; copy the whole file again",
  );
  const bytes = Buffer.from(privateKey.replace(/-----[^-]+-----/g, ""), "base64");
  if (bytes.subarray(0, OPENSSH_MAGIC.length).toString("latin1") !== OPENSSH_MAGIC) return damaged;
  try {
    const reader = new WireReader(bytes.subarray(OPENSSH_MAGIC.length));
    const cipher = reader.text();
    reader.field();
    reader.field();
    if (reader.uint32() !== 1)
      return unusable("KeyUnsupported", "the file must hold exactly one private key");
    const blob = reader.field();
    const inner = reader.field();
    const type = new WireReader(blob).text();
    if (type.startsWith("sk-"))
      return unusable(
        "KeyUnsupported",
        "the key needs a hardware token, which Flux cannot touch: make a deploy key (ssh-keygen -t ed25519)",
      );
    if (type === "ssh-dss")
      return unusable(
        "KeyUnsupported",
        "DSA keys are refused by Flux and git hosts: make a new one (ssh-keygen -t ed25519)",
      );
    const encrypted = cipher !== "none";
    if (encrypted && password === undefined) return unusable("KeyEncrypted", NEEDS_PASSWORD);
    if (!encrypted && !matchesPublic(inner, type, blob)) return damaged;
    return { kind: "key", privateKey, blob, encrypted };
  } catch (error) {
    if (error instanceof RangeError) return damaged;
    throw error;
  }
}

/** Whether the private half of an unencrypted ed25519 key belongs to the public half beside it. */
function matchesPublic(inner: Buffer, type: string, blob: Buffer): boolean {
  const reader = new WireReader(inner);
  // Two equal numbers show that a decryption went well; in an unencrypted file, that it is whole.
  const check = reader.uint32();
  if (check !== reader.uint32() || reader.text() !== type) return false;
  if (type !== "ssh-ed25519") return true;
  reader.field();
  const secret = reader.field().subarray(0, 32);
  const pkcs8 = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), secret]);
  const key = createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" });
  return blobOf(key)?.equals(blob) ?? false;
}

function readPem(privateKey: string, label: string, password: string | undefined): ReadKey | UnusableKey {
  if (label === "ENCRYPTED PRIVATE KEY") {
    return unusable(
      "KeyUnsupported",
      "Flux cannot read encrypted PKCS#8 keys: convert it with ssh-keygen -p -f key",
    );
  }
  const encrypted = /^Proc-Type: 4,ENCRYPTED/m.test(privateKey);
  if (encrypted && password === undefined) return unusable("KeyEncrypted", NEEDS_PASSWORD);
  try {
    const blob = blobOf(createPrivateKey(encrypted ? { key: privateKey, passphrase: password } : privateKey));
    if (blob) return { kind: "key", privateKey, blob, encrypted };
    return unusable(
      "KeyUnsupported",
      "this kind of key is not taken: make a new one (ssh-keygen -t ed25519)",
    );
  } catch {
    // What OpenSSL says may repeat parts of its input; only the fact is told.
    return unusable(
      encrypted ? "WrongPassword" : "KeyDamaged",
      encrypted
        ? "the private key cannot be decrypted with the value of password, or is damaged"
        : "the private key is damaged: copy the whole file again",
    );
  }
}

/** The public half in SSH's form (RFC 4253 section 6.6, RFC 5656, RFC 8709). */
function blobOf(key: KeyObject): Buffer | undefined {
  const jwk = createPublicKey(key).export({ format: "jwk" });
  if (jwk.kty === "OKP" && jwk.crv === "Ed25519")
    return Buffer.concat([field("ssh-ed25519"), field(part(jwk, "x"))]);
  if (jwk.kty === "RSA")
    return Buffer.concat([field("ssh-rsa"), mpint(part(jwk, "e")), mpint(part(jwk, "n"))]);
  const curve = jwk.kty === "EC" ? CURVES[jwk.crv ?? ""] : undefined;
  if (!curve) return undefined;
  const point = Buffer.concat([Buffer.from([4]), part(jwk, "x"), part(jwk, "y")]);
  return Buffer.concat([field(`ecdsa-sha2-${curve}`), field(curve), field(point)]);
}

const CURVES: Record<string, string> = { "P-256": "nistp256", "P-384": "nistp384", "P-521": "nistp521" };
type Jwk = Partial<Record<"x" | "y" | "e" | "n", string>>;
const part = (jwk: Jwk, name: "x" | "y" | "e" | "n"): Buffer => Buffer.from(jwk[name] ?? "", "base64url");
