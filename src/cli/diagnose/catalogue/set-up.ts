import type { FindingKind } from "../finding-kind.ts";

/** What is left when no other check knows the cause: a project that is not Ready is never told to be healthy. */
export const PROJECT_NOT_READY: FindingKind = {
  id: "ProjectNotReady",
  area: "set-up",
  severity: "error",
  title: "The project is not Ready, and the cause is in its message",
  means:
    "The operator or Flux says that something is wrong, and no other check of `diagnose` found the cause. The message of the condition Ready is all that is known.",
  shows:
    "`kubectl get pgops NAME -n NAMESPACE -o yaml`: the condition Ready is False, and its message says why.",
  fix: "Do what the message says. `projectgitops status NAME` shows it with all environments, `projectgitops events NAME` what led to it.",
  lookAlike:
    "A project that is being set up, or waits for Flux's first answer, has Ready Unknown and the condition Reconciling: that is no finding until it lasts.",
};

export const SET_UP: readonly FindingKind[] = [PROJECT_NOT_READY];
