import { expect, test } from "bun:test";
import { K8sApiError, NamespaceNotFoundError, TransportError } from "../../../src/kube/index.ts";
import type { ObjectId } from "../../../src/plan/index.ts";
import { type Meaning, meaningOf } from "../../../src/reconcile/refusals.ts";

type Details = NonNullable<K8sApiError["details"]>;
const answer = (statusCode: number, reason: string, serverMessage = "no", details: Details = {}) =>
  new K8sApiError({ statusCode, reason, serverMessage, details, verb: "create", path: "/x" });

const SECRET: ObjectId = { kind: "Secret", namespace: "project-shop-staging", name: "shop-git-auth" };
const REPOSITORY: ObjectId = { kind: "GitRepository", namespace: "project-shop-staging", name: "shop-repo" };
const missing = { kind: "namespaces", name: "project-shop-staging" };
const homeless = new NamespaceNotFoundError("project-shop-staging", {
  statusCode: 404,
  reason: "NotFound",
  serverMessage: 'namespaces "project-shop-staging" not found',
  details: missing,
  verb: "create",
  path: "/x",
});

const ROWS: [sentence: string, error: unknown, doing: string, kind: Meaning["kind"]][] = [
  [
    "no answer at all",
    new TransportError({
      code: "reset",
      outcome: "unknown",
      verb: "create",
      path: "/x",
      server: "https://x",
      what: "closed",
    }),
    "create",
    "unavailable",
  ],
  ["something that is no answer of an API server", new Error("boom"), "create", "unavailable"],
  ["a namespace that is not there", homeless, "create", "homeless"],
  [
    "a namespace on its way out",
    answer(403, "Forbidden", "being terminated", {
      causes: [{ reason: "NamespaceTerminating", message: "x", field: "metadata.namespace" }],
    }),
    "create",
    "homeless",
  ],
  [
    "a kind that is not served",
    answer(404, "NotFound", "the server could not find the requested resource"),
    "create",
    "refused",
  ],
  ["an object that is gone", answer(404, "NotFound"), "update", "gone"],
  ["a name that is taken", answer(409, "AlreadyExists"), "create", "outdated"],
  ["a version that has passed", answer(409, "Conflict"), "update", "outdated"],
  [
    "another uid",
    answer(422, "Invalid", "immutable", {
      causes: [{ reason: "FieldValueInvalid", field: "metadata.uid", message: "x" }],
    }),
    "update",
    "outdated",
  ],
  [
    "a field that another manager holds",
    answer(409, "Conflict", "conflict", {
      causes: [
        { reason: "FieldManagerConflict", field: ".metadata.labels.x", message: 'conflict with "istio"' },
      ],
    }),
    "update",
    "refused",
  ],
  ["a token that has run out", answer(401, "Unauthorized"), "update", "unavailable"],
  ["too many requests", answer(429, "TooManyRequests"), "update", "unavailable"],
  ["an internal error", answer(500, "InternalError"), "update", "unavailable"],
  [
    "an apply of a field that the CRD does not know",
    answer(500, "InternalError", "failed to create typed patch object: field not declared in schema"),
    "update",
    "refused",
  ],
  ["a policy that denies", answer(403, "Forbidden"), "create", "refused"],
  ["an object that the server finds invalid", answer(422, "Invalid"), "create", "refused"],
  ["an unknown field", answer(400, "BadRequest"), "create", "refused"],
];
for (const [sentence, error, doing, kind] of ROWS)
  test(`${sentence} means: ${kind}`, () => expect(meaningOf(error, SECRET, doing).kind).toBe(kind));

const refusal = (error: unknown, id = REPOSITORY) => {
  const meaning = meaningOf(error, id, "create");
  return meaning.kind === "refused" ? meaning.refusal : undefined;
};

test("a refusal names the object, the server's code, reason and words, and the next step", () => {
  expect(refusal(answer(403, "Forbidden", "exceeded quota: compute, requested: secrets=1"), SECRET)).toEqual({
    id: SECRET,
    reason: "QuotaExceeded",
    message:
      "cannot create Secret project-shop-staging/shop-git-auth: 403 Forbidden: exceeded quota: compute, requested: secrets=1; raise the ResourceQuota; this project's own in environments[].resourceQuota or the operator's --environment-defaults",
  });
  expect(refusal(answer(403, "Forbidden", "denied by policy"))?.reason).toBe("Forbidden");
  expect(refusal(answer(422, "Invalid", "spec.url: x"))?.reason).toBe("Invalid");
  expect(refusal(answer(410, "Gone"))?.reason).toBe("RequestFailed");
  expect(
    refusal(answer(404, "NotFound", "the server could not find the requested resource"))?.message,
  ).toContain("install the CRD of GitRepository (source.toolkit.fluxcd.io/v1)");
});

test("a refused Secret never has its values echoed: fields are named and no more", () => {
  const echoed = answer(422, "Invalid", 'data[identity]: Invalid value: "c2VjcmV0"', {
    causes: [{ reason: "FieldValueInvalid", field: "data[identity]", message: 'Invalid value: "c2VjcmV0"' }],
  });
  const message = refusal(echoed, SECRET)?.message ?? "";
  expect(message).toContain("data[identity]");
  expect(message).not.toContain("c2VjcmV0");
  const bare = refusal(answer(400, "BadRequest", 'illegal base64 "c2VjcmV0"'), SECRET)?.message ?? "";
  expect(bare).toContain("BadRequest");
  expect(bare).not.toContain("c2VjcmV0");
});

test("of a webhook's refusal of a Secret its name is told, and none of its words", () => {
  const words = 'admission webhook "keys.example.com" denied the request: value c2VjcmV0 is too short';
  const meaning = meaningOf(answer(400, "BadRequest", words), SECRET, "create");
  const message = meaning.kind === "refused" ? meaning.refusal.message : "";
  expect(message).toContain('admission webhook "keys.example.com" denied the request;');
  expect(message).not.toContain("c2VjcmV0");
});
