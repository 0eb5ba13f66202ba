import type { NetworkPolicy } from "kubernetes-types/networking/v1";
import { defineResource, NAMESPACES } from "../../../kube/index.ts";
import { quoted } from "../../shell.ts";
import type { Look } from "../look.ts";
import type { FluxController } from "./flux-controllers.ts";
import type { PodParty } from "./network-policy.ts";

const NETWORK_POLICIES = defineResource<NetworkPolicy>({
  group: "networking.k8s.io",
  version: "v1",
  plural: "networkpolicies",
  kind: "NetworkPolicy",
  namespaced: true,
});

/** All policies of a namespace; none where they may not be seen: then nothing is said of them. */
export const policiesIn = async (look: Look, namespace: string): Promise<NetworkPolicy[]> =>
  (await look.list(NETWORK_POLICIES, { namespace })) ?? [];

/** A controller's Pods, with the labels of their namespace. */
export async function podOf(look: Look, controller: FluxController): Promise<PodParty> {
  const { namespace, labels, ports } = controller;
  return { kind: "pod", namespace, namespaceLabels: await labelsOf(look, namespace), labels, ports };
}

/** Every Namespace carries its name as a label, which selectors use most. */
export async function labelsOf(look: Look, namespace: string): Promise<Readonly<Record<string, string>>> {
  const seen = await look.get(NAMESPACES, { name: namespace });
  const labels = seen.state === "found" ? seen.object.metadata?.labels : undefined;
  return { "kubernetes.io/metadata.name": namespace, ...labels };
}

/** The label that is the controller's own, where it has the usual one. */
export const selectorOf = ({ name, labels }: FluxController): { matchLabels: Record<string, string> } => ({
  matchLabels: labels["app"] === name ? { app: name } : { ...labels },
});

/** One more policy, in one line: the end of a here-document would be indented where it is pasted from a terminal. */
export function applyPolicy(namespace: string, name: string, spec: NetworkPolicy["spec"]): string {
  const policy = {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name, namespace },
    spec,
  };
  return `kubectl apply -f - <<<${quoted(JSON.stringify(policy))}`;
}
