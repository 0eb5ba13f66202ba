import deliveries from "../../deploy/confinement/deliveries.yaml" with { type: "text" };
import deployers from "../../deploy/confinement/deployers.yaml" with { type: "text" };
import namespaces from "../../deploy/confinement/namespaces.yaml" with { type: "text" };
import objects from "../../deploy/confinement/objects.yaml" with { type: "text" };
import projects from "../../deploy/confinement/projects.yaml" with { type: "text" };
import secrets from "../../deploy/confinement/secrets.yaml" with { type: "text" };

/**
 * The ValidatingAdmissionPolicies that confine the operator's own token to what the operator has to write
 * (docs/security.md), each a YAML text with its binding; embedded when the program is compiled.
 */
export const CONFINEMENT: readonly string[] = [namespaces, objects, secrets, deployers, deliveries, projects];
