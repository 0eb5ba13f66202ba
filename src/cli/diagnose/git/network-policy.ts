import { BlockList, isIP } from "node:net";
import type {
  NetworkPolicy,
  NetworkPolicyEgressRule,
  NetworkPolicyIngressRule,
  NetworkPolicyPeer,
  NetworkPolicyPort,
} from "kubernetes-types/networking/v1";
import { selects } from "../selects.ts";

export type Labels = Readonly<Record<string, string>>;

/** A Pod as policies see it. */
export interface PodParty {
  readonly kind: "pod";
  readonly namespace: string;
  readonly namespaceLabels: Labels;
  readonly labels: Labels;
  /** Named ports of its containers. */
  readonly ports: Readonly<Record<string, number>>;
}

/** Who is at the other end. */
export type Peer =
  | PodParty
  /** A host outside of the cluster; undefined where its addresses are not known. */
  | { readonly kind: "outside"; readonly addresses: readonly string[] | undefined }
  /** Whoever a rule means: for a question that is about the port alone. */
  | { readonly kind: "anyone" };

export interface PolicyPort {
  readonly port: number;
  readonly protocol: "TCP" | "UDP";
}

export interface Judgement {
  readonly verdict: "allowed" | "blocked" | "unknown";
  /** Names of the policies that isolate the Pod in this direction. */
  readonly by: readonly string[];
}

/**
 * Whether policies of the Pod's own namespace let traffic through. A Pod that none selects is open; one that is
 * selected needs a rule, and the rules of all add up. Source: Kubernetes API, NetworkPolicy. Pure.
 * @param port where the traffic arrives, at the Pod for Ingress and at the peer for Egress
 */
export function judgePolicies(
  direction: "Egress" | "Ingress",
  policies: readonly NetworkPolicy[],
  pod: PodParty,
  peer: Peer,
  port: PolicyPort,
): Judgement {
  const selecting = policies.filter(
    ({ spec }) => directionsOf(spec).includes(direction) && selects(spec?.podSelector ?? {}, pod.labels),
  );
  const by = selecting.map(({ metadata }) => metadata?.name ?? "");
  if (selecting.length === 0) return { verdict: "allowed", by };
  const receiver = direction === "Ingress" ? pod : peer;
  const answers = selecting.flatMap(({ spec }) =>
    rulesOf(direction, spec).map(({ peers, ports }) =>
      both(portAllowed(ports, port, receiver), peerAllowed(peers, peer, pod.namespace)),
    ),
  );
  if (answers.includes(true)) return { verdict: "allowed", by };
  return { verdict: answers.includes("unknown") ? "unknown" : "blocked", by };
}

type Answer = boolean | "unknown";

const both = (a: Answer, b: Answer): Answer => (a === false || b === false ? false : a === true ? b : a);
const anyOf = (answers: readonly Answer[]): Answer =>
  answers.includes(true) ? true : answers.includes("unknown") ? "unknown" : false;

/** Without policyTypes: Ingress always, and Egress where there is a rule for it. */
const directionsOf = (spec: NetworkPolicy["spec"]): readonly string[] =>
  spec?.policyTypes ?? ["Ingress", ...(spec?.egress?.length ? ["Egress"] : [])];

function rulesOf(
  direction: "Egress" | "Ingress",
  spec: NetworkPolicy["spec"],
): { peers: NetworkPolicyPeer[] | undefined; ports: NetworkPolicyPort[] | undefined }[] {
  const out = (rule: NetworkPolicyEgressRule) => ({ peers: rule.to, ports: rule.ports });
  const into = (rule: NetworkPolicyIngressRule) => ({ peers: rule.from, ports: rule.ports });
  return direction === "Egress" ? (spec?.egress ?? []).map(out) : (spec?.ingress ?? []).map(into);
}

/** No list, or an empty one, means all ports. */
function portAllowed(rules: NetworkPolicyPort[] | undefined, wanted: PolicyPort, receiver: Peer): Answer {
  if (rules === undefined || rules.length === 0) return true;
  return anyOf(
    rules.map(({ port, endPort, protocol = "TCP" }): Answer => {
      if (protocol !== wanted.protocol) return false;
      if (port === undefined) return true;
      if (typeof port === "number") return wanted.port >= port && wanted.port <= (endPort ?? port);
      // A name is one of the receiving Pod's containers' ports; what is no Pod has none.
      if (receiver.kind !== "pod") return receiver.kind === "anyone" ? "unknown" : false;
      const named = receiver.ports[port];
      return named === undefined ? "unknown" : named === wanted.port;
    }),
  );
}

/** No list, or an empty one, means everybody. */
function peerAllowed(rules: NetworkPolicyPeer[] | undefined, peer: Peer, namespace: string): Answer {
  if (rules === undefined || rules.length === 0 || peer.kind === "anyone") return true;
  return anyOf(
    rules.map((rule) =>
      peer.kind === "pod" ? isPod(rule, peer, namespace) : isOutside(rule, peer.addresses),
    ),
  );
}

/** A peer with a podSelector alone means Pods of the policy's own namespace. */
function isPod(
  { podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer,
  pod: PodParty,
  own: string,
): Answer {
  // Addresses of Pods change: what a block means for one is not known beforehand.
  if (ipBlock !== undefined) return "unknown";
  const inNamespace =
    namespaceSelector === undefined ? pod.namespace === own : selects(namespaceSelector, pod.namespaceLabels);
  return inNamespace && (podSelector === undefined || selects(podSelector, pod.labels));
}

/** Selectors never mean what is outside of the cluster. */
function isOutside({ ipBlock }: NetworkPolicyPeer, addresses: readonly string[] | undefined): Answer {
  if (ipBlock === undefined) return false;
  if (addresses === undefined || addresses.length === 0) return "unknown";
  const { cidr, except = [] } = ipBlock;
  const inside = addresses.filter(
    (address) => isInside(address, cidr) && !except.some((hole) => isInside(address, hole)),
  );
  return inside.length === addresses.length ? true : inside.length > 0 ? "unknown" : false;
}

function isInside(address: string, cidr: string): boolean {
  const [network = "", bits = ""] = cidr.split("/");
  if (isIP(address) === 0 || isIP(address) !== isIP(network)) return false;
  const family = isIP(address) === 4 ? "ipv4" : "ipv6";
  const list = new BlockList();
  list.addSubnet(network, Number(bits), family);
  return list.check(address, family);
}
