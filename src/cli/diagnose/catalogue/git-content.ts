import type { FindingKind } from "../finding-kind.ts";

const base = { area: "git", severity: "error" } as const;
const SEE_REFS =
  "`git ls-remote URL` lists what the repository has; over https `diagnose` asks for it with the project's own credential.";

export const REPOSITORY_EMPTY: FindingKind = {
  ...base,
  id: "RepositoryEmpty",
  title: "The repository holds no commit",
  means: "The repository is there and may be read, and nothing was ever pushed to it.",
  shows: "The message of the GitRepository says `git repository is empty` or `remote repository is empty`.",
  fix: "Push the branch that `spec.git.ref` names.",
  lookAlike: "`BranchNotFound`: there are commits, on other branches.",
};

export const BRANCH_NOT_FOUND: FindingKind = {
  ...base,
  id: "BranchNotFound",
  title: "The repository has no such branch",
  means:
    "The branch was never pushed, was renamed or deleted. Without a ref the operator takes `main`; older repositories call it `master`.",
  shows: `The message of the GitRepository ends with \`couldn't find remote ref "refs/heads/…"\`. ${SEE_REFS}`,
  fix: "Correct `spec.git.ref.branch` (or the environment's own `ref`), or push the branch.",
  lookAlike: "`TagNotFound`: the ref names a tag. `RepositoryEmpty`: there is no branch at all.",
};

export const TAG_NOT_FOUND: FindingKind = {
  ...base,
  id: "TagNotFound",
  title: "The repository has no such tag",
  means: "The tag was not pushed (`git push` alone sends none), was deleted, or has another spelling.",
  shows: `The message of the GitRepository ends with \`couldn't find remote ref "refs/tags/…"\`. ${SEE_REFS}`,
  fix: "Push the tag (`git push origin TAG`), or correct `ref.tag`.",
  lookAlike: "`SemverNotMatched`: a range is given, and no tag fits it.",
};

export const SEMVER_NOT_MATCHED: FindingKind = {
  ...base,
  id: "SemverNotMatched",
  title: "No tag fits the semver range",
  means:
    "The range names versions that the repository has no tag for. Versions with a suffix such as -rc.1 fit only ranges that have one too, such as `>=1.0.0-0`.",
  shows: `The message of the GitRepository says \`no match found for semver: RANGE\`, or \`semver parse error\`. ${SEE_REFS}`,
  fix: "Push a tag that fits, or widen `ref.semver`.",
  lookAlike: "`TagNotFound`: one tag is named, and no range.",
};

export const COMMIT_NOT_FOUND: FindingKind = {
  ...base,
  id: "CommitNotFound",
  title: "The repository has no such commit",
  means:
    "The commit was never pushed, or a forced push threw it away: only what a branch or tag leads to can be fetched.",
  shows: `The message of the GitRepository holds \`unable to resolve commit object for\`. ${SEE_REFS}`,
  fix: "Push the commit on a branch, or name another in `ref.commit`.",
  lookAlike: "`RefNotFound`: `ref.name` names a reference that is not there.",
};

export const REF_NOT_FOUND: FindingKind = {
  ...base,
  id: "RefNotFound",
  title: "The repository has no such reference",
  means:
    "`ref.name` is a whole reference, such as refs/pull/420/head, and the repository has none of that name.",
  shows: `The message of the GitRepository holds \`unable to resolve ref\`. ${SEE_REFS}`,
  fix: "Correct `ref.name`. Hosts remove the references of merged or closed pull requests after a while.",
  lookAlike: "`BranchNotFound`, `TagNotFound`: the ref is given as branch or tag.",
};

export const PATH_NOT_FOUND: FindingKind = {
  ...base,
  id: "PathNotFound",
  title: "The folder to deploy is not in the repository",
  means:
    "Flux fetched the repository, and the folder that the environment deploys is not in that revision. Without `path` it is `./k8s/overlays/{name}`.",
  shows: "The message of the Kustomization says `kustomization path not found`.",
  fix: "Set `path` of the environment to the folder that is there, or push the missing one. `diagnose` lists the folders that hold manifests, read from what Flux fetched.",
  lookAlike:
    "A build error: the folder is there, and what is in it cannot be built. `BranchNotFound`: nothing was fetched at all.",
};

export const FLUX_TRAFFIC_BLOCKED: FindingKind = {
  ...base,
  id: "FluxTrafficBlocked",
  title: "A NetworkPolicy keeps Flux's controllers apart",
  means:
    "Fetching works, but what was fetched does not get from source-controller to the controller that deploys: a NetworkPolicy forbids the way out of the one or the way into the other.",
  shows:
    "The message of the Kustomization says `failed to download archive: … i/o timeout`, and `kubectl get networkpolicies -n flux-system` lists policies that select the controllers.",
  fix: "Allow the deploying controllers to reach port 9090 of source-controller. Policies add up: one more is enough. `flux install` makes such a policy (`allow-egress`).",
  lookAlike: "`ArtifactUnreachable`: the same failure, and no NetworkPolicy explains it.",
  explains: ["ArtifactUnreachable"],
};

export const SOURCE_FAILING: FindingKind = {
  ...base,
  id: "SourceFailing",
  title: "Flux cannot fetch from git, for a reason that is in its message",
  means:
    "The GitRepository is not Ready, and no other check of `diagnose` knows the words that it fails with.",
  shows: "`kubectl describe gitrepository -n NAMESPACE`: the conditions Ready and FetchFailed.",
  fix: "Do what the message says, then `projectgitops reconcile NAME --with-source`.",
  lookAlike:
    "Every other finding of this area says more; this is what is left. A source that Flux has not looked at yet is no failure.",
};
