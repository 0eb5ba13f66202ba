import type { FindingKind } from "../finding-kind.ts";

/** What somebody has stopped on purpose: never an error, but often forgotten. */

export const FAILING_FOR_LONG: FindingKind = {
  id: "FailingForLong",
  area: "set-up",
  severity: "error",
  title: "The operator has suspended Flux's objects, because they failed for too long",
  means:
    "`failurePolicy.suspendAfter` is over: the project no longer burdens the git host and the cluster. Nothing is fetched or deployed until something changes.",
  shows: "`status.suspension` tells since when, and what had failed until then.",
  fix: "Mend what failed. A change of the spec or of the credential resumes it, and so does `projectgitops reconcile NAME`.",
  lookAlike: "`SourceSuspended`, `DeliverySuspended`: a person has suspended them.",
  explains: ["EnvironmentSuspended", "SourceSuspended", "DeliverySuspended"],
};

export const SUSPENDED: FindingKind = {
  id: "Suspended",
  area: "set-up",
  severity: "warning",
  title: "The project is suspended: nothing is changed or put right",
  means:
    "`spec.suspend` is true. What is deployed stays, and Flux goes on deploying; drift is not repaired, and changes of the spec are not carried out. Deletion still works.",
  shows: "`kubectl get pgops NAME -o yaml --show-managed-fields`: who holds `f:suspend`, and since when.",
  fix: "`projectgitops resume NAME`. Where the project comes from git, take it out there.",
  lookAlike: "`SourceSuspended` and `DeliverySuspended`: only Flux's objects are.",
};

export const ENVIRONMENT_SUSPENDED: FindingKind = {
  id: "EnvironmentSuspended",
  area: "set-up",
  severity: "info",
  title: "An environment is suspended by the spec",
  means:
    "`environments[].suspend` is true: Flux neither fetches nor deploys there. What runs stays. Ready does not count this environment.",
  shows: "`kubectl get pgops NAME -o yaml --show-managed-fields`: who holds `f:suspend` of the environment.",
  fix: "Set it to false, in git where the project comes from git.",
  lookAlike: "`SourceSuspended`, `DeliverySuspended`: suspended on Flux's object, past the spec.",
};

export const SOURCE_SUSPENDED: FindingKind = {
  id: "SourceSuspended",
  area: "set-up",
  severity: "warning",
  title: "Somebody has suspended the GitRepository of an environment",
  means:
    "Flux fetches nothing new from git; what was fetched last is still applied. The operator leaves `flux suspend` as it is. A new commit, a new ref and a new credential have no effect.",
  shows:
    "`kubectl get gitrepository NAME -n NAMESPACE -o yaml --show-managed-fields`: who holds `f:suspend`.",
  fix: "`flux resume source git NAME -n NAMESPACE`, or the patch that `diagnose` prints.",
  lookAlike: "`EnvironmentSuspended`: the spec says so. `DeliverySuspended`: fetched, but not deployed.",
};

export const DELIVERY_SUSPENDED: FindingKind = {
  id: "DeliverySuspended",
  area: "set-up",
  severity: "warning",
  title: "Somebody has suspended the delivery of an environment",
  means:
    "Flux deploys nothing there, and repairs nothing that is changed by hand. The operator leaves `flux suspend` as it is.",
  shows:
    "`kubectl get kustomization NAME -n NAMESPACE -o yaml --show-managed-fields`: who holds `f:suspend`.",
  fix: "`flux resume kustomization NAME -n NAMESPACE`, or the patch that `diagnose` prints.",
  lookAlike: "`EnvironmentSuspended`: the spec says so. `SourceSuspended`: nothing new is fetched.",
};
