import type { ProjectGitOps } from "../../src/api/schema.ts";
import type { KubeObject } from "../../src/kube/index.ts";
import { environmentNamespace } from "../../src/plan/index.ts";
import type { ReadObject } from "./objects.ts";

/** Draws a project with its environments and what was read of each object. */
export function tree({ metadata, spec, status }: ProjectGitOps, objects: readonly ReadObject[]): string[] {
  const lines = [
    `${`ProjectGitOps ${metadata.namespace}/${metadata.name}`.padEnd(52)} ${status?.phase ?? ""}`,
  ];
  spec.environments.forEach((environment, index) => {
    const last = index === spec.environments.length - 1;
    lines.push(`${last ? "└─" : "├─"} ${environment.name}  ${environmentNamespace(spec, environment)}`);
    const inside = objects.filter(({ id }) => id.environment === environment.name && id.kind !== "Namespace");
    inside.forEach(({ id, object }, place) => {
      const branch = `${last ? "  " : "│ "} ${place === inside.length - 1 ? "└─" : "├─"}`;
      lines.push(
        `${branch} ${id.kind.padEnd(15)}${id.name.padEnd(18)}${object ? detail(object) : "MISSING"}`.trimEnd(),
      );
    });
  });
  return lines;
}

/** The parts of all kinds that the tree tells something of. */
interface Told extends KubeObject {
  type?: string;
  roleRef?: { kind: string; name: string };
  spec?: { url?: string; ref?: Record<string, string>; path?: string };
}

function detail(object: Told): string {
  const { type, roleRef, spec } = object;
  if (type !== undefined) return type.replace("kubernetes.io/", "");
  if (roleRef !== undefined) return `${roleRef.kind} ${roleRef.name}`;
  if (spec?.url !== undefined) return `${spec.url} @ ${Object.values(spec.ref ?? {}).join(" ")}`;
  return spec?.path ?? "";
}
