import { NOT_PERMITTED } from "./catalogue/installation.ts";
import { type Found, found } from "./finding-kind.ts";
import type { Look } from "./look.ts";

const MOST = 5;

/** One finding for all that this person was refused. */
export function notPermitted({ closed }: Look): Found[] {
  const refused = [...closed.keys()].toSorted();
  if (refused.length === 0) return [];
  const more = refused.length > MOST ? `, and ${refused.length - MOST} more` : "";
  return [
    found(NOT_PERMITTED, {
      object: "your kubeconfig",
      what: `you may not look at ${refused.length} ${refused.length === 1 ? "thing" : "things"}: nothing is known of them`,
      evidence: `you cannot ${refused.slice(0, MOST).join(", ")}${more}`,
      cause: [...closed.values()][0],
      fix: "kubectl auth can-i --list",
    }),
  ];
}
