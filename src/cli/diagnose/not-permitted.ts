import { NOT_PERMITTED } from "./catalogue/installation.ts";
import { type Found, found } from "./finding-kind.ts";
import type { Look } from "./look.ts";

const MOST = 6;

/** One finding for all that this person was refused. */
export function notPermitted({ closed }: Look): Found[] {
  const refused = [...closed.keys()];
  if (refused.length === 0) return [];
  const rights = counted(refused);
  const more = rights.length > MOST ? `, and ${rights.length - MOST} more` : "";
  return [
    found(NOT_PERMITTED, {
      object: "your kubeconfig",
      what: `you may not look at ${refused.length} ${refused.length === 1 ? "thing" : "things"}: nothing is known of them`,
      evidence: `you cannot ${rights.slice(0, MOST).join(", ")}${more}`,
      cause: [...closed.values()][0],
      fix: "kubectl auth can-i --list",
    }),
  ];
}

/** One right of each sort, as `get secrets team-a/git`, or `get secrets (3 times)` where several were refused. */
function counted(refused: readonly string[]): string[] {
  const bySort = Map.groupBy(refused, (each) => each.split(" ", 2).join(" "));
  return [...bySort]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([sort, each]) => (each.length === 1 ? (each[0] ?? sort) : `${sort} (${each.length} times)`));
}
