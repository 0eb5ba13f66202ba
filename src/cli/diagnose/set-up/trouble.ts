import type { ProjectGitOps } from "../../../api/schema.ts";
import { conditionOf } from "../../../api/standing.ts";
import { describe } from "../../../plan/index.ts";
import { idsOf, type PlacedId } from "../../tree/assemble.ts";

/** What the operator says stands in the way of a project. */
export interface Trouble {
  /** A word of src/api/reasons.ts. */
  readonly reason: string;
  readonly message: string;
  /** Where it was met, where that is one of the project's objects. */
  readonly object: PlacedId | undefined;
  readonly since: string | undefined;
  /** The set-up has been given up for it; undefined while the operator still tries, or after the set-up. */
  readonly givenUp: "RollingBack" | "Failed" | undefined;
}

/** The first cause of a set-up that was given up, else what Ready says; undefined where nothing is wrong. Pure. */
export function troubleOf(project: ProjectGitOps): Trouble | undefined {
  const { status, metadata } = project;
  const { outcome, cause, uid } = status?.setup ?? {};
  if (outcome !== undefined && cause !== undefined && uid === metadata.uid) {
    const { reason, message, at } = cause;
    return {
      reason,
      message,
      object: objectIn(cause.object ?? message, project),
      since: at,
      givenUp: outcome,
    };
  }
  const ready = conditionOf(project, "Ready");
  if (ready?.status !== "False") return undefined;
  const { reason, message, lastTransitionTime } = ready;
  return {
    reason,
    message,
    object: objectIn(message, project),
    since: lastTransitionTime,
    givenUp: undefined,
  };
}

/** The object of the project that is named first in a text. */
function objectIn(text: string, project: ProjectGitOps): PlacedId | undefined {
  const named = idsOf(project)
    .map((id) => ({ id, at: placeOf(describe(id), text) }))
    .filter(({ at }) => at >= 0)
    .toSorted((a, b) => a.at - b.at);
  return named[0]?.id;
}

/** As a whole name: shop-dev is not shop-dev-two. */
function placeOf(name: string, text: string): number {
  const at = text.indexOf(name);
  return at >= 0 && /^[-a-z0-9/]|^\.[a-z0-9]/.test(text.slice(at + name.length)) ? -1 : at;
}
