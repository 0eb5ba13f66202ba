import type { ProjectCheck } from "../check.ts";
import { egressBlocked } from "../git/egress.ts";
import { fluxTrafficBlocked } from "../git/flux-traffic.ts";
import { gitRepositoryMissing } from "../git/missing.ts";
import { pathNotFound } from "../git/path.ts";
import { sourceTroubles } from "../git/source-troubles.ts";
import { gitUrlRefused } from "../git/url.ts";

/** In the order in which they are written down; they run side by side. */
export const GIT_CHECKS: readonly ProjectCheck[] = [
  gitUrlRefused,
  gitRepositoryMissing,
  egressBlocked,
  sourceTroubles,
  fluxTrafficBlocked,
  pathNotFound,
];
