import type { Secret } from "kubernetes-types/core/v1";
import { LABELS } from "../../api/names.ts";
import { describe, type ObjectId } from "../../plan/index.ts";
import { kubectlName } from "../adopt/verdict.ts";
import type { Derived } from "./derive.ts";
import type { EnvironmentPlan } from "./plan.ts";
import type { Found } from "./read.ts";
import { retirementOf } from "./retired.ts";

/** One thing to do, and the command that does it. */
export interface Step {
  what: string;
  command: string;
}

/** What people have to decide and do first: --apply refuses until it is done. Pure. */
export const stepsByHand = (plans: readonly EnvironmentPlan[]): Step[] =>
  plans.flatMap(({ fates }) =>
    fates.flatMap((fate) => (fate.kind === "blocked" ? [{ what: fate.why, command: fate.fix }] : [])),
  );

/** What has to be done before the ProjectGitOps is there, as --apply does it. Pure. */
export function stepsBefore(
  { manifest, credentialFrom }: Derived,
  plans: readonly EnvironmentPlan[],
  secret: Secret | undefined,
  found: Found,
): Step[] {
  const { name } = manifest.metadata;
  const { projectId, git } = manifest.spec;
  const secretRef = git.credential?.secretRef;
  const copy =
    credentialFrom &&
    secretRef &&
    copyStep(credentialFrom, { namespace: manifest.metadata.namespace, name: secretRef.name }, secret);
  const retire = replacedDeliveries(plans).map((id) => ({
    what: `${describe(id)} must not prune what the new one takes over`,
    command: `kubectl patch ${kubectlName(id)} --type=merge -p '${JSON.stringify(retirementOf(id, found))}'`,
  }));
  const adopt = keptOf(plans).map((id) => ({
    what: `${describe(id)} is handed over`,
    command: `kubectl label ${kubectlName(id)} ${LABELS.adopt}=${projectId} && kubectl annotate ${kubectlName(id)} projectgitops.dev/adopt-by=${manifest.metadata.namespace}/${name}`,
  }));
  return [...(copy ? [copy] : []), ...retire, ...adopt];
}

/** What has to be done as soon as the ProjectGitOps is there. Pure. */
export const stepsWith = (plans: readonly EnvironmentPlan[]): Step[] =>
  plans
    .flatMap(({ sourceElsewhere }) => sourceElsewhere ?? [])
    .map((id) => ({
      what: `${describe(id)} takes its manifests from another namespace: that field goes`,
      command: `kubectl patch ${kubectlName(id)} --type=json -p '[{"op":"remove","path":"/spec/sourceRef/namespace"}]'`,
    }));

/** What can be removed when the project is Ready, in this order. Pure. */
export function stepsAfter(plans: readonly EnvironmentPlan[], unused: readonly ObjectId[]): Step[] {
  return [...replacedDeliveries(plans), ...unused].map((id) => ({
    what:
      id.kind === "Kustomization"
        ? `${describe(id)}: suspended it goes without pruning`
        : `${describe(id)}: ${id.kind === "Secret" ? "no GitRepository" : "no other Kustomization or HelmRelease"} uses it then`,
    command: `kubectl delete ${kubectlName(id)}`,
  }));
}

export const replacedDeliveries = (plans: readonly EnvironmentPlan[]): ObjectId[] => [
  ...new Map(
    plans
      .flatMap(({ replaced }) => replaced)
      .filter(({ kind }) => kind === "Kustomization")
      .map((id) => [describe(id), id]),
  ).values(),
];

/** Objects first, Namespaces last: only with these the operator begins, and then it finds everything. */
export const keptOf = (plans: readonly EnvironmentPlan[]): ObjectId[] =>
  plans
    .flatMap(({ fates }) => fates.flatMap((fate) => (fate.kind === "kept" ? [fate.id] : [])))
    .toSorted((a, b) => Number(a.kind === "Namespace") - Number(b.kind === "Namespace"));

/** A command that copies without printing a byte; its keys are named where they could be read. */
function copyStep(
  from: { namespace: string; name: string },
  to: { namespace: string; name: string },
  secret: Secret | undefined,
): Step {
  const keys = Object.keys(secret?.data ?? { identity: "", known_hosts: "" });
  const files = keys.map(
    (key) =>
      `--from-file=${key}=<(kubectl get secret ${from.name} -n ${from.namespace} -o jsonpath='{.data.${key.replaceAll(".", "\\.")}}' | base64 -d)`,
  );
  return {
    what: `Secret ${to.namespace}/${to.name} is a copy of ${from.namespace}/${from.name}: a project uses Secrets beside it alone`,
    command: `kubectl create secret generic ${to.name} -n ${to.namespace} ${files.join(" ")}`,
  };
}
