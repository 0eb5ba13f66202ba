import { describe, expect, test } from "bun:test";
import type { ProjectGitOps } from "../../../src/api/schema.ts";
import { writerOf } from "../../../src/cli/diagnose/reads/writer.ts";
import { selects } from "../../../src/cli/diagnose/selects.ts";
import { remainingKinds } from "../../../src/cli/diagnose/set-up/holders.ts";
import { refuserIn } from "../../../src/cli/diagnose/set-up/server-words.ts";
import { troubleOf } from "../../../src/cli/diagnose/set-up/trouble.ts";

describe("who refused, in the API server's words", () => {
  const words: [string, ReturnType<typeof refuserIn>][] = [
    [
      "cannot create ServiceAccount a/b: 403 Forbidden: serviceaccounts \"b\" is forbidden: ValidatingAdmissionPolicy 'no-accounts' with binding 'everywhere' denied request: none here; please; grant it, or change the policy that denies it (and 2 more)",
      { kind: "policy", policy: "no-accounts", binding: "everywhere", said: "none here; please" },
    ],
    [
      'cannot create Secret a/b: 403 Forbidden: admission webhook "v.kyverno.svc" denied the request without explanation; grant it, or change the policy that denies it (setup.timeout of 10m is over)',
      { kind: "webhook", webhook: "v.kyverno.svc", said: "without explanation" },
    ],
    [
      'cannot create Secret a/b: 403 Forbidden: secrets is forbidden: User "system:serviceaccount:s:o" cannot create resource "secrets" in API group "" in the namespace "a"; grant it, or change the policy that denies it',
      { kind: "right", user: "system:serviceaccount:s:o", verb: "create", resource: "secrets", group: "" },
    ],
    [
      'cannot create RoleBinding a/b: 403 Forbidden: rolebindings.rbac.authorization.k8s.io "b" is forbidden: user "o" (groups=["g"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["pods"], Verbs:["get"]}; grant it',
      { kind: "grant", user: "o" },
    ],
    [
      "cannot create Secret a/b: 403 Forbidden: exceeded quota: compute, requested: secrets=1, used: secrets=10, limited: secrets=10; raise the ResourceQuota",
      {
        kind: "quota",
        quota: "compute",
        said: "exceeded quota: compute, requested: secrets=1, used: secrets=10, limited: secrets=10",
      },
    ],
    ["cannot create Namespace a: 422 Invalid: labels: no", { kind: "unknown" }],
  ];
  test.each(words)("%s", (message, refuser) => {
    expect(refuserIn(message)).toEqual(refuser);
  });
});

test("the kinds that remain in a Namespace are read from its own condition", () => {
  const message =
    "Some resources are remaining: configmaps. has 1 resource instances, kustomizations.kustomize.toolkit.fluxcd.io has 2 resource instances";
  expect(remainingKinds(message)).toEqual(["configmaps", "kustomizations.kustomize.toolkit.fluxcd.io"]);
});

const EXPRESSIONS: [object, boolean][] = [
  [{}, true],
  [{ matchLabels: { team: "shoes" } }, true],
  [{ matchLabels: { team: "hats" } }, false],
  [{ matchExpressions: [{ key: "team", operator: "In", values: ["hats", "shoes"] }] }, true],
  [{ matchExpressions: [{ key: "team", operator: "NotIn", values: ["shoes"] }] }, false],
  [{ matchExpressions: [{ key: "other", operator: "NotIn", values: ["shoes"] }] }, true],
  [{ matchExpressions: [{ key: "other", operator: "Exists" }] }, false],
  [{ matchExpressions: [{ key: "other", operator: "DoesNotExist" }] }, true],
];
test.each(EXPRESSIONS)("a label selector %j selects team=shoes: %p", (selector, selected) => {
  expect(selects(selector, { team: "shoes" })).toBe(selected);
});

test("of several writers of a field the last one is told, and one that holds all of spec is one of them", () => {
  const entry = (manager: string, time: string, fieldsV1: object) => ({ manager, time, fieldsV1 });
  const metadata = {
    name: "x",
    uid: "u",
    resourceVersion: "1",
    managedFields: [
      entry("first", "2026-11-22T09:00:00Z", { "f:spec": {} }),
      entry("flux", "2026-11-22T10:00:00Z", { "f:spec": { ".": {}, "f:suspend": {} } }),
      entry("later", "2026-11-22T11:00:00Z", { "f:spec": { "f:interval": {} } }),
    ],
  };
  expect(writerOf({ metadata }, ["f:spec", "f:suspend"])).toEqual({
    manager: "flux",
    time: "2026-11-22T10:00:00Z",
  });
  expect(writerOf({ metadata }, ["f:spec", "f:path"])?.manager).toBe("first");
  expect(writerOf({ metadata }, ["f:metadata"])).toBeUndefined();
});

test("the object of a complaint is told by its whole name, and not by the beginning of another's", () => {
  const message = "cannot create ServiceAccount project-shop-dev-two/shop-deployer: 403 Forbidden: no";
  const project = {
    metadata: { namespace: "platform", name: "shop", uid: "u" },
    spec: { projectId: "shop", git: { url: "x" }, environments: [{ name: "dev" }, { name: "dev-two" }] },
    status: {
      conditions: [
        {
          type: "Ready",
          status: "False",
          reason: "Forbidden",
          message,
          lastTransitionTime: "2026-11-22T10:00:00Z",
        },
      ],
    },
  } as unknown as ProjectGitOps;
  expect(troubleOf(project)?.object).toMatchObject({ kind: "ServiceAccount", environment: "dev-two" });
});
