import type { Reason } from "../api/schema.ts";
import { K8sApiError } from "../kube/index.ts";
import type { Refusal } from "../machine/index.ts";
import { apiVersionOf, describe, type ObjectId } from "../plan/index.ts";

/** What the failure of one call means for the pass. */
export type Meaning =
  /** It was refused for a reason that a repetition alone does not mend. */
  | { readonly kind: "refused"; readonly refusal: Refusal }
  /** Somebody else was faster: look again. */
  | { readonly kind: "outdated" }
  | { readonly kind: "gone" }
  /** Its Namespace is not there, or on its way out. */
  | { readonly kind: "homeless" }
  /** No answer, overload, or a server error: the pass ends, and nothing is concluded from it. */
  | { readonly kind: "unavailable" };

/** Judges by status code, reason and causes; words only name what is already a refusal. */
export function meaningOf(error: unknown, id: ObjectId, doing: string): Meaning {
  if (!(error instanceof K8sApiError)) return { kind: "unavailable" };
  const { statusCode, reason } = error;
  if (hasCause(error, "NamespaceTerminating") || isHomeless(error, id)) return { kind: "homeless" };
  if (statusCode === 404 && doing === "create") return { kind: "refused", refusal: notServed(id, error) };
  if (statusCode === 404) return { kind: "gone" };
  if (hasCause(error, "FieldManagerConflict")) return { kind: "refused", refusal: fieldConflict(id, error) };
  if (statusCode === 409 || hasField(error, "metadata.uid")) return { kind: "outdated" };
  if (statusCode === 401 || statusCode === 429 || isServerFault(error)) return { kind: "unavailable" };
  const refusal = { id, reason: reasonOf(error), message: refusalMessage(error, id, doing, reason) };
  return { kind: "refused", refusal };
}

const isHomeless = (error: K8sApiError, id: ObjectId): boolean =>
  error.statusCode === 404 && error.details?.kind === "namespaces" && id.kind !== "Namespace";

/** A create is answered with a bare 404 when the API server does not serve the kind: Flux may come after us. */
const notServed = (id: ObjectId, { serverMessage }: K8sApiError): Refusal => ({
  id,
  reason: "RequestFailed",
  message: `cannot create ${describe(id)}: 404 NotFound: ${serverMessage}; install the CRD of ${id.kind} (${apiVersionOf(id.kind)}), for Flux's kinds: flux install`,
  untimed: true,
});

/** Only where an apply is not forced: a Namespace that was adopted. The server names field and manager. */
const fieldConflict = (id: ObjectId, { causes, serverMessage }: K8sApiError): Refusal => ({
  id,
  reason: "FieldConflict",
  message: `${describe(id)} was adopted, and a field of it is held by someone else: ${causes.map(({ message, field }) => `${field}: ${message}`).join("; ") || serverMessage}. Take the field out there, or out of this spec`,
});

const hasCause = (error: K8sApiError, cause: string): boolean =>
  error.causes.some(({ reason }) => reason === cause);

const hasField = (error: K8sApiError, field: string): boolean =>
  error.statusCode === 422 && error.causes.some((cause) => cause.field === field);

/** Server-side apply answers a field that the CRD does not declare with 500: no repetition helps there. */
const isServerFault = (error: K8sApiError): boolean =>
  error.statusCode >= 500 && !error.serverMessage.includes("field not declared in schema");

function reasonOf(error: K8sApiError): Reason {
  if (error.statusCode === 403)
    return error.serverMessage.includes("exceeded quota") ? "QuotaExceeded" : "Forbidden";
  return error.statusCode === 422 || error.statusCode === 400 ? "Invalid" : "RequestFailed";
}

const NEXT: Partial<Record<Reason, string>> = {
  QuotaExceeded:
    "raise the ResourceQuota; this project's own in environments[].resourceQuota or the operator's --environment-defaults",
  Forbidden: "grant it, or change the policy that denies it",
  Invalid: "change the field that the server names",
};

/** The object, the server's reason and words, and the next step. The server never echoes Secret data back here. */
function refusalMessage(error: K8sApiError, id: ObjectId, doing: string, reason: string): string {
  const said = id.kind === "Secret" && error.statusCode !== 403 ? quiet(error) : error.serverMessage;
  const next = NEXT[reasonOf(error)] ?? "see the API server's log";
  return `cannot ${doing} ${describe(id)}: ${error.statusCode} ${reason}: ${said}; ${next}`;
}

/** A 422 may echo the value that it refuses, and a webhook what it was shown: of a Secret only who refused, and the fields, are named. */
function quiet(error: K8sApiError): string {
  const fields = error.causes.map(({ field }) => field).filter(Boolean);
  return [...(WEBHOOK.exec(error.serverMessage) ?? []).slice(0, 1), ...fields].join(", ") || error.reason;
}

const WEBHOOK = /^admission webhook "[^"]*" denied the request/;
