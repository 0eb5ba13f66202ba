import type { FindingKind } from "../finding-kind.ts";
import * as access from "./git-access.ts";
import * as content from "./git-content.ts";
import * as host from "./git-host.ts";

/** In the order of the way to the manifests: the URL, the host, signing in, the repository, what is in it. */
export const GIT: readonly FindingKind[] = [
  host.GIT_URL_REFUSED,
  host.GIT_REPOSITORY_MISSING,
  host.EGRESS_BLOCKED,
  host.GIT_HOST_NOT_FOUND,
  host.GIT_CONNECTION_REFUSED,
  host.GIT_HOST_TIMEOUT,
  host.GIT_CERTIFICATE_UNTRUSTED,
  access.HOST_KEY_CHANGED,
  access.HOST_KEY_UNKNOWN,
  access.KEY_REFUSED,
  access.TOKEN_REFUSED,
  access.SIGN_IN_REQUIRED,
  access.REPOSITORY_NOT_FOUND,
  content.REPOSITORY_EMPTY,
  content.BRANCH_NOT_FOUND,
  content.TAG_NOT_FOUND,
  content.SEMVER_NOT_MATCHED,
  content.COMMIT_NOT_FOUND,
  content.REF_NOT_FOUND,
  content.FLUX_TRAFFIC_BLOCKED,
  content.PATH_NOT_FOUND,
  content.SOURCE_FAILING,
];
