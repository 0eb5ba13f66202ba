import { expect, test } from "bun:test";
import type { ApiCall } from "../../../src/kube/http/call.ts";
import { withoutSecrets } from "../../../src/kube/http/redact.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");
const call = (body: unknown, resource = "secrets"): ApiCall => ({
  verb: "create",
  method: "POST",
  path: "/",
  resource,
  body: JSON.stringify(body),
});

test("what was sent as a Secret's data comes back raw, base64 and URL-encoded as [redacted]", () => {
  const secret = call({
    metadata: { name: "git" },
    data: { key: base64("hunter2 & co") },
    stringData: { other: "topsecret" },
  });
  const echo = `Invalid value: "${base64("hunter2 & co")}", hunter2 & co, ${encodeURIComponent("hunter2 & co")}, topsecret, ${base64("topsecret")} in git`;
  expect(withoutSecrets(secret, echo)).toBe(
    'Invalid value: "[redacted]", [redacted], [redacted], [redacted], [redacted] in git',
  );
});

test("patches of every type are covered", () => {
  const merge = call({ data: { key: base64("hunter2") } });
  const json = call([
    { op: "replace", path: "/data/key", value: base64("hunter2") },
    { op: "add", path: "/data", value: { a: base64("other-one") } },
  ]);
  expect(withoutSecrets(merge, "got hunter2")).toBe("got [redacted]");
  expect(withoutSecrets(json, "got hunter2 and other-one")).toBe("got [redacted] and [redacted]");
});

test("other kinds, and other fields of a Secret, stay readable", () => {
  expect(withoutSecrets(call({ data: { a: "visible" } }, "configmaps"), "visible")).toBe("visible");
  expect(withoutSecrets(call({ metadata: { name: "shop-git" }, type: "Opaque" }), "shop-git Opaque")).toBe(
    "shop-git Opaque",
  );
});
