import type { FindingKind } from "../finding-kind.ts";
import { SETUP_HELD, SOURCE_FAILS, UNUSABLE } from "./credential-symptoms.ts";

export const CREDENTIAL_COPY_MISSING: FindingKind = {
  ...UNUSABLE,
  id: "CredentialCopyMissing",
  title: "An environment has lost its copy of the git credential",
  means:
    "The project was set up, and the copy of the git credential that Flux reads in this environment is not there any more. A running operator puts it back at its next look; that it is still missing means that the operator is stopped, suspended or refused.",
  shows: "`kubectl get secret -n NAMESPACE` does not list it; Flux says `failed to get secret … not found`.",
  fix: "`projectgitops reconcile NAME -n NAMESPACE` has the operator look now.",
  lookAlike:
    "`CredentialMissing`: the Secret that the copies are made from is gone. A project that is still being set up has no copies yet: no finding.",
  explains: SOURCE_FAILS,
};

export const CREDENTIAL_COPY_EDITED: FindingKind = {
  ...UNUSABLE,
  id: "CredentialCopyEdited",
  title: "The copy of the git credential in one environment was changed by hand",
  means:
    "The copy differs from what the project's own Secret gives, and somebody else than the operator wrote the difference (metadata.managedFields says who, and when). A running operator puts it right at its next look; that it still differs means that the operator is stopped, suspended or refused. Keys that were added beside the copied ones are left alone and are no finding.",
  shows:
    "`kubectl get secret NAME -n NAMESPACE -o yaml --show-managed-fields`: another manager than projectgitops holds `f:data`.",
  fix: "`projectgitops reconcile NAME -n NAMESPACE` puts the right content back. What shall stay belongs into the project's own Secret.",
  lookAlike: "`CredentialCopyOutdated`: nobody touched the copy; the project's own Secret has changed since.",
  explains: SOURCE_FAILS,
};

export const IMAGE_PULL_COPY_BROKEN: FindingKind = {
  ...UNUSABLE,
  id: "ImagePullCopyBroken",
  title: "The copy of an image pull Secret is gone, or was changed by hand",
  means:
    "The pods of this environment pull their images with the copy. It differs from the Secret that imagePullSecrets names in the project's own namespace, or is not there any more, and somebody else than the operator did that. A running operator puts it right at its next look.",
  shows:
    "`kubectl get secret NAME -n NAMESPACE -o yaml --show-managed-fields`: another manager than projectgitops holds `f:data`, or NotFound.",
  fix: "`projectgitops reconcile NAME -n NAMESPACE` puts the right content back.",
  lookAlike:
    "`ImagePullSecretMissing`: the Secret that the copies are made from is gone. `CredentialCopyOutdated`: nobody touched the copy, and the Secret that it is made from has changed.",
  explains: ["ImagePullFailed"],
};

export const CREDENTIAL_COPY_OUTDATED: FindingKind = {
  id: "CredentialCopyOutdated",
  area: "credential",
  severity: "warning",
  title: "An environment still has the Secret from before",
  means:
    "The project's own Secret was changed more than two minutes ago, and the copy in this environment has not followed. The operator carries a change within its resync interval (one minute unless set): it is stopped, suspended or refused.",
  shows: "`projectgitops status NAME`: when the operator looks next, and what keeps it from it.",
  fix: "`projectgitops reconcile NAME -n NAMESPACE` has the operator look now; a suspended project has to be resumed first.",
  lookAlike: "`CredentialCopyEdited`: the copy was changed, and not the project's own Secret.",
};

export const IMAGE_PULL_SECRET_MISSING: FindingKind = {
  ...UNUSABLE,
  id: "ImagePullSecretMissing",
  title: "An image pull Secret that an environment names does not exist",
  means:
    "environments[].imagePullSecrets names a Secret of the project's own namespace, which is copied into the environment. It is not there, so the set-up waits.",
  shows: "`kubectl get secret NAME -n NAMESPACE` says NotFound.",
  fix: "Create it: `kubectl create secret docker-registry NAME -n NAMESPACE --docker-server=… --docker-username=… --docker-password=…`, or take the name out of imagePullSecrets.",
  lookAlike: "`CredentialMissing`: the git credential is missing.",
  explains: [...SETUP_HELD, "ImagePullFailed"],
};

export const IMAGE_PULL_SECRET_INVALID: FindingKind = {
  ...UNUSABLE,
  id: "ImagePullSecretInvalid",
  title: "A Secret that imagePullSecrets names is not for a container registry",
  means:
    "An image pull Secret is of type kubernetes.io/dockerconfigjson or kubernetes.io/dockercfg, and has the one key of that type. Another Secret is not copied: pods could not use it, and it would show what is not meant for them.",
  shows: "`kubectl get secret NAME -n NAMESPACE`: the column TYPE.",
  fix: "The type of a Secret cannot be changed: delete it and make it with `kubectl create secret docker-registry`. Where the key .dockerconfigjson is there and only the type is wrong, `diagnose` prints a command that keeps the content.",
  lookAlike: "`ImagePullSecretMissing`: there is no such Secret.",
  explains: [...SETUP_HELD, "ImagePullFailed"],
};

export const CREDENTIAL_COPIES: readonly FindingKind[] = [
  IMAGE_PULL_SECRET_MISSING,
  IMAGE_PULL_SECRET_INVALID,
  CREDENTIAL_COPY_MISSING,
  CREDENTIAL_COPY_EDITED,
  IMAGE_PULL_COPY_BROKEN,
  CREDENTIAL_COPY_OUTDATED,
];
