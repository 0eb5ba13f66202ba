import { parseGitUrl } from "../api/git-url.ts";
import { INGRESS_LEVELS, type IngressLevel, type NetworkPolicyLevels } from "../api/guardrails.ts";
import { LABELS, networkPolicyName } from "../api/names.ts";
import type { Manifest } from "./desired.ts";
import { canonicalJson } from "./hash.ts";
import { managedMetadata } from "./metadata.ts";
import type { Scope } from "./scope.ts";

/**
 * Who may speak with the Pods of an environment. The label that tells projects apart stands on the Namespace, which
 * no tenant can write; a namespace that carries none, such as an ingress controller's, is no project's.
 */
export function networkPolicy(scope: Scope, { ingress, egress }: NetworkPolicyLevels): Manifest {
  const { projectId } = scope.project.spec;
  const from = peersOf(ingress ?? "Allowed", projectId);
  const isOpen = egress !== "DNSAndGit";
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: managedMetadata(scope, networkPolicyName(projectId)),
    spec: {
      podSelector: {},
      policyTypes: [...(from ? ["Ingress"] : []), ...(isOpen ? [] : ["Egress"])],
      ...(from ? { ingress: [{ from }] } : {}),
      ...(isOpen ? {} : { egress: dnsAndGit(scope) }),
    },
  };
}

/** The levels that a NetworkPolicy of ours stands for, from its spec as the API server keeps it. */
export function levelsOf(spec: unknown, projectId: string): NetworkPolicyLevels {
  const { policyTypes = [], ingress } = (spec ?? {}) as { policyTypes?: string[]; ingress?: unknown };
  const isAt = (level: IngressLevel) =>
    canonicalJson(ingress) === canonicalJson([{ from: peersOf(level, projectId) }]);
  const closed = policyTypes.includes("Ingress") ? INGRESS_LEVELS.find(isAt) : undefined;
  return { ingress: closed ?? "Allowed", egress: policyTypes.includes("Egress") ? "DNSAndGit" : "Allowed" };
}

/** @returns undefined where everyone may */
function peersOf(level: IngressLevel, projectId: string): object[] | undefined {
  switch (level) {
    case "Allowed":
      return undefined;
    case "OtherProjectsDenied":
      return [
        { namespaceSelector: { matchLabels: { [LABELS.project]: projectId } } },
        { namespaceSelector: { matchExpressions: [{ key: LABELS.project, operator: "DoesNotExist" }] } },
      ];
    case "OtherNamespacesDenied":
      return [{ podSelector: {} }];
  }
}

function dnsAndGit({ project, inputs }: Scope): object[] {
  const own = { namespaceSelector: { matchLabels: { [LABELS.project]: project.spec.projectId } } };
  return [
    { ports: [port(53, "UDP"), port(53)] },
    { ports: [...new Set([22, 443, gitPort(inputs.gitUrl)])].map((number) => port(number)) },
    { to: [own] },
  ];
}

/** The protocol is said, or the API server would add it and the object would differ from what is wanted. */
const port = (number: number, protocol: "TCP" | "UDP" = "TCP") => ({ protocol, port: number });

function gitPort(text: string): number {
  const url = parseGitUrl(text);
  return url.kind === "ok" ? url.port : 443;
}
