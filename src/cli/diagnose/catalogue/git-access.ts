import type { FindingKind } from "../finding-kind.ts";

const base = { area: "git", severity: "error" } as const;

export const HOST_KEY_CHANGED: FindingKind = {
  ...base,
  id: "HostKeyChanged",
  title: "The git host shows another host key than the known one",
  means:
    "Either the host has a new key, or somebody else answers in its place. Flux ends the connection before it signs in.",
  shows: "The message of the GitRepository ends with `knownhosts: key mismatch`.",
  fix: "Ask whoever runs the host for the fingerprint of its key, compare it with what `ssh-keyscan HOST | ssh-keygen -lf -` prints, and only then store the new line where the old one stands: `spec.git.knownHosts`, or the key `known_hosts` of the project's Secret. The keys of well-known hosts are built in: there remove the line.",
  lookAlike: "`HostKeyUnknown`: no key of this host and port is known at all.",
};

export const HOST_KEY_UNKNOWN: FindingKind = {
  ...base,
  id: "HostKeyUnknown",
  title: "No key of the git host is known",
  means:
    "The copy of known_hosts that Flux reads has no line for this host and port. No key is ever trusted on first use.",
  shows:
    "The message of the GitRepository ends with `knownhosts: key is unknown`. A port other than 22 stands in known_hosts as `[host]:port`.",
  fix: "Store the host's line in `spec.git.knownHosts`, or in the key `known_hosts` of the project's Secret, after you compared its fingerprint with the one that the host's administrator gives.",
  lookAlike:
    "`HostKeyChanged`: a key is known, and the host shows another. `KnownHostsMissing`: the operator sees before Flux does that the line is missing.",
};

export const KEY_REFUSED: FindingKind = {
  ...base,
  id: "KeyRefused",
  title: "The git host refuses the SSH key",
  means:
    "The host does not know the key, or not for this user: it was never registered, was removed, or the Secret holds another one.",
  shows: "The message of the GitRepository ends with `ssh: unable to authenticate`.",
  fix: "Register the public half as a (read-only) deploy key of the repository, or put the key that is registered into the project's Secret. Git hosts expect the user `git`.",
  lookAlike:
    "`RepositoryNotFound`: the host knows the key, but that key has no access to the repository, or there is none.",
};

export const TOKEN_REFUSED: FindingKind = {
  ...base,
  id: "TokenRefused",
  title: "The git host refuses the user name, password or token",
  means:
    "The host answers 401 (it does not accept the token) or 403 (the token has no right to read this repository). Tokens expire, are revoked, or lack a scope or the sign-in of an organisation.",
  shows:
    "The message of the GitRepository holds `authentication required` (401) or `authorization failed` (403).",
  fix: "Make a new token with the right to read the repository, and put it into the project's Secret. The operator copies it, and Flux fetches at once.",
  lookAlike: "`SignInRequired`: the project has no credential at all.",
};

export const SIGN_IN_REQUIRED: FindingKind = {
  ...base,
  id: "SignInRequired",
  title: "The repository is not public, and the project has no credential",
  means:
    "The host asks whoever fetches to sign in. The repository is private, or does not exist: hosts do not tell strangers which.",
  shows:
    "The message of the GitRepository holds `authentication required`, and `spec.git.credential` is absent or holds a certificate authority only.",
  fix: "Give the project a Secret with a token, and name it in `spec.git.credential.secretRef`; or correct `spec.git.url`.",
  lookAlike: "`TokenRefused`: a credential was sent, and refused.",
};

export const REPOSITORY_NOT_FOUND: FindingKind = {
  ...base,
  id: "RepositoryNotFound",
  title: "The git host does not know the repository",
  means:
    "There is no repository under this path, or the credential may not see it: GitHub, GitLab and others say the same for both, so that nobody can guess names.",
  shows:
    "The message of the GitRepository holds `repository not found`, or the host's own words for it, or `invalid pkt-len found`: the host answered with words instead of a repository, as Gitea does over ssh, and a page to sign in over https.",
  fix: "Correct `spec.git.url` (owner, name, capital letters), or give the key or token access to the repository.",
  lookAlike:
    "`BranchNotFound`, `TagNotFound`: the repository is there, the ref is not. `KeyRefused`: the host does not know the key at all.",
};
