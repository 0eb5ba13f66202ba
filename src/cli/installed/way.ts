import type { ObjectMeta } from "../../kube/index.ts";

/** Who installed an object, as its marks tell. What Helm or Flux has installed, they put back or remove again. */
export type Way =
  | { readonly kind: "helm"; readonly release: string; readonly namespace: string }
  | {
      readonly kind: "flux";
      readonly object: "Kustomization" | "HelmRelease";
      readonly name: string;
      readonly namespace: string;
    }
  | { readonly kind: "kubectl" };

/** A HelmRelease of Flux is a release of Helm too: Flux goes first, it holds the other. Pure. */
export function wayOf({ metadata }: { metadata?: ObjectMeta | undefined }): Way {
  const { labels = {}, annotations = {} } = metadata ?? {};
  for (const { object, prefix } of FLUX) {
    const name = labels[`${prefix}/name`];
    if (name !== undefined)
      return { kind: "flux", object, name, namespace: labels[`${prefix}/namespace`] ?? "flux-system" };
  }
  const release = annotations["meta.helm.sh/release-name"];
  if (release === undefined) return { kind: "kubectl" };
  return { kind: "helm", release, namespace: annotations["meta.helm.sh/release-namespace"] ?? "default" };
}

const FLUX = [
  { object: "Kustomization", prefix: "kustomize.toolkit.fluxcd.io" },
  { object: "HelmRelease", prefix: "helm.toolkit.fluxcd.io" },
] as const;

/** `by Helm, as release projectgitops in namespace projectgitops-system`. */
export function wayText(way: Way): string {
  switch (way.kind) {
    case "helm":
      return `by Helm, as release ${way.release} in namespace ${way.namespace}`;
    case "flux":
      return `by Flux, with ${way.object} ${way.namespace}/${way.name}`;
    default:
      return "by kubectl";
  }
}

/** What puts another version or image there in the same way. */
export function upgradeCommand(way: Exclude<Way, { kind: "kubectl" }>): string {
  if (way.kind === "helm")
    return `helm upgrade ${way.release} deploy/chart -n ${way.namespace} --reuse-values --set image.repository=IMAGE,image.tag=TAG`;
  return `change it in git, then: flux reconcile ${way.object.toLowerCase()} ${way.name} -n ${way.namespace} --with-source`;
}

/** What removes it in the same way. */
export function removeCommand(way: Exclude<Way, { kind: "kubectl" }>): string {
  if (way.kind === "helm") return `helm uninstall ${way.release} -n ${way.namespace}`;
  return `take it out of git, or: flux delete ${way.object.toLowerCase()} ${way.name} -n ${way.namespace}`;
}
