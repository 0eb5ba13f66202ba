/** Ids of findings that a credential's faults lead to: a set-up that cannot go on, and a git host that refuses. */

export const SETUP_HELD = ["RollingBack", "SetupFailed", "SetupSlow"] as const;
export const SIGN_IN_REFUSED = ["KeyRefused", "TokenRefused", "SignInRequired"] as const;
export const HOST_KEY_REFUSED = ["HostKeyUnknown", "HostKeyChanged"] as const;

/** All that Flux can say of a Secret that is not as it should be. */
export const SOURCE_FAILS = [
  ...SIGN_IN_REFUSED,
  ...HOST_KEY_REFUSED,
  "GitCertificateUntrusted",
  "RepositoryNotFound",
  "SourceFailing",
] as const;

/** What most findings about the project's own Secret have in common. */
export const UNUSABLE = {
  area: "credential",
  severity: "error",
  explains: [...SETUP_HELD, ...SIGN_IN_REFUSED],
} as const;
