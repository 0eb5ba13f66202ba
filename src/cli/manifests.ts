import crd from "../../crds/projectgitops.dev_projectgitops.yaml" with { type: "text" };
import clusterRole from "../../deploy/cluster-role.yaml" with { type: "text" };
import deployment from "../../deploy/deployment.yaml" with { type: "text" };
import leaderElection from "../../deploy/leader-election.yaml" with { type: "text" };
import namespace from "../../deploy/namespace.yaml" with { type: "text" };
import service from "../../deploy/service.yaml" with { type: "text" };
import serviceAccount from "../../deploy/service-account.yaml" with { type: "text" };
import userRoles from "../../deploy/user-roles.yaml" with { type: "text" };

/** deploy/cluster-role.yaml: two documents. */
export { clusterRole };

/** The image that deploy/ names until someone names theirs: example.com is nobody's. */
export const PLACEHOLDER_IMAGE = "registry.example.com/projectgitops:0.1.0";

/**
 * deploy/ as one YAML stream, in the order of its kustomization; embedded when the program is compiled.
 * @param image replaces the placeholder
 */
export function installManifests(image?: string): string {
  const operator = image === undefined ? deployment : deployment.replace(PLACEHOLDER_IMAGE, image);
  return [crd, namespace, serviceAccount, clusterRole, leaderElection, userRoles, operator, service]
    .map((text) => `${text.trimEnd()}\n`)
    .join("---\n");
}
