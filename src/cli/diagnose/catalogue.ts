import { CREDENTIAL } from "./catalogue/credential.ts";
import { DELIVERY } from "./catalogue/delivery.ts";
import { GIT } from "./catalogue/git.ts";
import { INSTALLATION } from "./catalogue/installation.ts";
import { SET_UP } from "./catalogue/set-up.ts";
import type { FindingKind } from "./finding-kind.ts";

/**
 * Every finding that `diagnose` knows, in the order of the way from the cluster to what runs. Of two equally bad
 * findings the one that stands earlier here is told first.
 */
export const CATALOGUE: readonly FindingKind[] = [
  ...INSTALLATION,
  ...SET_UP,
  ...CREDENTIAL,
  ...GIT,
  ...DELIVERY,
];
