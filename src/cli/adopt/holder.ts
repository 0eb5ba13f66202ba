import { ANNOTATIONS, FIELD_MANAGER, LABELS, MANAGED_BY } from "../../api/names.ts";
import type { ObjectMeta } from "../../kube/index.ts";

/** Who keeps an object as it is, by the marks that tools leave. */
export interface Holder {
  tool: "ProjectGitOps" | "Flux" | "Helm" | "Argo CD" | "other";
  /** As people name it: `Flux Kustomization flux-system/apps`. */
  text: string;
}

/** The holder that an object's own marks name; undefined where no tool left any. Pure. */
export function holderOf({ labels = {}, annotations = {} }: ObjectMeta): Holder | undefined {
  const owner = annotations[ANNOTATIONS.owner];
  if (annotations[ANNOTATIONS.ownerUid] !== undefined) {
    return { tool: "ProjectGitOps", text: `ProjectGitOps ${owner ?? "(no name)"}` };
  }
  for (const [kind, prefix] of FLUX) {
    const name = labels[`${prefix}/name`];
    if (name !== undefined) {
      return { tool: "Flux", text: `Flux ${kind} ${labels[`${prefix}/namespace`] ?? ""}/${name}` };
    }
  }
  const release = annotations["meta.helm.sh/release-name"];
  if (release !== undefined) {
    const namespace = annotations["meta.helm.sh/release-namespace"] ?? "";
    return { tool: "Helm", text: `Helm release ${namespace}/${release}` };
  }
  const argo =
    labels["argocd.argoproj.io/instance"] ?? annotations["argocd.argoproj.io/tracking-id"]?.split(":")[0];
  if (argo !== undefined) return { tool: "Argo CD", text: `Argo CD application ${argo}` };
  const other = labels[LABELS.managedBy];
  // Its own mark without an owner is a leftover.
  return other === undefined || other === MANAGED_BY ? undefined : { tool: "other", text: other };
}

/**
 * What makes a tool leave an object alone that it has made: else it writes it again and again, or removes it with
 * its own source. As arguments of kubectl annotate; undefined where nobody knows one.
 */
export const letGoBy = (tool: Holder["tool"]): string | undefined => LET_GO[tool];

const LET_GO: Partial<Record<Holder["tool"], string>> = {
  Flux: "kustomize.toolkit.fluxcd.io/prune=disabled kustomize.toolkit.fluxcd.io/reconcile=disabled",
  Helm: "helm.sh/resource-policy=keep",
  "Argo CD": "argocd.argoproj.io/sync-options=Prune=false",
};

const FLUX = [
  ["Kustomization", "kustomize.toolkit.fluxcd.io"],
  ["HelmRelease", "helm.toolkit.fluxcd.io"],
] as const;

/** Who wrote an object, by its field managers; for what no tool holds. */
export function writersOf({ managedFields = [] }: ObjectMeta): string {
  const names = [...new Set(managedFields.map(({ manager }) => manager))].filter(
    (name) => name !== undefined && name !== FIELD_MANAGER,
  );
  return names.length === 0 ? "somebody" : names.join(", ");
}
