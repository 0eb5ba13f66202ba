import type { FindingKind } from "../finding-kind.ts";

/** Where a set-up stands that does not get on. */

export const ROLLING_BACK: FindingKind = {
  id: "RollingBack",
  area: "set-up",
  severity: "error",
  title: "A first set-up was given up, and what it made is being removed",
  means:
    "The set-up was not complete within `setup.timeout`, or somebody else holds what it needs. Only what this set-up made itself goes, in reverse order. The first cause is kept.",
  shows:
    "`projectgitops status NAME`: the phase is ROLLING_BACK, and `status.setup.cause` has the first cause.",
  fix: "Mend the first cause. When the phase is FAILED, `projectgitops reconcile NAME` starts again.",
  lookAlike: "DELETING: the project itself is being removed, because somebody deleted it.",
};

export const SETUP_FAILED: FindingKind = {
  id: "SetupFailed",
  area: "set-up",
  severity: "error",
  title: "A set-up failed, and waits to be started again",
  means:
    "The phase is FAILED: nothing is under way. What stood in the way is no longer found, or cannot be looked at from here; `status.setup.cause` tells what it was.",
  shows: "`kubectl get pgops NAME -o jsonpath='{.status.setup.cause}'`",
  fix: "`projectgitops reconcile NAME`, or a change of the spec or of the credential, starts it again.",
  lookAlike:
    "A set-up that is refused and still tries: the phase is CREATING_…, and the refusal itself is the finding.",
};

export const SETUP_SLOW: FindingKind = {
  id: "SetupSlow",
  area: "set-up",
  severity: "warning",
  title: "A first set-up lasts much longer than it should",
  means:
    "A set-up takes about a second, and ten where a namespace of an earlier one has to go first. This one has been at work for more than half a minute.",
  shows:
    "`projectgitops status NAME`: a phase CREATING_… with an old start. `projectgitops logs NAME` shows what the operator tries.",
  fix: "Look at the log and the events. A slow admission webhook or an overloaded API server is the usual cause.",
  lookAlike: "COMPLETED without being Ready: the set-up is over, and Flux is at work.",
};
