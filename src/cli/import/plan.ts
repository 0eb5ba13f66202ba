import { deployerName } from "../../api/names.ts";
import type { ProjectGitOpsSpec } from "../../api/schema.ts";
import type { PartialObjectMetadata } from "../../kube/index.ts";
import { describe, type ObjectId, plannedIds } from "../../plan/index.ts";
import { cannotBecomeOurs, type Fixed } from "../adopt/immutable.ts";
import { labelsInTheWay } from "../adopt/verdict.ts";
import { deliveredBy } from "../tree/delivered.ts";
import type { Derived, Imported } from "./derive.ts";
import { deliveringInto, secretOf } from "./derive.ts";
import { chartSourceOf, type GitRepository, type Kustomization, keyOf, sourceKeyOf } from "./flux-objects.ts";
import { GIT_REPOSITORY_FIELDS, KUSTOMIZATION_FIELDS, unmodelled } from "./kustomization-fields.ts";
import type { Found } from "./read.ts";

/** What becomes of one object that the project is made of. */
export type Fate =
  | { kind: "kept"; id: ObjectId; object: PartialObjectMetadata }
  | { kind: "new"; id: ObjectId }
  /** It is there, and cannot be taken over as it is. */
  | { kind: "blocked"; id: ObjectId; why: string; fix: string };

export interface EnvironmentPlan {
  name: string;
  namespace: string;
  fates: Fate[];
  /** What would be lost: --apply goes on only where that is accepted. */
  losses: string[];
  /** What a person should know of this environment. */
  notes: string[];
  /** Objects under other names that the new ones stand in for. */
  replaced: ObjectId[];
  /** Kept, but its source is in another namespace: that field has to go. */
  sourceElsewhere: ObjectId | undefined;
}

/** What importing means for each environment. Pure. */
export const planOf = (derived: Derived, spec: ProjectGitOpsSpec, found: Found): EnvironmentPlan[] =>
  derived.environments.map((imported) => planEnvironment(imported, spec, found));

function planEnvironment(imported: Imported, spec: ProjectGitOpsSpec, found: Found): EnvironmentPlan {
  const { name, namespace, kustomization, repository } = imported;
  const ids = plannedIds(spec).filter(({ environment }) => environment === name);
  const fates = ids.map(({ environment: _, ...id }) => fateOf(id, spec, found));
  const names = new Set(fates.map(({ id }) => describe(id)));
  const old: ObjectId[] = [
    idOf("Kustomization", keyOf(kustomization)),
    idOf("GitRepository", keyOf(repository)),
  ].filter((id) => !names.has(describe(id)));
  const kept = !old.some(({ kind }) => kind === "Kustomization");
  const isReplaced = (id: ObjectId) => old.some((one) => describe(one) === describe(id));
  const elsewhere = kustomization.spec.sourceRef.namespace;
  return {
    name,
    namespace,
    fates,
    losses: lossesOf(imported, spec, isReplaced),
    notes: notesOn(imported, spec, found, isReplaced),
    replaced: old,
    sourceElsewhere:
      kept && elsewhere !== undefined && elsewhere !== namespace
        ? idOf("Kustomization", keyOf(kustomization))
        : undefined,
  };
}

function fateOf(id: ObjectId, spec: ProjectGitOpsSpec, found: Found): Fate {
  const live = liveOf(id, found);
  if (live === undefined) return { kind: "new", id };
  const [label] =
    id.kind === "Namespace" ? labelsInTheWay(id.name, live.object.metadata ?? {}, spec.projectId) : [];
  if (label !== undefined)
    return { kind: "blocked", id, why: `its label ${label.label} is in the operator's way`, fix: label.fix };
  const stuck = cannotBecomeOurs(id, live.fixed, spec.projectId, spec.git.url);
  if (stuck?.kind === "refused") return { kind: "blocked", id, why: stuck.why, fix: stuck.next ?? "" };
  return { kind: "kept", id, object: live.object };
}

/** The object of this very kind and name, as far as it was found. */
function liveOf(id: ObjectId, found: Found): { object: PartialObjectMetadata; fixed: Fixed } | undefined {
  const at = <T extends PartialObjectMetadata>(list: readonly T[]): T | undefined =>
    list.find(({ metadata }) => metadata?.name === id.name && (metadata?.namespace ?? "") === id.namespace);
  const plain = (object: PartialObjectMetadata | undefined) => object && { object, fixed: {} };
  switch (id.kind) {
    case "Namespace":
      return plain(at(found.namespaces));
    case "Secret": {
      const object = at(found.secrets);
      return object && { object, fixed: { type: object.type } };
    }
    case "ServiceAccount":
      return plain(at(found.accounts));
    case "RoleBinding": {
      const object = at(found.bindings);
      return object && { object, fixed: { roleRef: `${object.roleRef.kind} ${object.roleRef.name}` } };
    }
    case "GitRepository":
      return plain(at(found.repositories));
    case "Kustomization":
      return plain(at(found.kustomizations));
    case "HelmRelease":
      return plain(at(found.helmReleases));
  }
}

/** What an environment cannot say of what was there, so that something else would be deployed, or nothing. */
function lossesOf(
  { kustomization, repository, misfits, namespace }: Imported,
  spec: ProjectGitOpsSpec,
  isReplaced: IsReplaced,
): string[] {
  const outside =
    before(kustomization) === deployerName(spec.projectId)
      ? []
      : deliveredBy(kustomization).filter((one) => one.namespace !== namespace);
  const named = outside
    .slice(0, 3)
    .map(({ kind, name, namespace: of }) => `${kind} ${of === "" ? "" : `${of}/`}${name}`);
  return [
    ...misfits,
    ...beyond(kustomization, repository).flatMap(({ id, field }) =>
      isReplaced(id) ? [`${field} is not carried over`] : [],
    ),
    ...(outside.length === 0
      ? []
      : [
          `${outside.length} of what it deployed stands outside, such as ${named.join(", ")}: Flux will be refused there`,
        ]),
  ];
}

function notesOn(
  { kustomization, repository, namespace }: Imported,
  spec: ProjectGitOpsSpec,
  found: Found,
  isReplaced: IsReplaced,
): string[] {
  const notes = beyond(kustomization, repository).flatMap(({ id, field }) =>
    isReplaced(id) ? [] : [`${field} stays as it is: the operator neither sets nor removes it`],
  );
  const deployer = deployerName(spec.projectId);
  const account = before(kustomization);
  if (account !== deployer) {
    const whose = account === undefined ? "kustomize-controller itself" : `ServiceAccount ${account}`;
    notes.push(
      `it was applied with the rights of ${whose}; from now on as ${deployer}, whose rights end at the namespace`,
    );
  }
  const others = deliveringInto(namespace, found).filter((one) => keyOf(one) !== keyOf(kustomization));
  for (const one of others) notes.push(`Kustomization ${keyOf(one)} delivers into it too, and is left alone`);
  return notes;
}

type IsReplaced = (id: ObjectId) => boolean;

const before = ({ spec }: Kustomization): string | undefined => spec.serviceAccountName;

/** Fields that an environment has no word for. */
function beyond(kustomization: Kustomization, repository: GitRepository): { id: ObjectId; field: string }[] {
  const fields = (id: ObjectId, object: { spec: Record<string, unknown> }, modelled: ReadonlySet<string>) =>
    unmodelled(object, modelled).map((field) => ({ id, field: `${id.kind} spec.${field}` }));
  return [
    ...fields(idOf("Kustomization", keyOf(kustomization)), kustomization, KUSTOMIZATION_FIELDS),
    ...fields(idOf("GitRepository", keyOf(repository)), repository, GIT_REPOSITORY_FIELDS),
  ];
}

/** Sources among the replaced that nothing else uses, and their Secrets, in the order in which they can go. */
export function unusedAfterwards(plans: readonly EnvironmentPlan[], found: Found): ObjectId[] {
  const gone = new Set(plans.flatMap(({ replaced }) => replaced).map(describe));
  const isGone = (kind: "Kustomization" | "GitRepository", object: PartialObjectMetadata) =>
    gone.has(describe(idOf(kind, keyOf(object))));
  // Those that are kept take their manifests from the new source then.
  const kept = new Set(plans.flatMap(({ fates }) => fates).map(({ id }) => describe(id)));
  const isOurs = (one: Kustomization) => kept.has(describe(idOf("Kustomization", keyOf(one))));
  const others = found.kustomizations.filter((one) => !isGone("Kustomization", one) && !isOurs(one));
  const used = new Set([...others.map(sourceKeyOf), ...found.helmReleases.map(chartSourceOf)]);
  const sources = found.repositories.filter((one) => isGone("GitRepository", one) && !used.has(keyOf(one)));
  const otherSources = found.repositories.filter((one) => !sources.includes(one));
  const needed = new Set([
    ...otherSources.map(secretText),
    ...plans.flatMap(({ fates }) => fates).map(({ id }) => describe(id)),
  ]);
  const secrets = sources.flatMap((one) => {
    const secret = secretOf(one);
    return secret === undefined || needed.has(secretText(one) ?? "")
      ? []
      : [{ kind: "Secret", ...secret } as const];
  });
  const ids: ObjectId[] = [...sources.map((one) => idOf("GitRepository", keyOf(one))), ...secrets];
  return [...new Map(ids.map((id) => [describe(id), id])).values()];
}

function secretText(repository: GitRepository): string | undefined {
  const secret = secretOf(repository);
  return secret && describe({ kind: "Secret", ...secret });
}

function idOf(kind: "Kustomization" | "GitRepository", key: string): ObjectId {
  const [namespace = "", name = ""] = key.split("/");
  return { kind, namespace, name };
}
