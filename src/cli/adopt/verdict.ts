import { ANNOTATIONS, LABELS, MANAGED_BY } from "../../api/names.ts";
import type { ProjectGitOps } from "../../api/schema.ts";
import type { ObjectMeta } from "../../kube/index.ts";
import { canBePlanned, describe, type ObjectId } from "../../plan/index.ts";
import type { Adopter } from "./target.ts";

/** Whether an object can be labelled for a project. */
export type Verdict =
  | { kind: "free" }
  /** Nothing to do. */
  | { kind: "ours" }
  /** Its marks name a ProjectGitOps that is gone: they go too, or the operator would not take it. */
  | { kind: "left over"; of: string }
  | { kind: "refused"; why: string; next?: string };

/** The ProjectGitOps that an object's marks name, as far as it is there and visible. */
export type NamedOwner =
  | { state: "none" }
  | { state: "live"; project: ProjectGitOps }
  | { state: "gone" }
  | { state: "unknown" };

/** Namespaces that no project may take; the same that the schema refuses in environments[].namespace. */
export const isSystemNamespace = (name: string): boolean =>
  /^(kube-.*|default|flux-system|projectgitops-system)$/.test(name);

/** Pure. */
export function verdictOn(id: ObjectId, metadata: ObjectMeta, owner: NamedOwner, adopter: Adopter): Verdict {
  const what = describe(id);
  const by = metadata.annotations?.[ANNOTATIONS.owner] ?? "(no name)";
  const self = `${adopter.namespace}/${adopter.name}`;
  if (id.kind === "Namespace" && isSystemNamespace(id.name)) {
    return { kind: "refused", why: `${what} is a namespace of the cluster itself: no project may take it` };
  }
  if (id.kind === "Namespace" && id.name === adopter.namespace) {
    return {
      kind: "refused",
      why: `ProjectGitOps ${self} stands in ${what} itself: a project cannot hold its own namespace`,
    };
  }
  if (metadata.deletionTimestamp !== undefined) return { kind: "refused", why: `${what} is being deleted` };
  if (!canBePlanned(adopter.projectId, id)) {
    return {
      kind: "refused",
      why: `${what} has a name that project ${adopter.projectId} never makes: the operator would not take it`,
    };
  }
  // Of an earlier one of this name the operator takes everything over by itself.
  if ((owner.state === "live" || owner.state === "gone") && by === self) return { kind: "ours" };
  if (owner.state === "live")
    return {
      kind: "refused",
      why: `${what} is held by ProjectGitOps ${by}`,
      next: `remove its environment from ProjectGitOps ${by} first, with deletionPolicy Orphan`,
    };
  if (owner.state === "unknown") {
    return {
      kind: "refused",
      why: `${what} is held by ProjectGitOps ${by}, which you may not read: it may be alive`,
    };
  }
  const label = metadata.labels?.[LABELS.adopt];
  if (label !== undefined && label !== adopter.projectId) {
    return {
      kind: "refused",
      why: `${what} is labelled for project ${label} already`,
      next: `kubectl label ${kubectlName(id)} ${LABELS.adopt}-`,
    };
  }
  return owner.state === "gone" ? { kind: "left over", of: by } : { kind: "free" };
}

/**
 * Labels of a Namespace that the operator has to set and another manager has set otherwise: its apply to an adopted
 * Namespace is not forced, so it would stall. Each with the command that takes it off. Pure.
 */
export function labelsInTheWay(
  name: string,
  { labels = {} }: ObjectMeta,
  projectId: string,
): { label: string; fix: string }[] {
  const wanted = { [LABELS.managedBy]: MANAGED_BY, [LABELS.tenant]: projectId };
  return Object.entries(wanted).flatMap(([key, value]) => {
    const now = labels[key];
    if (now === undefined || now === value) return [];
    return [{ label: `${key}=${now}`, fix: `kubectl label namespace ${name} ${key}-` }];
  });
}

/** As kubectl's commands name an object: `secret x -n y`. */
export const kubectlName = ({ kind, namespace, name }: ObjectId): string =>
  `${kind.toLowerCase()} ${name}${namespace === "" ? "" : ` -n ${namespace}`}`;
