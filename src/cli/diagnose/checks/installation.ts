import type { ClusterCheck, ProjectCheck } from "../check.ts";
import { operatorConfined } from "../installation/confinement.ts";
import { fluxControllers, helmInstalled } from "../installation/flux-controllers.ts";
import { fluxCrds } from "../installation/flux-crds.ts";
import { fluxStandsStill } from "../installation/flux-still.ts";
import { type InstallationLook, isFound } from "../installation/judged.ts";
import { operatorRuns } from "../installation/operator.ts";
import { ourCrd } from "../installation/our-crd.ts";
import { operatorPermissions } from "../installation/permissions.ts";
import { twoInstallations } from "../installation/two.ts";
import { projectUnanswered } from "../installation/unanswered.ts";

/** What `check` and `diagnose` look at alike; `check` tells them in this order, with what is as it should be. */
export const INSTALLATION_LOOKS: readonly InstallationLook[] = [
  ourCrd,
  fluxCrds,
  operatorRuns,
  twoInstallations,
  operatorPermissions,
  operatorConfined,
  fluxControllers,
];

/** In the order in which they are written down; they run side by side. */
export const INSTALLATION_CHECKS: readonly ClusterCheck[] = INSTALLATION_LOOKS.map(
  (looks) => async (look) => (await looks(look)).filter(isFound),
);

/** What one project tells of the controllers that should work on it. */
export const INSTALLATION_PROJECT_CHECKS: readonly ProjectCheck[] = [
  projectUnanswered,
  helmInstalled,
  fluxStandsStill,
];
