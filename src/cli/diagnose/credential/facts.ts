import type { Secret } from "kubernetes-types/core/v1";
import type { GitUrl } from "../../../api/git-url.ts";
import type { ProjectGitOps, Reason } from "../../../api/schema.ts";
import { conditionOf } from "../../../api/standing.ts";
import type { CredentialProblem } from "../../../git/index.ts";
import { projectKey } from "../../../reconcile/resources.ts";
import { type FindingKind, type Found, found } from "../finding-kind.ts";
import type { SecretRef } from "../reads/credential.ts";

/** What is known of a credential that cannot be used. */
export interface Facts {
  readonly project: ProjectGitOps;
  readonly ref: SecretRef;
  readonly url: GitUrl;
  readonly problem: CredentialProblem;
  /** Without data where there is no such Secret. */
  readonly secret: Secret;
  /** Names of Secrets that could have been meant by one that is missing; the first can be used. */
  readonly near: { readonly usable?: string; readonly names: readonly string[] };
}

/** What is told of it. */
export interface Told {
  readonly kind: FindingKind;
  readonly what: string;
  readonly cause: string;
  readonly fix: string;
  /** Default the Secret. */
  readonly object?: string;
  /** Default the Secret's type and keys. */
  readonly evidence?: string;
  /** RFC 3339. */
  readonly since?: string | undefined;
  readonly environment?: string;
}

export type Teller = (facts: Facts) => Told;

/** `the git credential of shop`. */
export const credentialOf = ({ project }: Pick<Facts, "project">): string =>
  `the git credential of ${project.metadata.name}`;

/** A finding about a Secret of the project, unless it is about something else. */
export const foundIn = (project: ProjectGitOps, ref: SecretRef, { kind, object, ...told }: Told): Found =>
  found(kind, {
    project: projectKey(project.metadata),
    object: object ?? `Secret ${ref.namespace}/${ref.name}`,
    ...told,
  });

/** Since when the operator gives this reason; undefined where it says something else. */
export function sinceOf(project: ProjectGitOps, reason: Reason): string | undefined {
  const ready = conditionOf(project, "Ready");
  return ready?.status === "False" && ready.reason === reason ? ready.lastTransitionTime : undefined;
}

/** The Secret as anybody may describe it: its type and the names of its keys, never what is in them. */
export function contents({ type, data = {} }: Secret): string {
  const keys = Object.entries(data).map(([key, value]) => (value === "" ? `${key} (empty)` : key));
  return `it is of type ${type ?? "Opaque"} and holds ${keys.toSorted().join(", ") || "nothing"}`;
}
