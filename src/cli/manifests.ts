import crd from "../../crds/projectgitops.dev_projectgitops.yaml" with { type: "text" };
import clusterRole from "../../deploy/cluster-role.yaml" with { type: "text" };
import deployment from "../../deploy/deployment.yaml" with { type: "text" };
import leaderElection from "../../deploy/leader-election.yaml" with { type: "text" };
import namespace from "../../deploy/namespace.yaml" with { type: "text" };
import service from "../../deploy/service.yaml" with { type: "text" };
import serviceAccount from "../../deploy/service-account.yaml" with { type: "text" };
import userRoles from "../../deploy/user-roles.yaml" with { type: "text" };
import { CONFINEMENT } from "./confinement.ts";

/** What the operator may do, each a role and its binding: in the cluster, and with the Leases of its namespace. */
export { clusterRole, leaderElection };

/** A part of deploy/ that can be put right alone: the rest, which may have been adapted, stays as it is. */
export const PARTS = {
  crd: [crd],
  permissions: [namespace, serviceAccount, clusterRole, leaderElection, ...CONFINEMENT],
} as const;
export type Part = keyof typeof PARTS;

/** The image that deploy/ names until someone names theirs: example.com is nobody's. */
export const PLACEHOLDER_IMAGE = "registry.example.com/projectgitops:0.1.0";

/**
 * deploy/ as one YAML stream, in the order of its kustomization; embedded when the program is compiled.
 * @param image replaces the placeholder
 */
export function installManifests(image?: string): string {
  const operator = image === undefined ? deployment : deployment.replace(PLACEHOLDER_IMAGE, image);
  return stream([
    crd,
    namespace,
    serviceAccount,
    clusterRole,
    leaderElection,
    ...CONFINEMENT,
    userRoles,
    operator,
    service,
  ]);
}

/** One part of it as a YAML stream. */
export const partManifests = (part: Part): string => stream(PARTS[part]);

const stream = (texts: readonly string[]): string => texts.map((text) => `${text.trimEnd()}\n`).join("---\n");
