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
  // Credentials
  "CredentialMissing",
  "CredentialInvalid",
  "KnownHostsMissing",
  "CredentialHostChanged",
  "ImagePullSecretMissing",
  "ImagePullSecretInvalid",
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
