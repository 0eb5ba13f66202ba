import type { FindingKind } from "../finding-kind.ts";

const base = { area: "git", severity: "error" } as const;

export const GIT_URL_REFUSED: FindingKind = {
  ...base,
  id: "GitUrlRefused",
  title: "The URL of the repository cannot be used",
  means:
    "`spec.git.url` is none that Flux accepts, or one that would leak a password. Admission refuses such a URL; this one was stored before that rule was there. Nothing more is done for the project until it is mended.",
  shows: "The condition Stalled of the project has the reason `InvalidSpec` and names `spec.git.url`.",
  fix: "Write `https://host/owner/repo.git` or `ssh://git@host:22/owner/repo.git`. A password or token belongs into the Secret that `spec.git.credential.secretRef` names; give out a new one, for the old one was readable for everybody who may read the project.",
  lookAlike:
    "`RepositoryNotFound`: there the URL has the right form, and the host does not know what it names.",
  explains: ["InvalidSpec", "SourceFailing"],
};

export const GIT_REPOSITORY_MISSING: FindingKind = {
  ...base,
  id: "GitRepositoryMissing",
  title: "An environment's GitRepository is gone",
  means:
    "Somebody deleted the Flux object that fetches from git. What runs goes on, but no push arrives any more. The operator makes it again within its resync interval (60 s), so this lasts only where the operator does not run.",
  shows:
    "`kubectl get gitrepositories -n NAMESPACE` does not list it; the Kustomization says `GitRepository … not found`, or still that it is Ready.",
  fix: "`projectgitops reconcile NAME -n NAMESPACE` makes the operator look now. If it stays away, look whether the operator runs: `projectgitops check`.",
  lookAlike:
    "A project that is being set up has no GitRepository yet, and one of which you may not read GitRepositories shows none: neither is this finding.",
};

export const EGRESS_BLOCKED: FindingKind = {
  ...base,
  id: "EgressBlocked",
  title: "A NetworkPolicy keeps Flux from the git host",
  means:
    "Flux's source-controller gets no answer, and NetworkPolicies of its namespace select its Pods and allow egress, but not to the host and port of the repository, or not to the name server.",
  shows:
    "`kubectl get networkpolicies -n flux-system -o yaml`: policies whose `podSelector` matches source-controller and whose `policyTypes` hold Egress, without a rule for the port.",
  fix: "Allow what is missing. Policies add up, so one more that allows it is enough, and nothing else has to be changed.",
  lookAlike:
    "`GitHostTimeout`: no answer either, and no NetworkPolicy of Kubernetes forbids it: a firewall, a cloud's security group, or a policy of the network plugin's own kind, which is not looked at here.",
  explains: ["GitHostTimeout", "GitHostNotFound", "GitConnectionRefused"],
};

export const GIT_HOST_NOT_FOUND: FindingKind = {
  ...base,
  id: "GitHostNotFound",
  title: "The name of the git host does not resolve",
  means:
    "The cluster's name server says that there is no such host. The name is mistyped, or it is known in another network only.",
  shows:
    "The message of the GitRepository ends with `dial tcp: lookup HOST …: no such host`. `kubectl exec -n flux-system deployment/source-controller -- nslookup HOST` asks again.",
  fix: "Correct `spec.git.url`. For a name of your own network give the cluster's name server a forwarder for its zone (CoreDNS: a `forward` block).",
  lookAlike:
    "`GitHostTimeout`, where the name server itself does not answer: then nobody knows whether the name exists.",
};

export const GIT_CONNECTION_REFUSED: FindingKind = {
  ...base,
  id: "GitConnectionRefused",
  title: "Nobody listens where the repository should be",
  means:
    "The machine answers, but refuses the connection: the port in `spec.git.url` is wrong, or the git service is down.",
  shows: "The message of the GitRepository ends with `dial tcp ADDRESS: connect: connection refused`.",
  fix: "Correct the port in `spec.git.url` (ssh 22 and https 443 need none), or start the service. An SSH URL with another port is written `ssh://git@host:2222/owner/repo.git`.",
  lookAlike: "`GitHostTimeout`: there is no answer at all, neither yes nor no.",
};

export const GIT_HOST_TIMEOUT: FindingKind = {
  ...base,
  id: "GitHostTimeout",
  title: "The git host does not answer",
  means:
    "Flux's packets get lost on the way, or the answer does. Each try waits for its whole timeout, so a failure shows only after a minute.",
  shows:
    "The message of the GitRepository ends with `i/o timeout` or `context deadline exceeded`. `kubectl exec -n flux-system deployment/source-controller -- nc -zvw 5 HOST PORT` tries again.",
  fix: "Open the way from the cluster's nodes to the host and port: firewall, security group, proxy (`HTTPS_PROXY` in source-controller's Deployment), policies of the network plugin.",
  lookAlike:
    "`EgressBlocked`: the same silence, and a NetworkPolicy says why. `GitConnectionRefused`: the host answers with a refusal.",
};

export const GIT_CERTIFICATE_UNTRUSTED: FindingKind = {
  ...base,
  id: "GitCertificateUntrusted",
  title: "Flux does not trust the certificate of the git host",
  means:
    "The host shows a certificate of an authority that nobody vouches for, one for another name, or one that has expired. Nothing was sent to it: TLS is always verified.",
  shows: "The message of the GitRepository holds `x509: …`.",
  fix: "For a host with an own certificate authority put its certificate into the key `ca.crt` of the project's Secret. An expired certificate, or one for another name, is mended on the host, or by the right name in `spec.git.url`.",
  lookAlike: "`TokenRefused`: there TLS is well, and the host refuses whoever signs in.",
};
