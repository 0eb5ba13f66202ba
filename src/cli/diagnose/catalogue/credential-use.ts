import type { FindingKind } from "../finding-kind.ts";
import { SIGN_IN_REFUSED, UNUSABLE } from "./credential-symptoms.ts";

export const HOST_NOT_ALLOWED: FindingKind = {
  ...UNUSABLE,
  id: "HostNotAllowed",
  title: "The Secret may not be sent to the host that the URL names",
  means:
    "The annotation `projectgitops.dev/git-hosts` on the Secret lists the hosts that it is for, and the host of spec.git.url is not among them. Nothing is sent.",
  shows: "`kubectl get secret NAME -n NAMESPACE -o yaml`: the annotation.",
  fix: "If the credential is meant for this host, add it to the annotation. If not, correct spec.git.url or name another Secret.",
  lookAlike:
    "`CredentialHostChanged`: the Secret lists nothing, and the URL of a project that was set up has changed.",
};

export const CREDENTIAL_HOST_CHANGED: FindingKind = {
  ...UNUSABLE,
  id: "CredentialHostChanged",
  title: "The URL names another host than the credential was given for",
  means:
    "A Secret without the annotation `projectgitops.dev/git-hosts` is good for the host of first use; each environment's Namespace remembers it (`projectgitops.dev/git-host`). Who may only edit spec.git.url must not be able to have the credential sent to a host of their choice, so the change waits for somebody who may edit the Secret.",
  shows: "`kubectl get namespace NAMESPACE -o yaml`: the annotation names the host before.",
  fix: "If the move is meant, say so on the Secret: `kubectl annotate --overwrite secret NAME -n NAMESPACE projectgitops.dev/git-hosts=NEWHOST`. If not, put the old URL back.",
  lookAlike: "`HostNotAllowed`: the Secret lists its hosts, and this one is not among them.",
};

export const CREDENTIAL_EXPIRED: FindingKind = {
  ...UNUSABLE,
  id: "CredentialExpired",
  title: "The credential has expired",
  means:
    "The annotation `projectgitops.dev/expires-at` on the Secret (RFC 3339, such as `2027-01-31T00:00:00Z`) is past. The git host refuses it from then on; what was deployed keeps running, and nothing new comes. Whoever makes a token or key that ends writes the annotation; the operator itself does not act on it.",
  shows: "`kubectl get secret NAME -n NAMESPACE -o yaml`: the annotation.",
  fix: "Make a new one at the git host, put it into the Secret, and write its end, or remove the annotation.",
  lookAlike:
    "`CredentialExpiresSoon`: there is still time. `KeyRefused`: the host refuses a credential of which no end is known.",
  explains: SIGN_IN_REFUSED,
};

export const CREDENTIAL_EXPIRES_SOON: FindingKind = {
  id: "CredentialExpiresSoon",
  area: "credential",
  severity: "warning",
  title: "The credential expires within seven days",
  means:
    "The annotation `projectgitops.dev/expires-at` on the Secret names a time within the next seven days. From then on every environment stops getting what is new.",
  shows: "`kubectl get secret NAME -n NAMESPACE -o yaml`: the annotation.",
  fix: "Make a new one at the git host, put it into the Secret, and write its end into the annotation. All environments get it within a minute.",
  lookAlike: "`CredentialExpired`: the time is past. More than seven days are no finding.",
};

export const CREDENTIAL_EXPIRY_UNREADABLE: FindingKind = {
  id: "CredentialExpiryUnreadable",
  area: "credential",
  severity: "warning",
  title: "The time at which the credential expires cannot be read",
  means:
    "The annotation `projectgitops.dev/expires-at` on the Secret is no time of RFC 3339, such as `2027-01-31T00:00:00Z`, so nobody will be warned.",
  shows: "`kubectl get secret NAME -n NAMESPACE -o yaml`: the annotation.",
  fix: "Write it as `2027-01-31T00:00:00Z`.",
  lookAlike: "No annotation at all is no finding: not every credential expires.",
};

export const CREDENTIAL_USE: readonly FindingKind[] = [
  HOST_NOT_ALLOWED,
  CREDENTIAL_HOST_CHANGED,
  CREDENTIAL_EXPIRED,
  CREDENTIAL_EXPIRES_SOON,
  CREDENTIAL_EXPIRY_UNREADABLE,
];
