import type { FindingKind } from "../finding-kind.ts";

const AREA = { area: "installation" } as const;

export const OPERATOR_NOT_INSTALLED: FindingKind = {
  ...AREA,
  id: "OperatorNotInstalled",
  severity: "error",
  title: "No operator is installed",
  means:
    "No Deployment of the operator is in the cluster, and nobody holds its Lease: nobody works on ProjectGitOps objects. (Where there has never been a Lease, projects that were answered tell of an operator that needs none.)",
  shows:
    "`kubectl get deployments -A -l app.kubernetes.io/name=projectgitops` and `kubectl get leases -n projectgitops-system` show none.",
  fix: "Build the image, push it where the cluster can pull it, and name it: `projectgitops install --export --image … | kubectl apply --server-side -f -` (docs/install.md).",
  lookAlike:
    "`OperatorOutside`: no Deployment either, but somebody holds the Lease or answers. `OperatorNotRunning`: it is installed, and no replica is available.",
  explains: ["ProjectUnanswered"],
};

export const OPERATOR_NOT_RUNNING: FindingKind = {
  ...AREA,
  id: "OperatorNotRunning",
  severity: "error",
  title: "The operator does not run",
  means:
    "The operator's Deployment has no replica that is available. What is deployed goes on; changes of ProjectGitOps objects wait, and nothing is repaired.",
  shows:
    "`kubectl get pods -n projectgitops-system` shows the reason: the image cannot be pulled (deploy/ names a placeholder), a crash, no node with room, or `replicas: 0`.",
  fix: "`kubectl describe` of its Pods tells the reason, `kubectl logs` the words of the program. Switched off: `kubectl scale`.",
  lookAlike:
    "`OperatorHasNoLeader`: replicas are available, but none leads. `PollStale`: it runs and leads, but the API server does not answer its polls; then it is not ready either.",
  explains: ["ProjectUnanswered", "OperatorHasNoLeader"],
};

export const OPERATOR_PERMISSIONS_MISSING: FindingKind = {
  ...AREA,
  id: "OperatorPermissionsMissing",
  severity: "error",
  title: "The operator lacks rights",
  means:
    "The operator's ServiceAccount may not do all that deploy/ lets it do. Its roles are of another version, were edited, or are not bound. Projects then stop where the right is missing, with the reason Forbidden, or are not seen at all.",
  shows:
    "`kubectl auth can-i --list --as system:serviceaccount:projectgitops-system:projectgitops`. Each right is asked for by a SubjectAccessReview where you may create those, else read from the roles.",
  fix: "`projectgitops install --export --only permissions | kubectl apply --server-side --force-conflicts -f -`. With another `--deployer-cluster-role` the right to bind it has to be added too.",
  lookAlike:
    "`NotPermitted`: you may not look, the operator may. A 403 for a Flux object's ServiceAccount is the deployer's, not the operator's.",
  explains: ["PollStale", "OperatorHasNoLeader", "ProjectUnanswered", "Forbidden"],
};

export const OPERATOR_HAS_NO_LEADER: FindingKind = {
  ...AREA,
  id: "OperatorHasNoLeader",
  severity: "error",
  title: "No replica of the operator leads",
  means:
    "With `--leader-elect` only the replica that holds the Lease acts. The Lease has run out, or nobody has taken it, although replicas are available: nothing is done. (A change of hands takes seconds and is not told.)",
  shows:
    "`kubectl get lease -n projectgitops-system -o yaml`: `holderIdentity` and `renewTime`. The name is `projectgitops`, or `projectgitops-{namespace}` for an operator with `--namespace`.",
  fix: "Restart the Deployment: a replica that hangs does not take the Lease. Its log says why a Lease cannot be written.",
  lookAlike:
    "A clock that is minutes wrong on your own machine makes a Lease look old. `OperatorNotRunning`: no replica is available.",
  explains: ["ProjectUnanswered", "PollStale"],
};

export const POLL_STALE: FindingKind = {
  ...AREA,
  id: "PollStale",
  severity: "error",
  title: "The operator leads, but does not see the projects",
  means:
    "The leader renews its Lease, but its list of the ProjectGitOps objects has not been answered for 30 s, or six poll intervals: the request is refused, throttled or never ends. Changes are not seen.",
  shows:
    "The Lease's annotation `projectgitops.dev/last-poll` is old while its `renewTime` moves; the metric `projectgitops_poll_last_success_timestamp_seconds` stands still; /readyz says what the API server answered.",
  fix: "The operator's log has the API server's words: `poll failed`. Often a right is missing (`OperatorPermissionsMissing`) or API priority and fairness turns its requests away.",
  lookAlike:
    "`OperatorHasNoLeader`: then the Lease is not renewed either. A long `--poll-interval` is no fault: six of them may pass.",
  explains: ["ProjectUnanswered"],
};

export const PROJECT_UNANSWERED: FindingKind = {
  ...AREA,
  id: "ProjectUnanswered",
  severity: "error",
  title: "No operator has answered this version of the project",
  means:
    "The spec was changed, or a look was asked for, and long after the next poll the status still speaks of what was before. Whatever else is said of the project is of yesterday.",
  shows:
    "`metadata.generation` and `status.observedGeneration` differ, or the annotation `reconcile.fluxcd.io/requestedAt` and `status.lastHandledReconcileAt`.",
  fix: "Look at the operator: `projectgitops check`, and its log. An operator with `--namespace` looks at that namespace alone.",
  lookAlike:
    "A project that was changed a moment ago. A suspended one (`spec.suspend`) answers a change, and no request. Beside `OperatorNotRunning`, `OperatorHasNoLeader` or `PollStale` it is a symptom and is not told.",
};

export const OPERATOR_OUTSIDE: FindingKind = {
  ...AREA,
  id: "OperatorOutside",
  severity: "info",
  title: "The operator seems to run outside of the cluster",
  means:
    "No Deployment of the operator runs here, but somebody holds its Lease, or the projects have been answered: it runs elsewhere, as with `projectgitops run` on a machine of yours. Its rights and its settings cannot be seen from here.",
  shows:
    "`kubectl get lease -n projectgitops-system -o yaml`: `holderIdentity` begins with the name of the machine.",
  fix: "Nothing, if that is meant. Else install it: docs/install.md.",
  lookAlike: "`OperatorNotInstalled`, `OperatorNotRunning`: nothing tells of an operator anywhere.",
};

export const TWO_INSTALLATIONS: FindingKind = {
  ...AREA,
  id: "TwoInstallations",
  severity: "error",
  title: "Two installations work on the same projects",
  means:
    "Two Deployments of the operator look at the same ProjectGitOps objects: each acts with the version and the settings that it has, and they share one ClusterRole and its binding. An upgrade of one is undone, or half done, by the other.",
  shows:
    "`kubectl get deployments -A -l app.kubernetes.io/name=projectgitops`: more than one, without a `--namespace` of its own for each.",
  fix: "Remove the one that is not wanted in the way in which it was installed (`helm uninstall`, `flux delete`, `kubectl delete deployment`): nothing that was deployed goes with it. Then install the other again, which puts the roles right. `projectgitops install` makes no second one.",
  lookAlike:
    "Two replicas of one Deployment: the second stands by. Operators with a `--namespace` each, such as the chart's `namespaced`, do not meet. `OperatorOutside`: another one runs on a machine, and holds the Lease.",
};

export const INSTALLATION_OPERATOR: readonly FindingKind[] = [
  OPERATOR_NOT_INSTALLED,
  OPERATOR_NOT_RUNNING,
  OPERATOR_PERMISSIONS_MISSING,
  OPERATOR_HAS_NO_LEADER,
  POLL_STALE,
  PROJECT_UNANSWERED,
  OPERATOR_OUTSIDE,
  TWO_INSTALLATIONS,
];
