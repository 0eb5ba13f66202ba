/** Why a call of a git host's API came to nothing, beside HostNotAllowed, which is a rule of ours. */
export const HOST_ANSWERS = [
  /** No connection, no name, or a certificate that is not trusted. */
  "HostUnreachable",
  /** The sign-in is not accepted (401). */
  "HostUnauthorized",
  /** The sign-in is accepted and may not do this (403). */
  "HostForbidden",
  /** There is no such repository, or the sign-in may not see it (404). */
  "RepositoryNotFoundOnHost",
  /** The same public key is registered already, here or elsewhere. */
  "KeyInUseElsewhere",
  /** Any other no of the host, in its own words. */
  "HostRefused",
  /** The host's limit or our own budget is used up. */
  "HostRateLimited",
  /** 5xx. */
  "HostUnavailable",
  "HostTimeout",
  /** No JSON, another form than documented, a redirect, or too large. */
  "UnexpectedAnswer",
] as const;

/** Why a condition is as it is: UpperCamelCase, stable, the same word in status, events, metrics and diagnose. */
export const REASONS = [
  // Set-up and its end
  "CreatingNamespaces",
  "CreatingSecrets",
  "CreatingResources",
  "Updating",
  "Completed",
  "RollingBack",
  "RolledBack",
  "SetupTimeout",
  "SetupFailed",
  "Suspended",
  // Removal
  "Deleting",
  "DeletionProtected",
  "RemovingEnvironment",
  "NamespaceTerminating",
  "FluxControllerNotResponding",
  "OperatorUninstalling",
  // Refused by what is written
  "InvalidSpec",
  "NestedProject",
  "DuplicateProject",
  "HeldByAnother",
  "FieldConflict",
  "FieldContested",
  "OrphanFound",
  "HostNotAllowed",
  "ProjectNotAllowed",
  "RepositoryNotAllowed",
  "TooManyEnvironments",
  // Credentials
  "CredentialMissing",
  "CredentialInvalid",
  "KnownHostsMissing",
  "CredentialHostChanged",
  "ImagePullSecretMissing",
  "ImagePullSecretInvalid",
  // Credentials of the operator's own making, and the git host's answers
  "CreatingCredential",
  "CredentialProved",
  "CredentialUnproved",
  "CredentialRotationFailed",
  "RevokingCredential",
  ...HOST_ANSWERS,
  // Refused or unanswered by the API server
  "ApiServerUnreachable",
  "Forbidden",
  "Invalid",
  "QuotaExceeded",
  "RequestFailed",
  // Flux's part
  "WaitingForFlux",
  "SourceNotReady",
  "DeliveryNotReady",
  "FailingForLong",
] as const;
export type Reason = (typeof REASONS)[number];
