import { ANNOTATIONS } from "../../api/names.ts";
import type { ObjectId } from "../../plan/index.ts";
import { type Kustomization, keyOf } from "./flux-objects.ts";
import type { Found } from "./read.ts";

/**
 * The merge patch that retires a Kustomization: suspended it applies nothing and goes without pruning; prune: false
 * and deletionPolicy Orphan (Flux 2.5 and later) hold where somebody resumes it. What it said before is remembered,
 * so that an import that was interrupted reads the same again. Pure.
 */
export function retirementOf({ namespace, name }: ObjectId, { kustomizations }: Found): object {
  const live = kustomizations.find((one) => keyOf(one) === `${namespace}/${name}`);
  const known = live && rememberedIn(live);
  const { prune = false, suspend = false } = live?.spec ?? {};
  const annotations = { [ANNOTATIONS.retired]: JSON.stringify(known ?? { prune, suspend }) };
  return { metadata: { annotations }, spec: { suspend: true, prune: false, deletionPolicy: "Orphan" } };
}

/** A Kustomization as it was before an import retired it. Pure. */
export function beforeRetirement(kustomization: Kustomization): Kustomization {
  const known = rememberedIn(kustomization);
  if (known === undefined) return kustomization;
  const { deletionPolicy: _, ...spec } = kustomization.spec;
  return { ...kustomization, spec: { ...spec, ...known } as Kustomization["spec"] };
}

function rememberedIn({ metadata }: Kustomization): { prune: boolean; suspend: boolean } | undefined {
  try {
    const { prune, suspend } = JSON.parse(metadata?.annotations?.[ANNOTATIONS.retired] ?? "") as Record<
      string,
      unknown
    >;
    return { prune: prune === true, suspend: suspend === true };
  } catch {
    return undefined; // never retired
  }
}
