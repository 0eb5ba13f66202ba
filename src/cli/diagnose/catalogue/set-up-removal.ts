import type { FindingKind } from "../finding-kind.ts";

/** What should go and does not, or goes though it should stay. */

export const NAMESPACE_TERMINATING: FindingKind = {
  id: "NamespaceTerminating",
  area: "set-up",
  severity: "error",
  title: "A Namespace of the project is being deleted and does not go",
  means:
    "A Namespace goes when everything in it has gone. Something in it has a finalizer that nobody takes off, or the API server cannot list some kind. Until then nothing can be made in it.",
  shows:
    "`kubectl get namespace NAME -o yaml`: the conditions NamespaceContentRemaining and NamespaceFinalizersRemaining name kinds and finalizers.",
  fix: "Let the controller do its work that owns the finalizer. Where there is none any more, take the finalizer off; what it would have cleaned up stays.",
  lookAlike:
    "A project that is being deleted has its namespaces Terminating for five to ten seconds: no finding. `FluxControllerNotResponding`: the finalizer is Flux's.",
  explains: [
    ...["SetupSlow", "GitRepositoryMissing", "DeliveryMissing", "DeployerMissing", "DeployerNotBound"],
    ...["CredentialCopyMissing", "SourceFailing", "DeliveryFailing"],
  ],
};

export const FLUX_NOT_RESPONDING: FindingKind = {
  id: "FluxControllerNotResponding",
  area: "set-up",
  severity: "error",
  title: "A deletion waits for Flux, and Flux does not answer",
  means:
    "Flux's objects carry a finalizer, so that Flux can prune what it deployed. For more than a minute nobody has taken it off. What was deployed still runs.",
  shows:
    "`kubectl get kustomizations,gitrepositories -n NAMESPACE -o yaml`: a deletionTimestamp beside `finalizers.fluxcd.io`.",
  fix: "Bring Flux up again: then all goes by itself, in the right order. Only where there is no Flux any more, `projectgitops.dev/force-delete` takes the finalizer off: what Flux deployed goes with the namespace, or stays where that is kept.",
  lookAlike: "In the first minute Flux may still be pruning: no finding.",
  explains: ["NamespaceTerminating", "RollingBack"],
};

export const DELETION_PROTECTED: FindingKind = {
  id: "DeletionProtected",
  area: "set-up",
  severity: "error",
  title: "A protected environment waits until its deletion is confirmed",
  means:
    "The environment has `protected: true`, and it left the spec or its project was deleted. It is kept, with all that runs in it, until somebody confirms.",
  shows:
    'Ready has the reason `DeletionProtected`; the Namespace carries `projectgitops.dev/protected: "true"`.',
  fix: "To let it go, name its namespace in the annotation `projectgitops.dev/confirm-delete`. To keep it, put the environment back into the spec.",
  lookAlike:
    "A protected environment that is in the spec of a project that nobody deletes is as it should be.",
};

export const ORPHAN_FOUND: FindingKind = {
  id: "OrphanFound",
  area: "set-up",
  severity: "warning",
  title: "Something of an earlier project of this name is still there",
  means:
    "It names this project's namespace and name, but another uid: the ProjectGitOps was deleted past its finalizer, or restored. What the spec asks for is taken over; what it does not ask for is reported, and never deleted.",
  shows:
    "`kubectl get namespace -l projectgitops.dev/project=PROJECT -o yaml`: `projectgitops.dev/owner-uid` is not the uid of the project.",
  fix: "Delete it after a look at what is in it, or put the environment into the spec: then it is taken over.",
  lookAlike:
    "What was left on purpose (deletionPolicy Orphan) carries no annotation of ours, and is nobody's.",
};
