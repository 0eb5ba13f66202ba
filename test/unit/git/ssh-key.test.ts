import { describe, expect, test } from "bun:test";
import { readPrivateKey } from "../../../src/git/private-key.ts";
import { encodeEd25519, fingerprintOf, makeSshKey, publicBlob } from "../../../src/git/ssh-key.ts";

/** The secret bytes 0 to 31; public key and fingerprint are what ssh-keygen -y and -l print for the file. */
const VECTOR = {
  secret: Buffer.from(Array.from({ length: 32 }, (_, i) => i)),
  public: Buffer.from("03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8", "hex"),
  line: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4 vector",
  fingerprint: "SHA256:lbmsoA0yIEcEiVDRnMWuzm+nV+3ZEEpVIURqFoeSspg",
};

describe("a new ed25519 key", () => {
  test("of known bytes is the one that ssh-keygen reads", () => {
    const pair = encodeEd25519(VECTOR.secret, VECTOR.public, "vector", Buffer.from([1, 2, 3, 4]));
    expect(pair.publicKey).toBe(VECTOR.line);
    expect(pair.fingerprint).toBe(VECTOR.fingerprint);
    expect(new Bun.CryptoHasher("sha256").update(pair.privateKey).digest("hex")).toBe(
      "94a1a11f7c3320e3e317b0e9c044b537fd3125bcfb84931aed4b943b783bb0a9",
    );
  });

  test("is read back as the pair that it is, with comments of any length", () => {
    for (const comment of ["", "s", "shop@projectgitops", "x".repeat(99)]) {
      const pair = makeSshKey(comment);
      const read = readPrivateKey(pair.privateKey, undefined);
      if (read.kind === "unusable") throw new Error(read.what);
      expect(fingerprintOf(read.blob)).toBe(pair.fingerprint);
      expect(publicBlob(pair.publicKey)).toEqual(read.blob);
      expect(pair.publicKey.endsWith(comment)).toBe(true);
    }
  });

  test("is another one each time", () => {
    expect(makeSshKey().fingerprint).not.toBe(makeSshKey().fingerprint);
  });
});

test("what is no public key has no bytes", () => {
  for (const line of [
    "",
    "ssh-ed25519",
    "ssh-ed25519 AAAA",
    "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl",
  ]) {
    expect(publicBlob(line)).toBeUndefined();
  }
});
