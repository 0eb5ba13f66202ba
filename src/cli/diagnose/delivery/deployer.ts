import type { RoleBinding } from "kubernetes-types/rbac/v1";
import { deployerName } from "../../../api/names.ts";
import type { ProjectGitOps } from "../../../api/schema.ts";
import { CLUSTER_ROLES, ROLE_BINDINGS, ROLES, SERVICE_ACCOUNTS } from "../../../kube/index.ts";
import { DEPLOYER_MISSING, DEPLOYER_NOT_BOUND, DEPLOYER_ROLE_MISSING } from "../catalogue/delivery-rights.ts";
import type { Look, Seen } from "../look.ts";
import type { FluxEnvironment } from "../reads/flux-objects.ts";
import { deployAgain, putRight } from "./failure.ts";
import { roleLikeAdmin } from "./manifest.ts";
import type { Trouble } from "./trouble.ts";

/** What Flux deploys with: nobody says so when a part of it is gone, and pruning fails silently (FLUX-FACTS, trap 5). */
export async function deployer(
  look: Look,
  project: ProjectGitOps,
  flux: FluxEnvironment,
): Promise<Trouble[]> {
  // The three are made before the Flux objects: without these they are only not there yet.
  if (flux.delivery.state === "missing") return [];
  const ref = { namespace: flux.namespace, name: deployerName(project.spec.projectId) };
  const [account, binding] = await Promise.all([
    look.get(SERVICE_ACCOUNTS, ref),
    look.get<RoleBinding>(ROLE_BINDINGS, ref),
  ]);
  // Cluster-wide reads are not everybody's: while Flux deploys, the role is there.
  const works = flux.delivery.health?.ready === "True";
  const role = binding.state === "found" && !works ? await readRole(look, binding.object) : undefined;
  return judgeDeployer(project, flux, { account, binding, role });
}

interface DeployerObjects {
  readonly account: Seen<unknown>;
  readonly binding: Seen<RoleBinding>;
  /** Undefined where nothing names one, and where it need not be looked at. */
  readonly role: Seen<unknown> | undefined;
}

/** Pure. */
export function judgeDeployer(
  project: ProjectGitOps,
  { environment, namespace }: FluxEnvironment,
  { account, binding, role }: DeployerObjects,
): Trouble[] {
  const name = deployerName(project.spec.projectId);
  const about = { environment: environment.name, same: "", fix: [putRight(project)] };
  const troubles: Trouble[] = [];
  if (account.state === "missing") {
    troubles.push({
      ...about,
      kind: DEPLOYER_MISSING,
      object: `ServiceAccount ${namespace}/${name}`,
      what: (where) => `the ServiceAccount that ${where} is deployed with is missing`,
      evidence: `serviceaccounts "${name}" not found in ${namespace}`,
      cause:
        "somebody has deleted it. Flux goes on deploying under its name, but does not prune any more, and says nothing: what leaves the repository, or is deleted with the project, stays in the cluster",
    });
  }
  if (binding.state === "missing" || (binding.state === "found" && !binds(binding.object, namespace, name))) {
    const missing = binding.state === "missing";
    troubles.push({
      ...about,
      kind: DEPLOYER_NOT_BOUND,
      object: `RoleBinding ${namespace}/${name}`,
      what: (where) =>
        `the deployer of ${where} has no rights: its RoleBinding ${missing ? "is missing" : "does not name it"}`,
      evidence: missing
        ? `rolebindings.rbac.authorization.k8s.io "${name}" not found in ${namespace}`
        : `its subjects are ${subjectsOf(binding.object)}, and not ServiceAccount ${namespace}/${name}`,
      cause: "somebody has changed or deleted it. Flux can neither deploy nor prune without it",
    });
  }
  if (role?.state === "missing" && binding.state === "found") {
    const { kind, name: roleName } = binding.object.roleRef;
    troubles.push({
      ...about,
      kind: DEPLOYER_ROLE_MISSING,
      same: roleName,
      object: `${kind} ${roleName}`,
      what: (where) => `the deployer of ${where} has no rights: ${kind} ${roleName} does not exist`,
      evidence: `RoleBinding ${namespace}/${name} refers to ${kind} ${roleName}, which is not found`,
      cause:
        "the operator binds every deployer to the ClusterRole of its flag --deployer-cluster-role, and makes none itself. The fix makes one with the rights of the built-in admin; write other rules into it if deployers shall have less",
      fix: [roleLikeAdmin(roleName), deployAgain(project)],
    });
  }
  return troubles;
}

function readRole(look: Look, { metadata, roleRef }: RoleBinding): Promise<Seen<unknown>> {
  if (roleRef.kind === "ClusterRole") return look.get(CLUSTER_ROLES, { name: roleRef.name });
  return look.get(ROLES, { namespace: metadata?.namespace ?? "", name: roleRef.name });
}

const binds = ({ subjects = [] }: RoleBinding, namespace: string, name: string): boolean =>
  subjects.some(
    (subject) =>
      subject.kind === "ServiceAccount" && subject.name === name && subject.namespace === namespace,
  );

const subjectsOf = ({ subjects = [] }: RoleBinding): string =>
  subjects.map(({ kind, name }) => `${kind} ${name}`).join(", ") || "none";
