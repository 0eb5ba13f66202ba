import { describe, expect, test } from "bun:test";
import { missingLockDown } from "../../../src/cli/check/flux.ts";
import { missingRights } from "../../../src/cli/check/operator.ts";

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
  const needed = [
    { apiGroups: [""], resources: ["secrets"], verbs: ["get", "delete"] },
    { apiGroups: ["x.dev"], resources: ["roles"], resourceNames: ["admin"], verbs: ["bind"] },
  ];

  test("suffice when each is named somewhere, also split, by wildcard, or for all names", () => {
    const held = [
      { apiGroups: [""], resources: ["*"], verbs: ["get"] },
      { apiGroups: [""], resources: ["secrets"], verbs: ["delete"] },
      { apiGroups: ["x.dev"], resources: ["roles"], verbs: ["bind"] },
    ];
    expect(missingRights(needed, held)).toEqual([]);
  });

  test("do not suffice when a verb is missing, or holds for other names only", () => {
    const held = [
      { apiGroups: [""], resources: ["secrets"], verbs: ["get"] },
      { apiGroups: ["x.dev"], resources: ["roles"], resourceNames: ["edit"], verbs: ["bind"] },
    ];
    expect(missingRights(needed, held)).toEqual(["delete secrets", "bind roles.x.dev"]);
  });
});
