import type { ProjectGitOps } from "../api/schema.ts";
import { type ProjectRow, projectRow } from "./project-row.ts";

type Column = readonly [heading: string, cell: keyof ProjectRow];

const COLUMNS: readonly Column[] = [
  ["NAME", "name"],
  ["PHASE", "phase"],
  ["READY", "ready"],
  ["ENVIRONMENTS", "environments"],
  ["REVISION", "revision"],
  ["AGE", "age"],
];
const NAMESPACE: Column = ["NAMESPACE", "namespace"];
const WIDE: readonly Column[] = [
  ["PROJECT", "project"],
  ["URL", "url"],
];
const MESSAGE: Column = ["MESSAGE", "message"];

/** The columns that `get` prints, and a project's cells in them. */
export interface ProjectTable {
  heading: readonly string[];
  /** @param now milliseconds since 1970 */
  cells(project: ProjectGitOps, now: number): string[];
}

export function projectTable(options: { allNamespaces: boolean; wide: boolean }): ProjectTable {
  const columns = [
    ...(options.allNamespaces ? [NAMESPACE] : []),
    ...COLUMNS,
    ...(options.wide ? WIDE : []),
    MESSAGE,
  ];
  return {
    heading: columns.map(([heading]) => heading),
    cells: (project, now) => {
      const row = projectRow(project, now);
      return columns.map(([, cell]) => row[cell]);
    },
  };
}
