import type { BunK8sClient, PartialObjectMetadata } from "../../kube/index.ts";
import { describe, isFlux, type ObjectId } from "../../plan/index.ts";
import { holderOf, letGoBy } from "../adopt/holder.ts";
import { namedOwner } from "../adopt/mark.ts";
import { type Adopter, nameOf } from "../adopt/target.ts";
import { kubectlName, verdictOn } from "../adopt/verdict.ts";
import { ask } from "../connect.ts";
import type { Io } from "../io.ts";
import { keyOf } from "./flux-objects.ts";
import type { EnvironmentPlan, Fate } from "./plan.ts";
import type { Found } from "./read.ts";

/**
 * Puts in the way what somebody else holds: another project, or a Flux Kustomization that applies these very objects
 * from git and would write them back.
 */
export function withHolders(
  client: BunK8sClient,
  plans: readonly EnvironmentPlan[],
  found: Found,
  adopter: Adopter,
  io: Io,
): Promise<EnvironmentPlan[]> {
  return Promise.all(
    plans.map(async (plan) => {
      const fates = await Promise.all(plan.fates.map((fate) => heldOrNot(client, fate, adopter, io)));
      const written = plan.replaced
        .filter(({ kind }) => kind === "Kustomization")
        .flatMap(
          (id) =>
            writtenFromGit(
              id,
              found.kustomizations.find((one) => keyOf(one) === `${id.namespace}/${id.name}`),
            ) ?? [],
        );
      return { ...plan, fates: [...fates, ...written] };
    }),
  );
}

async function heldOrNot(client: BunK8sClient, fate: Fate, adopter: Adopter, io: Io): Promise<Fate> {
  if (fate.kind !== "kept") return fate;
  const { id, object } = fate;
  const owner = await ask(io, `see who holds ${describe(id)}`, namedOwner(client, object));
  const verdict = verdictOn(id, object.metadata ?? {}, owner, adopter);
  if (verdict.kind === "refused") {
    return { kind: "blocked", id, why: verdict.why, fix: verdict.next ?? "leave this namespace out" };
  }
  if (verdict.kind === "left over") {
    const why = `${describe(id)} carries marks of ProjectGitOps ${verdict.of}, which is gone`;
    return { kind: "blocked", id, why, fix: adoptCommand(id, adopter, io) };
  }
  return (isFlux(id.kind) ? writtenFromGit(id, object) : undefined) ?? fate;
}

/** Whoever applies it from git again and again would undo what is changed of it. */
function writtenFromGit(id: ObjectId, object: PartialObjectMetadata | undefined): Fate | undefined {
  const metadata = object?.metadata ?? {};
  const holder = holderOf(metadata);
  const marks = holder?.tool === "Flux" ? letGoBy(holder.tool) : undefined;
  if (holder === undefined || marks === undefined) return undefined;
  const released = marks.split(" ").every((mark) => {
    const [key = "", value] = mark.split("=");
    return metadata.annotations?.[key] === value;
  });
  if (released) return undefined;
  return {
    kind: "blocked",
    id,
    why: `${holder.text} applies ${describe(id)} from git, and would write it back: take it out there, after telling Flux to leave it`,
    fix: `kubectl annotate ${kubectlName(id)} ${marks}`,
  };
}

/** It takes such marks off. */
function adoptCommand(id: ObjectId, adopter: Adopter, io: Io): string {
  const target = id.kind === "Namespace" ? id.name : `${id.kind}/${id.name} -n ${id.namespace}`;
  return `${io.name} adopt ${target} --project ${nameOf(adopter)} --project-id ${adopter.projectId}`;
}
