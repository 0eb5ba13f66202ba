import { CRD_NAME } from "../../api/crd.ts";
import type { ProjectGitOps } from "../../api/schema.ts";
import {
  type BunK8sClient,
  CUSTOM_RESOURCE_DEFINITIONS,
  type PartialObjectMetadata,
} from "../../kube/index.ts";
import { PROJECTS } from "../../reconcile/resources.ts";
import { allowed, orMissing, orNone } from "../answers.ts";
import { ask } from "../connect.ts";
import { Look } from "../diagnose/look.ts";
import { leaseState } from "../diagnose/reads/lease-state.ts";
import { operatorDeployments, operatorLeases } from "../diagnose/reads/operators.ts";
import type { Io } from "../io.ts";

/** What depends on the operator that is to go. */
export interface Standing {
  readonly projects: readonly ProjectGitOps[];
  readonly crd: PartialObjectMetadata | undefined;
  /** How it is known that an operator works; undefined: none does. */
  readonly running: string | undefined;
}

export async function standingOfCluster(client: BunK8sClient, io: Io): Promise<Standing> {
  const [projects, crd] = await Promise.all([listProjects(client, io), readCrd(client, io)]);
  return { projects, crd, running: await runningOperator(client, io) };
}

/** None where the kind is not served. */
export const listProjects = (client: BunK8sClient, io: Io): Promise<ProjectGitOps[]> =>
  ask(io, "list ProjectGitOps in the cluster", orNone(client.list(PROJECTS).then(({ items }) => items)));

export const readCrd = (client: BunK8sClient, io: Io): Promise<PartialObjectMetadata | undefined> =>
  ask(
    io,
    `read CustomResourceDefinition ${CRD_NAME}`,
    orMissing(client.getMetadata(CUSTOM_RESOURCE_DEFINITIONS, { name: CRD_NAME })),
  );

/** By a replica that is available, or by a Lease that somebody holds, perhaps outside of the cluster. */
async function runningOperator(client: BunK8sClient, io: Io): Promise<string | undefined> {
  const look = new Look(client, io.now());
  const [operators, leases] = await ask(
    io,
    "look whether an operator runs",
    Promise.all([operatorDeployments(look), allowed(operatorLeases(look))]),
  );
  const available = operators?.find(({ deployment }) => (deployment.status?.availableReplicas ?? 0) > 0);
  if (available !== undefined) return `${available.object} is available`;
  for (const lease of leases ?? []) {
    const state = leaseState(lease, io.now());
    if (state.kind === "held")
      return `${state.holder} holds Lease ${lease.metadata?.namespace}/${lease.metadata?.name}`;
  }
  return undefined;
}
