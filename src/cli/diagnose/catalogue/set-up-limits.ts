import type { FindingKind } from "../finding-kind.ts";

/** What a platform team lets the projects of a Namespace be. */

const LEADS_TO = ["RollingBack", "SetupFailed", "SetupSlow", "ProjectNotReady"];

export const PROJECT_NOT_ALLOWED: FindingKind = {
  id: "ProjectNotAllowed",
  area: "set-up",
  severity: "error",
  title: "The Namespace may not hold a project of this projectId",
  means:
    "The annotation `projectgitops.dev/allowed-projects` on the Namespace that holds the ProjectGitOps lists other projectIds; with `--tenancy=strict` a Namespace without it may hold none. Nothing is made, and of a project that was COMPLETED nothing is removed.",
  shows:
    "`kubectl get namespace NAMESPACE -o yaml`: the annotation, comma-separated, where `*` stands for any characters.",
  fix: "An administrator adds the projectId to the annotation; the project goes on by itself within the resync interval. Or apply it under a projectId that is allowed.",
  lookAlike:
    "`DuplicateProject`: the projectId is allowed, and another ProjectGitOps has it. `RepositoryNotAllowed`: the projectId is allowed, and the repository is not.",
  explains: LEADS_TO,
};

export const STRICTER_THAN_ASKED: FindingKind = {
  id: "StricterThanAsked",
  area: "set-up",
  severity: "warning",
  title: "An environment is held to stricter limits than its spec asks for",
  means:
    "The operator runs with `--environment-defaults`, which a project may only tighten. Where `resourceQuota`, `limitRange`, `networkPolicy` or a Pod Security label of the environment asks for more, the default holds, and the project goes on.",
  shows:
    "`kubectl get resourcequota,limitrange,networkpolicy -n NAMESPACE -o yaml` beside the spec: amounts and levels differ.",
  fix: "Write what holds into the spec, as the command does, or have the platform team loosen its defaults.",
  lookAlike:
    "`QuotaExceeded`: there a limit refuses something. A limit that somebody changed by hand is put right within the resync interval and is no finding.",
};

export const TOO_MANY_ENVIRONMENTS: FindingKind = {
  id: "TooManyEnvironments",
  area: "set-up",
  severity: "error",
  title: "The project has more environments than its Namespace allows",
  means:
    "The annotation `projectgitops.dev/max-environments` on the Namespace that holds the ProjectGitOps says how many each project may have. Nothing is made or changed, and of a project that was COMPLETED nothing is removed.",
  shows: "`kubectl get namespace NAMESPACE -o yaml`: the annotation, a whole number.",
  fix: "Leave environments out of the spec, or let an administrator raise the number; the project goes on by itself within the resync interval.",
  lookAlike:
    "`QuotaExceeded`: a ResourceQuota refuses an object. How many ProjectGitOps a Namespace may hold is a ResourceQuota of `count/projectgitops.projectgitops.dev`: there kubectl itself says no.",
  explains: LEADS_TO,
};

export const REPOSITORY_NOT_ALLOWED: FindingKind = {
  id: "RepositoryNotAllowed",
  area: "set-up",
  severity: "error",
  title: "The projects of this Namespace may not name this repository",
  means:
    "The annotation `projectgitops.dev/allowed-repositories` on the Namespace that holds the ProjectGitOps lists other repositories; with `--tenancy=strict` a Namespace without it may name none. Nothing is made and no Secret is read; of a project that was COMPLETED nothing is removed.",
  shows:
    "`kubectl get namespace NAMESPACE -o yaml`: the annotation, comma-separated: `github.com/acme/*` for any transport, `ssh://git@github.com/acme/*` for one.",
  fix: "An administrator adds the repository to the annotation; the project goes on by itself within the resync interval. Or name a repository that is allowed.",
  lookAlike:
    "`HostNotAllowed`: the annotation of the Secret, or the operator's `--git-hosts`, keeps the credential from that host.",
  explains: LEADS_TO,
};
