import { describe, expect, test } from "bun:test";
import { brokenYamlIn, missingFileIn } from "../../../src/cli/diagnose/delivery/build.ts";
import { quoted } from "../../../src/cli/diagnose/delivery/failure.ts";
import { waitedFor } from "../../../src/cli/diagnose/delivery/health.ts";
import { missingRight, objectIn } from "../../../src/cli/diagnose/delivery/server-words.ts";

/** Messages of kustomize-controller 1.9.5 as measured, after the operator has taken the temporary paths out. */

const PATH = "./k8s/overlays/development";

describe("a file that kustomize cannot read is named from the root of the repository", () => {
  const CASES: readonly [string, string, { file: string; line?: number }][] = [
    [
      "in a folder without a kustomization.yaml",
      "failed to decode Kubernetes YAML from ./k8s/overlays/development/app.yaml: MalformedYAMLError: yaml: line 4: did not find expected key",
      { file: "k8s/overlays/development/app.yaml", line: 4 },
    ],
    [
      "named by the environment's kustomization.yaml",
      "kustomize build failed: accumulating resources: accumulating resources from 'app.yaml': MalformedYAMLError: yaml: line 4: found character that cannot start any token in File: app.yaml",
      { file: "k8s/overlays/development/app.yaml", line: 4 },
    ],
    [
      "named by a base",
      "kustomize build failed: accumulating resources: accumulation err='accumulating resources from '../../base': read ./k8s/base: is a directory': recursed accumulation of path './k8s/base': accumulating resources: accumulating resources from 'x.yaml': MalformedYAMLError: yaml: line 1: did not find expected '-' indicator in File: x.yaml",
      { file: "k8s/base/x.yaml", line: 1 },
    ],
    [
      "the kustomization.yaml itself",
      "error converting YAML to JSON: yaml: line 1: did not find expected ',' or ']'",
      { file: "k8s/overlays/development/kustomization.yaml", line: 1 },
    ],
  ];
  for (const [name, message, broken] of CASES) {
    test(name, () => expect(brokenYamlIn(message, PATH)).toMatchObject(broken));
  }

  test("and nothing is named where YAML is not the trouble", () => {
    const message =
      "kustomize build failed: accumulating resources: accumulation err='accumulating resources from 'app.yaml': missing Resource metadata': must build at directory: './k8s/overlays/development/app.yaml': file is not directory";
    expect(brokenYamlIn(message, PATH)).toBeUndefined();
    expect(missingFileIn(message)).toBeUndefined();
  });

  test("a folder that is missing is named like a file", () => {
    const message =
      "kustomize build failed: accumulating resources: accumulation err='accumulating resources from '../../base': open ./k8s/base: no such file or directory': must build at directory: not a valid directory: evalsymlink failure on './k8s/base' : lstat ./k8s/base: no such file or directory";
    expect(missingFileIn(message)).toBe("k8s/base");
  });
});

test("what the API server refuses is read with its namespace, and a Namespace counts as cluster-scoped", () => {
  const user = "system:serviceaccount:project-shop-staging:shop-deployer";
  const words = (resource: string) =>
    `X/project-shop-staging/x dry-run failed (Forbidden): ${resource} "x" is forbidden: User "${user}" cannot patch resource "${resource}" in API group "" in the namespace "project-shop-staging"\n`;
  const right = { user, verb: "patch", resource: "configmaps", group: "", namespace: "project-shop-staging" };
  expect(missingRight(words("configmaps"))).toEqual(right);
  expect(missingRight(words("namespaces"))).toMatchObject({ namespace: undefined });
  expect(objectIn(words("configmaps"))).toEqual({ kind: "X", namespace: "project-shop-staging", name: "x" });
});

test("what Flux waited for is read with its status, of namespaced objects and of others", () => {
  const message =
    "health check failed after 30.2s: timeout waiting for: [Deployment/project-shop-staging/web status: 'InProgress', Widget/one status: 'NotFound']";
  expect(waitedFor(message)).toEqual([
    { kind: "Deployment", namespace: "project-shop-staging", name: "web", status: "InProgress" },
    { kind: "Widget", namespace: "", name: "one", status: "NotFound" },
  ]);
});

test("a quoted message is one line, and does not repeat what a manifest holds", () => {
  const typed = ".stringData.pin: expected string, got &value.valueUnstructured{Value:\n271828}\n";
  expect(quoted(typed)).toBe(".stringData.pin: expected string, got &value.valueUnstructured…");
  const whole =
    "failed to decode Kubernetes apiVersion, kind and name from: apiVersion: v1\nkind: Secret\nstringData:\n  password: hunter2\n";
  expect(quoted(whole)).not.toContain("hunter2");
});
