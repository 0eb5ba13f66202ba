import { type KindFacts, MANAGED_KINDS } from "../../../plan/index.ts";
import { FLUX_CRD_MISSING, FLUX_CRD_OLD } from "../catalogue/installation-flux.ts";
import { found } from "../finding-kind.ts";
import type { Look } from "../look.ts";
import { isServed, servedVersions } from "../reads/served.ts";
import { INSTALL_FLUX } from "./install-fixes.ts";
import { fine, type Judgement } from "./judged.ts";

/** What every project needs of Flux; HelmRelease is for those that ask for it. */
const NEEDED = [MANAGED_KINDS.GitRepository, MANAGED_KINDS.Kustomization] as const;

/** Whether the API server serves Flux's kinds in the versions that the operator writes. */
export const fluxCrds = (look: Look): Promise<Judgement[]> =>
  Promise.all(NEEDED.map((kind) => fluxCrd(look, kind)));

/** The same of one kind. */
export async function fluxCrd(look: Look, { group, version, plural }: KindFacts): Promise<Judgement> {
  const object = `CRD ${plural}.${group}`;
  if (await isServed(look, group, version, plural)) return fine("CrdServed", object, `served in ${version}`);
  const others = await servedVersions(look, group, plural);
  const old = others.length > 0;
  return found(old ? FLUX_CRD_OLD : FLUX_CRD_MISSING, {
    object,
    what: old
      ? `Flux is too old: ${plural} are served in ${others.join(", ")} only, and not in ${version}`
      : `Flux's kind ${plural}.${group} is not installed in this cluster`,
    evidence: `the API server does not serve ${plural} in ${group}/${version}`,
    fix: INSTALL_FLUX,
  });
}
