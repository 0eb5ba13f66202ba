import { describe, expect, test } from "bun:test";
import type { NetworkPolicy } from "kubernetes-types/networking/v1";
import { judgePolicies, type Peer, type PodParty } from "../../../src/cli/diagnose/git/network-policy.ts";
import { selects } from "../../../src/cli/diagnose/selects.ts";

const SOURCE: PodParty = {
  kind: "pod",
  namespace: "flux-system",
  namespaceLabels: { "kubernetes.io/metadata.name": "flux-system" },
  labels: { app: "source-controller" },
  ports: { http: 9090 },
};
const GITEA: PodParty = {
  kind: "pod",
  namespace: "git",
  namespaceLabels: { "kubernetes.io/metadata.name": "git", team: "platform" },
  labels: { app: "gitea" },
  ports: { ssh: 2222 },
};
const KUSTOMIZE: PodParty = { ...SOURCE, labels: { app: "kustomize-controller" }, ports: {} };
const GITHUB: Peer = { kind: "outside", addresses: ["140.82.121.3"] };
const UNRESOLVED: Peer = { kind: "outside", addresses: undefined };
const SSH = { port: 22, protocol: "TCP" } as const;

const policy = (spec: NonNullable<NetworkPolicy["spec"]>, name = "policy"): NetworkPolicy => ({
  metadata: { name },
  spec,
});
const egress = (...rules: NonNullable<NonNullable<NetworkPolicy["spec"]>["egress"]>): NetworkPolicy =>
  policy({ podSelector: {}, policyTypes: ["Egress"], egress: rules });
const out = (
  policies: NetworkPolicy[],
  peer: Peer = GITHUB,
  port: Parameters<typeof judgePolicies>[4] = SSH,
) => judgePolicies("Egress", policies, SOURCE, peer, port).verdict;

describe("the way out", () => {
  const CASES: Record<string, [NetworkPolicy[], string]> = {
    "is open without any policy": [[], "allowed"],
    "is closed by default-deny": [[egress()], "blocked"],
    "is open where a policy is about the way in only": [
      [policy({ podSelector: {}, ingress: [] })],
      "allowed",
    ],
    "is closed without policyTypes where there are egress rules": [
      [policy({ podSelector: {}, egress: [{ ports: [{ port: 443 }] }] })],
      "blocked",
    ],
    "is open where the policies select other Pods": [
      [policy({ podSelector: { matchLabels: { app: "web" } }, policyTypes: ["Egress"] })],
      "allowed",
    ],
    "is opened by an empty rule, as flux install makes it": [[egress({})], "allowed"],
    "is opened by one rule of one policy, for rules add up": [
      [egress(), egress({ ports: [{ port: 22 }] })],
      "allowed",
    ],
    "stays closed where only another port is open": [[egress({ ports: [{ port: 443 }] })], "blocked"],
    "stays closed where only another protocol is open": [
      [egress({ ports: [{ port: 22, protocol: "UDP" }] })],
      "blocked",
    ],
    "is opened by a range of ports": [[egress({ ports: [{ port: 20, endPort: 25 }] })], "allowed"],
    "stays closed beyond the range": [[egress({ ports: [{ port: 10, endPort: 21 }] })], "blocked"],
    "is opened by a protocol without a port": [[egress({ ports: [{ protocol: "TCP" }] })], "allowed"],
    "is never opened by the name of a port, for what is outside has none": [
      [egress({ ports: [{ port: "ssh" }] })],
      "blocked",
    ],
    "is opened by the block that holds the address": [
      [egress({ to: [{ ipBlock: { cidr: "140.82.112.0/20" } }] })],
      "allowed",
    ],
    "stays closed where the address is excepted": [
      [egress({ to: [{ ipBlock: { cidr: "0.0.0.0/0", except: ["140.82.112.0/20"] } }] })],
      "blocked",
    ],
    "stays closed where the block holds other addresses": [
      [egress({ to: [{ ipBlock: { cidr: "10.0.0.0/8" } }] })],
      "blocked",
    ],
    "stays closed where only Pods of the cluster are allowed": [
      [egress({ to: [{ namespaceSelector: {} }] })],
      "blocked",
    ],
    "needs the peer and the port in the same rule": [
      [
        egress(
          { ports: [{ port: 22 }], to: [{ ipBlock: { cidr: "10.0.0.0/8" } }] },
          { ports: [{ port: 443 }] },
        ),
      ],
      "blocked",
    ],
  };
  test.each(Object.entries(CASES))("to a host outside %s", (_, [policies, verdict]) => {
    expect(out(policies)).toBe(verdict as never);
  });

  test("to a host whose address is not known is not judged where a block could hold it", () => {
    expect(out([egress({ to: [{ ipBlock: { cidr: "10.0.0.0/8" } }] })], UNRESOLVED)).toBe("unknown");
    expect(out([egress({ ports: [{ port: 443 }] })], UNRESOLVED)).toBe("blocked");
  });

  test("to a host with two addresses is not judged where a block holds one of them", () => {
    const both: Peer = { kind: "outside", addresses: ["140.82.121.3", "2606:50c0::1"] };
    expect(out([egress({ to: [{ ipBlock: { cidr: "0.0.0.0/0" } }] })], both)).toBe("unknown");
  });

  test("to the name server is judged by the port, whoever the rule means", () => {
    const dns = { port: 53, protocol: "UDP" } as const;
    expect(out([egress({ to: [{ namespaceSelector: {} }], ports: [dns] })], { kind: "anyone" }, dns)).toBe(
      "allowed",
    );
    expect(out([egress({ ports: [{ port: 22 }] })], { kind: "anyone" }, dns)).toBe("blocked");
  });
});

describe("the way to a Pod", () => {
  const ssh = { port: 2222, protocol: "TCP" } as const;
  const toGitea = (
    ...to: { namespaceSelector?: object; podSelector?: object; ipBlock?: { cidr: string } }[]
  ) => out([egress({ to })], GITEA, ssh);

  test("is opened by its namespace's labels and its own, both in one peer", () => {
    expect(toGitea({ namespaceSelector: { matchLabels: { team: "platform" } } })).toBe("allowed");
    const other = { podSelector: { matchLabels: { app: "other" } } };
    expect(toGitea({ namespaceSelector: { matchLabels: { team: "platform" } }, ...other })).toBe("blocked");
  });

  test("is not opened by a podSelector alone from another namespace", () => {
    expect(toGitea({ podSelector: { matchLabels: { app: "gitea" } } })).toBe("blocked");
  });

  test("is opened by the name of its port", () => {
    expect(out([egress({ ports: [{ port: "ssh" }] })], GITEA, ssh)).toBe("allowed");
    expect(out([egress({ ports: [{ port: "ssh" }] })], GITEA, { ...ssh, port: 3000 })).toBe("blocked");
    expect(out([egress({ ports: [{ port: "git" }] })], GITEA, ssh)).toBe("unknown");
  });

  test("is not judged where a block of addresses could hold it", () => {
    expect(toGitea({ ipBlock: { cidr: "10.0.0.0/8" } })).toBe("unknown");
  });
});

describe("the way in", () => {
  const into = (spec: NonNullable<NetworkPolicy["spec"]>, from: Peer = KUSTOMIZE) =>
    judgePolicies("Ingress", [policy(spec)], SOURCE, from, { port: 9090, protocol: "TCP" });

  test("is closed by any policy of that direction without a rule for it, which is named", () => {
    expect(into({ podSelector: {}, policyTypes: ["Ingress"] })).toEqual({
      verdict: "blocked",
      by: ["policy"],
    });
    // Without policyTypes a policy is always about the way in.
    expect(into({ podSelector: {} }).verdict).toBe("blocked");
  });

  test("is opened for Pods of the same namespace, as flux install makes it", () => {
    expect(into({ podSelector: {}, ingress: [{ from: [{ podSelector: {} }] }] }).verdict).toBe("allowed");
  });

  test("is judged by the receiving Pod's ports", () => {
    const ports = (port: number | string) => ({ podSelector: {}, ingress: [{ ports: [{ port }] }] });
    expect(into(ports("http")).verdict).toBe("allowed");
    expect(into(ports(8080)).verdict).toBe("blocked");
  });
});

describe("a selector", () => {
  const labels = { app: "web", tier: "front" };
  const EXPRESSIONS: [string, object, boolean][] = [
    ["In", { key: "app", operator: "In", values: ["web", "api"] }, true],
    ["In, of an absent key", { key: "zone", operator: "In", values: ["a"] }, false],
    ["NotIn", { key: "app", operator: "NotIn", values: ["web"] }, false],
    ["NotIn, of an absent key", { key: "zone", operator: "NotIn", values: ["a"] }, true],
    ["Exists", { key: "tier", operator: "Exists" }, true],
    ["DoesNotExist", { key: "tier", operator: "DoesNotExist" }, false],
  ];
  test.each(EXPRESSIONS)("with %s", (_, expression, holds) => {
    expect(selects({ matchExpressions: [expression as never] }, labels)).toBe(holds);
  });

  test("needs all of its requirements, and an empty one means everything", () => {
    expect(selects({ matchLabels: { app: "web", tier: "back" } }, labels)).toBe(false);
    expect(selects({}, labels)).toBe(true);
  });
});
