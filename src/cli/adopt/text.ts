import type { PartialObjectMetadata } from "../../kube/index.ts";
import { canBePlanned, describe, isFlux, type ObjectId, plannedIds } from "../../plan/index.ts";
import { age } from "../age.ts";
import type { Io } from "../io.ts";
import { table } from "../table.ts";
import type { Contents } from "./contents.ts";
import { holderOf, writersOf } from "./holder.ts";
import type { Adopter } from "./target.ts";

/** `Namespace shop-dev, made 12d ago by kubectl-create; held by Helm release x/y`. */
export function headline(id: ObjectId, { metadata = {} }: PartialObjectMetadata, now: number): string {
  const holder = holderOf(metadata);
  const made = `made ${age(metadata.creationTimestamp, now)} ago`;
  return holder === undefined
    ? `${describe(id)}, ${made} by ${writersOf(metadata)}; no tool holds it\n`
    : `${describe(id)}, ${made}; held by ${holder.text}\n`;
}

/** What is in a namespace: numbers, then each object that matters to the take-over. */
export function contentsText(contents: Contents, adopter: Adopter, io: Pick<Io, "columns">): string {
  const { counts, closed } = contents;
  const held = counts.map(({ kind, count }) => `${count} ${count === 1 ? kind : pluralOf(kind)}`);
  const lines = [`  in it: ${held.length === 0 ? "nothing" : held.join(", ")}\n`];
  if (closed.length > 0) lines.push(`  you may not list: ${closed.join(", ")}\n`);
  const rows = told(contents, adopter).map(({ id, object, needed }) => {
    const holder = holderOf(object.metadata ?? {});
    const who = holder?.text ?? `nobody (written by ${writersOf(object.metadata ?? {})})`;
    return [`  ${id.kind}`, id.name, who, needed ? "the project makes one of this name" : "stays as it is"];
  });
  return (
    lines.join("") + (rows.length === 0 ? "" : table(["  KIND", "NAME", "HELD BY", ""], rows, io.columns))
  );
}

export interface Told {
  id: ObjectId;
  object: PartialObjectMetadata;
  /** Whether its name is one that the project makes: then the operator needs it handed over too. */
  needed: boolean;
}

/** Flux's objects, and those whose names the project needs. */
export function told({ namespace, managed }: Contents, { project, projectId }: Adopter): Told[] {
  const home = namespace.metadata?.name ?? "";
  const planned = project && new Set(plannedIds(project.spec).map(describe));
  return managed.flatMap(({ kind, objects }) =>
    objects.flatMap((object) => {
      const id: ObjectId = { kind, namespace: home, name: object.metadata?.name ?? "" };
      const needed = planned ? planned.has(describe(id)) : isMadeBy(projectId, id);
      return needed || isFlux(kind) ? [{ id, object, needed }] : [];
    }),
  );
}

/** By its name alone, where there is no spec yet. A Secret of any name may be an image pull Secret: only the git one counts. */
const isMadeBy = (projectId: string, id: ObjectId): boolean =>
  id.kind === "Secret" ? id.name === `${projectId}-git-auth` : canBePlanned(projectId, id);

const pluralOf = (kind: string): string => (kind.endsWith("y") ? `${kind.slice(0, -1)}ies` : `${kind}s`);
