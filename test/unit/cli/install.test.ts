import { describe, expect, test } from "bun:test";
import type { Deployment, DeploymentStatus } from "kubernetes-types/apps/v1";
import { judgeInstallations } from "../../../src/cli/diagnose/installation/two.ts";
import { operatorOf } from "../../../src/cli/diagnose/reads/operators.ts";
import { rolloutOf } from "../../../src/cli/install/available.ts";
import { installObjects } from "../../../src/cli/installed/objects.ts";
import { removeCommand, wayOf } from "../../../src/cli/installed/way.ts";

describe("the order of an installation", () => {
  const kinds = installObjects().map(({ resource }) => resource.kind);
  const last = (kind: string) => kinds.lastIndexOf(kind);

  test("begins with the CRD and the namespace, and ends with what acts", () => {
    expect(kinds.slice(0, 2)).toEqual(["CustomResourceDefinition", "Namespace"]);
    expect(kinds.at(-1)).toBe("Deployment");
  });

  test("confines the operator before it has a right", () => {
    expect(last("ValidatingAdmissionPolicyBinding")).toBeLessThan(kinds.indexOf("ClusterRole"));
    expect(last("ValidatingAdmissionPolicy")).toBeLessThan(kinds.indexOf("ValidatingAdmissionPolicyBinding"));
  });

  test("labels every object as ours: an uninstallation removes nothing else", () => {
    const labels = installObjects().map(
      ({ manifest }) => manifest.metadata.labels?.["app.kubernetes.io/name"],
    );
    expect(new Set(labels)).toEqual(new Set(["projectgitops"]));
  });
});

describe("a rollout", () => {
  const rollout = (status: DeploymentStatus, replicas = 2) =>
    rolloutOf({ metadata: { generation: 3 }, spec: { replicas }, status } as Deployment);
  const whole = { replicas: 2, updatedReplicas: 2, availableReplicas: 2, observedGeneration: 3 };

  test("is over when all replicas are of this generation and available, and none of another is left", () => {
    expect(rollout(whole)).toEqual({ answer: true });
    expect(rollout({ ...whole, replicas: 3 })).toMatchObject({ waitingFor: "2 of 2 available" });
    expect(rollout({ ...whole, availableReplicas: 1 })).toMatchObject({ waitingFor: "1 of 2 available" });
  });

  test("that the controller has not seen is not judged by the one before", () => {
    expect(rollout({ ...whole, observedGeneration: 2 })).toEqual({
      waitingFor: "the Deployment's controller to see it",
    });
  });

  test("says why its Pods are refused, and is given up when Kubernetes gives it up", () => {
    const refused = { type: "ReplicaFailure", status: "True", message: "exceeded quota" };
    expect(rollout({ ...whole, availableReplicas: 0, conditions: [refused] })).toEqual({
      waitingFor: "0 of 2 available: exceeded quota",
    });
    const late = {
      type: "Progressing",
      status: "False",
      reason: "ProgressDeadlineExceeded",
      message: "timed out",
    };
    expect(rollout({ ...whole, availableReplicas: 0, conditions: [late] })).toEqual({ stuck: "timed out" });
  });
});

describe("who installed it", () => {
  test("a HelmRelease of Flux is Flux's, though Helm has left its marks too", () => {
    const marks = {
      labels: { "helm.toolkit.fluxcd.io/name": "pgops", "helm.toolkit.fluxcd.io/namespace": "infra" },
      annotations: { "meta.helm.sh/release-name": "pgops", "meta.helm.sh/release-namespace": "infra" },
    };
    const way = wayOf({ metadata: marks });
    expect(way).toEqual({ kind: "flux", object: "HelmRelease", name: "pgops", namespace: "infra" });
    expect(way.kind === "flux" && removeCommand(way)).toEndWith("flux delete helmrelease pgops -n infra");
  });

  test("without marks it was somebody with kubectl, or with this program", () => {
    expect(wayOf({ metadata: { labels: { "app.kubernetes.io/managed-by": "kustomize" } } })).toEqual({
      kind: "kubectl",
    });
  });
});

describe("operators of several namespaces", () => {
  const operator = (namespace: string, args: string[], replicas = 1) =>
    operatorOf({
      metadata: { namespace, name: "projectgitops" },
      spec: { replicas, template: { spec: { containers: [{ args: ["run", ...args] }] } } },
    } as Deployment);
  const found = (...operators: ReturnType<typeof operator>[]) =>
    judgeInstallations(operators).map((one) => ("kind" in one ? one.kind.id : one.id));

  test("meet where one looks at all namespaces, or two at one", () => {
    expect(found(operator("a", []), operator("b", ["--namespace=b"]))).toEqual(["TwoInstallations"]);
    expect(found(operator("a", ["--namespace=x"]), operator("b", ["--namespace", "x"]))).toEqual([
      "TwoInstallations",
    ]);
  });

  test("do not meet where each has its own, and one that is switched off meets nobody", () => {
    expect(found(operator("a", ["--namespace=a"]), operator("b", ["--namespace=b"]))).toEqual([
      "OperatorsApart",
    ]);
    expect(found(operator("a", []), operator("b", [], 0))).toEqual([]);
  });

  test("the one in the namespace of deploy/ is kept, whichever came first", () => {
    const [told] = judgeInstallations([operator("a", []), operator("projectgitops-system", [])]);
    expect(told?.object).toBe("Deployment a/projectgitops");
  });
});
