import { describe, expect, test } from "bun:test";
import { readImagePullSecret } from "../../../src/git/index.ts";
import { base64, secret } from "./support.ts";

const CONFIG = JSON.stringify({
  auths: { "r.example.com": { auth: base64("me:word!"), password: "word!" } },
});

describe("an image pull Secret", () => {
  test("is copied with its one key and nothing beside it", () => {
    const read = readImagePullSecret(
      secret({ ".dockerconfigjson": CONFIG, note: "x" }, "kubernetes.io/dockerconfigjson"),
    );
    expect(read).toMatchObject({
      kind: "ok",
      payload: { type: "kubernetes.io/dockerconfigjson", data: { ".dockerconfigjson": base64(CONFIG) } },
    });
    if (read.kind === "ok") {
      expect(Object.keys(read.payload.data)).toEqual([".dockerconfigjson"]);
      expect(read.secrets).toEqual([CONFIG, base64("me:word!"), "word!"]);
    }
  });

  test("of another type, or without its key, is refused by name", () => {
    expect(readImagePullSecret(secret({ ".dockerconfigjson": CONFIG }))).toMatchObject({
      kind: "problem",
      reason: "ImagePullSecretInvalid",
      message: expect.stringContaining("Secret platform/shop-git is of type Opaque"),
    });
    expect(readImagePullSecret(secret({}, "kubernetes.io/dockercfg"))).toMatchObject({ key: ".dockercfg" });
  });
});
