import type { ProjectGitOps } from "../../../api/schema.ts";
import { projectKey } from "../../../reconcile/resources.ts";
import { FIELD_CONFLICT } from "../catalogue/set-up-conflict.ts";
import { type Found, found } from "../finding-kind.ts";
import type { Look } from "../look.ts";
import { type NamespaceObject, readNamespaces } from "../reads/namespaces.ts";
import { byWhom, type Writer, writerOf } from "../reads/writer.ts";
import { reconcileCommand } from "./about.ts";
import { troubleOf } from "./trouble.ts";

/** Labels and annotations that the spec wants otherwise than those who hold them on an adopted Namespace. */
export async function fieldConflict(look: Look, project: ProjectGitOps): Promise<Found[]> {
  const trouble = troubleOf(project);
  if (trouble?.reason !== "FieldConflict") return [];
  const { planned } = await readNamespaces(look, project);
  return project.spec.environments.flatMap((environment) => {
    const seen = planned.get(environment.name);
    if (seen?.state !== "found") return [];
    const conflicts = conflictsIn(environment.metadata ?? {}, seen.object);
    const [first] = conflicts;
    if (first === undefined) return [];
    const name = seen.object.metadata.name;
    return [
      found(FIELD_CONFLICT, {
        project: projectKey(project.metadata),
        environment: environment.name,
        object: `Namespace ${name}`,
        what: `${first.field} of Namespace ${name} is held by someone else`,
        evidence: conflicts
          .map(
            ({ field, live, wanted, writer }) =>
              `${field} is ${live}, by ${byWhom(writer, look.now)}; the spec wants ${wanted}`,
          )
          .join("; "),
        cause: "an adopted Namespace is shared: its fields are not taken from those who wrote them before",
        fix: `kubectl edit pgops ${project.metadata.name} -n ${project.metadata.namespace}\n${reconcileCommand(project)}`,
        since: trouble.since,
      }),
    ];
  });
}

interface Conflict {
  readonly field: string;
  readonly live: string;
  readonly wanted: string;
  readonly writer: Writer | undefined;
}

/** Pure. */
function conflictsIn(
  wanted: { labels?: Record<string, string> | undefined; annotations?: Record<string, string> | undefined },
  { metadata }: NamespaceObject,
): Conflict[] {
  return (["labels", "annotations"] as const).flatMap((part) =>
    Object.entries(wanted[part] ?? {}).flatMap(([key, value]) => {
      const now = metadata[part]?.[key];
      if (now === undefined || now === value) return [];
      const writer = writerOf({ metadata }, ["f:metadata", `f:${part}`, `f:${key}`]);
      return [{ field: `metadata.${part}.${key}`, live: now, wanted: value, writer }];
    }),
  );
}
