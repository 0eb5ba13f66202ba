import { describe, expect, test } from "bun:test";
import { missingLockDown } from "../../../src/cli/diagnose/installation/lock-down.ts";
import { isHeld, rightsOf, rightText } from "../../../src/cli/diagnose/installation/rights.ts";
import { type Schema, schemaDifference } from "../../../src/cli/diagnose/installation/schema-difference.ts";
import { leaseState } from "../../../src/cli/diagnose/reads/lease-state.ts";
import { settingsOf } from "../../../src/cli/diagnose/reads/operators.ts";

describe("kustomize-controller is locked down", () => {
  const BOTH = ["--no-cross-namespace-refs=true", "--default-service-account=default"];

  test.each([
    [["--no-cross-namespace-refs=true", "--default-service-account=default"], []],
    [["--no-cross-namespace-refs", "--default-service-account=nobody"], []],
    [["-no-cross-namespace-refs", "-default-service-account=x"], []],
    [["--log-level=info"], BOTH],
    [["--no-cross-namespace-refs=false", "--default-service-account="], BOTH],
    [
      ["--no-cross-namespace-refs=true", "--no-cross-namespace-refs=false", "--default-service-account=x"],
      [BOTH[0]],
    ],
    [["--no-cross-namespace-refs-elsewhere=true", "--default-service-account=x"], [BOTH[0]]],
  ])("with %p it lacks %p", (args, missing) => {
    expect(missingLockDown(args)).toEqual(missing as string[]);
  });
});

describe("the rights of a ClusterRole", () => {
  const needed = rightsOf([
    { apiGroups: [""], resources: ["secrets"], verbs: ["get", "delete"] },
    { apiGroups: ["x.dev"], resources: ["roles"], resourceNames: ["admin"], verbs: ["bind"] },
    { apiGroups: ["x.dev"], resources: ["roles/status"], verbs: ["patch"] },
  ]);
  const missing = (held: Parameters<typeof isHeld>[1]) =>
    needed.filter((right) => !isHeld(right, held)).map(rightText);

  test("suffice when each is named somewhere, also split, by wildcard, or for all names", () => {
    const held = [
      { apiGroups: [""], resources: ["*"], verbs: ["get"] },
      { apiGroups: [""], resources: ["secrets"], verbs: ["delete"] },
      { apiGroups: ["x.dev"], resources: ["roles", "roles/status"], verbs: ["bind", "patch"] },
    ];
    expect(missing(held)).toEqual([]);
  });

  test("do not suffice when a verb is missing, or holds for other names or for the object alone", () => {
    const held = [
      { apiGroups: [""], resources: ["secrets"], verbs: ["get"] },
      { apiGroups: ["x.dev"], resources: ["roles"], resourceNames: ["edit"], verbs: ["bind"] },
      { apiGroups: ["x.dev"], resources: ["roles"], verbs: ["patch"] },
    ];
    expect(missing(held)).toEqual(["delete secrets", "bind roles.x.dev admin", "patch roles/status.x.dev"]);
  });
});

describe("two schemas", () => {
  const string = (more: object = {}): Schema => ({ type: "string", ...more });
  const object = (properties: Record<string, Schema>): Schema => ({ type: "object", properties });
  const ours = object({
    spec: object({ list: { type: "array", items: object({ name: string() }) }, url: string() }),
  });

  test("are alike whatever their descriptions and the order of their keys", () => {
    const theirs = object({
      spec: object({
        url: { description: "other words", type: "string" },
        list: { items: object({ name: string() }), type: "array" },
      }),
    });
    expect(schemaDifference(ours, theirs)).toEqual({ absent: [], unknown: [], changed: [] });
  });

  test("differ in fields that only one of them knows, named at their highest point, and in rules", () => {
    const theirs = object({
      spec: object({
        list: {
          type: "array",
          maxItems: 3,
          items: object({ name: string({ maxLength: 2 }), more: string() }),
        },
        deep: object({ er: string() }),
      }),
    });
    expect(schemaDifference(ours, theirs)).toEqual({
      absent: ["spec.url"],
      unknown: ["spec.deep", "spec.list[].more"],
      changed: ["spec.list", "spec.list[].name"],
    });
  });
});

describe("an operator's settings, as its Deployment tells them", () => {
  const lease = (name: string, namespace = "projectgitops-system") => ({ namespace, name });

  test.each([
    [
      { args: ["run"] },
      { scope: undefined, leaderElect: false, lease: lease("projectgitops"), pollInterval: 5000 },
    ],
    [{ args: ["run", "--leader-elect"] }, { leaderElect: true }],
    [{ args: ["run", "--leader-elect", "false"] }, { leaderElect: false }],
    [
      { args: ["run", "--leader-elect", "--namespace", "team-b"] },
      { leaderElect: true, scope: "team-b", lease: lease("projectgitops-team-b") },
    ],
    [
      { args: ["run", "--namespace=team-b", "--poll-interval=1m"] },
      { scope: "team-b", pollInterval: 60_000 },
    ],
    [
      { args: ["run"], env: [{ name: "PROJECTGITOPS_LEASE_NAMESPACE", value: "elsewhere" }] },
      { lease: lease("projectgitops", "elsewhere") },
    ],
    [
      {
        args: ["run", "--deployer-cluster-role=edit"],
        env: [{ name: "PROJECTGITOPS_DEPLOYER_CLUSTER_ROLE", value: "view" }],
      },
      { deployerClusterRole: "edit" },
    ],
  ])("%p", (container, settings) => {
    expect(settingsOf(container)).toMatchObject(settings);
  });
});

describe("a Lease", () => {
  const NOW = Date.parse("2026-11-22T12:00:00Z");
  const lease = (holderIdentity: string, secondsAgo: number) => ({
    spec: {
      holderIdentity,
      leaseDurationSeconds: 15,
      renewTime: new Date(NOW - secondsAgo * 1000).toISOString(),
    },
  });

  test.each([
    ["held as long as it is renewed, clocks being a minute apart", lease("a", 70), "held"],
    ["free when nobody renews it any more", lease("a", 80), "free"],
    ["changing hands when it was let go a moment ago", lease("", 20), "changing hands"],
    ["free when it was let go and nobody took it", lease("", 40), "free"],
    ["free when nothing was ever written", {}, "free"],
  ])("is %s", (_, one, kind) => {
    expect(leaseState(one, NOW).kind).toBe(kind as "free");
  });
});
