import type { RoleBinding } from "kubernetes-types/rbac/v1";
import { deployerName } from "../../../api/names.ts";
import { ROLE_BINDINGS } from "../../../kube/index.ts";
import {
  CLUSTER_SCOPED_OBJECT,
  DEPLOYER_FORBIDDEN,
  OTHER_NAMESPACE,
  ROLE_GRANTS_TOO_MUCH,
} from "../catalogue/delivery-rights.ts";
import type { Look } from "../look.ts";
import { isAllowedNow } from "./allowed.ts";
import { deployAgain, type Failure, quoted, type Reader, troubleOf } from "./failure.ts";
import { roleFor } from "./manifest.ts";
import { mendedMeanwhile } from "./mended.ts";
import {
  grantsTooMuch,
  type MissingRight,
  missingRight,
  nameOf,
  objectIn,
  serviceAccountOf,
} from "./server-words.ts";
import type { Trouble } from "./trouble.ts";

/** The API server refused the deployer: at the cluster scope, in another namespace, or in its own. */
export const forbidden: Reader = async (failure, look) => {
  const right = missingRight(failure.message);
  if (right === undefined) return undefined;
  if (right.namespace === undefined) return clusterScoped(failure, right);
  if (right.namespace !== failure.flux.namespace) return otherNamespace(failure, right, right.namespace);
  if (await isAllowedNow(look, right)) return mendedMeanwhile(failure);
  return lacksRight(failure, right, await roleOf(look, failure));
};

/** A Role or RoleBinding in the repository that gives more than its writer has. */
export const roleGrantsTooMuch: Reader = (failure) => {
  const rights = grantsTooMuch(failure.message);
  const object = objectIn(failure.message);
  if (rights === undefined) return undefined;
  const name = object ? `${object.kind} ${object.name}` : "a role of the repository";
  return troubleOf(ROLE_GRANTS_TOO_MUCH, failure, {
    same: name,
    object: object ? nameOf(object) : failure.flux.delivery.object,
    what: (where) => `${where} is not deployed: ${name} would give rights that the deployer does not have`,
    evidence: `the API server says: attempting to grant RBAC permissions not currently held: ${rights}`,
    cause: `nobody can hand out more than he holds. Take the rights out of ${name}, or take it out of the repository and let an administrator apply it to ${failure.flux.namespace}`,
    fix: [deployAgain(failure.project)],
  });
};

function clusterScoped(failure: Failure, { resource, group }: MissingRight): Trouble {
  const object = objectIn(failure.message);
  const { project, flux } = failure;
  const isNamespace = group === "" && resource === "namespaces";
  const name = object ? nameOf(object) : resource;
  return troubleOf(CLUSTER_SCOPED_OBJECT, failure, {
    // targetNamespace renames a Namespace in the repository to each environment's.
    same: isNamespace ? resource : name,
    object: name,
    evidence: refusal(failure),
    what: (where) =>
      isNamespace
        ? `${where} is not deployed: the repository holds a Namespace, and the operator makes those`
        : `${where} is not deployed: ${name} is cluster-scoped, and the deployer's rights end at its namespace`,
    cause: isNamespace
      ? `Flux gives it the name of the environment's namespace, which the deployer may not change. Take it out of the repository; its labels and annotations belong into spec.environments[${project.spec.environments.indexOf(flux.environment)}].metadata`
      : `what belongs to the whole cluster is for the platform team: take ${name} out of the repository and let an administrator apply it, or keep it in a repository of the platform`,
    fix: [deployAgain(project)],
  });
}

function otherNamespace(failure: Failure, right: MissingRight, namespace: string): Trouble {
  const object = objectIn(failure.message);
  const { metadata, spec } = failure.project;
  const place = spec.environments.indexOf(failure.flux.environment);
  const patch = JSON.stringify([
    { op: "add", path: `/spec/environments/${place}/targetNamespace`, value: true },
  ]);
  return troubleOf(OTHER_NAMESPACE, failure, {
    same: `${right.resource} ${namespace}`,
    object: object ? nameOf(object) : failure.flux.delivery.object,
    evidence: refusal(failure),
    what: (where) =>
      `${where} is not deployed: ${object ? `${object.kind} ${object.name}` : right.resource} is for the namespace ${namespace}, which is not the environment's`,
    cause: `its manifest names ${namespace}, and targetNamespace: false lets it. The deployer has no rights there, and should not. The fix puts everything into ${failure.flux.namespace}`,
    fix: [`kubectl patch pgops ${metadata.name} -n ${metadata.namespace} --type json -p '${patch}'`],
  });
}

function lacksRight(failure: Failure, right: MissingRight, role: string | undefined): Trouble {
  const { project, flux } = failure;
  const { verb, resource, group, user } = right;
  const object = objectIn(failure.message);
  const what = group === "" ? resource : `${resource}.${group}`;
  const deployer = serviceAccountOf(user) ?? {
    namespace: flux.namespace,
    name: deployerName(project.spec.projectId),
  };
  return troubleOf(DEPLOYER_FORBIDDEN, failure, {
    same: what,
    object: object ? nameOf(object) : flux.delivery.object,
    evidence: refusal(failure),
    what: (where) => `${where} is not deployed: its deployer may not ${verb} ${what}`,
    cause: `${role ?? "the role that the deployer is bound to"} has no such rule: apiGroups ["${group}"], resources ["${resource}"]. Where the project shall have it, the fix adds it in this namespace; else take ${object ? `${object.kind} ${object.name}` : "the object"} out of the repository`,
    fix: [roleFor(deployer, right), deployAgain(project)],
  });
}

/** The API server's own sentence, without what Flux puts before it. */
const refusal = ({ message }: Failure): string =>
  `the API server says: ${quoted(message.slice(message.indexOf('User "')))}`;

/** Where it may be read: `ClusterRole admin`. */
async function roleOf(look: Look, { project, flux }: Failure): Promise<string | undefined> {
  const ref = { namespace: flux.namespace, name: deployerName(project.spec.projectId) };
  const seen = await look.get<RoleBinding>(ROLE_BINDINGS, ref);
  return seen.state === "found" ? `${seen.object.roleRef.kind} ${seen.object.roleRef.name}` : undefined;
}
