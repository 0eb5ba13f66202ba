import type { FindingKind } from "../finding-kind.ts";
import { INSTALLATION_CONFINEMENT } from "./installation-confinement.ts";
import { INSTALLATION_CRD } from "./installation-crd.ts";
import { INSTALLATION_FLUX } from "./installation-flux.ts";
import { INSTALLATION_OPERATOR } from "./installation-operator.ts";

/** A diagnosis that could not look everywhere says so: silence would be taken for health. */
export const NOT_PERMITTED: FindingKind = {
  id: "NotPermitted",
  area: "installation",
  severity: "warning",
  title: "You may not look everywhere, so something may be hidden",
  means:
    "The API server refused some of the reads that `diagnose` makes with your own rights. What it could not read it did not judge.",
  shows: "`kubectl auth can-i --list`: the rights of your kubeconfig.",
  fix: "Ask an administrator for the right that is named, or let somebody who has it run `diagnose`. The ClusterRole `projectgitops-view` holds what most findings need; Secrets and the objects of the installation need more.",
  lookAlike:
    "`Forbidden` as the reason of a project: there the operator, or Flux's deployer, lacks a right, and not you.",
};

export const INSTALLATION: readonly FindingKind[] = [
  ...INSTALLATION_CRD,
  ...INSTALLATION_OPERATOR,
  ...INSTALLATION_CONFINEMENT,
  ...INSTALLATION_FLUX,
  NOT_PERMITTED,
];
