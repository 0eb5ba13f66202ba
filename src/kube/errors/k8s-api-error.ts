import type { StatusCause, StatusDetails } from "kubernetes-types/meta/v1";
import { KubeError } from "./kube-error.ts";

export interface ApiErrorFields {
  statusCode: number;
  reason: string;
  serverMessage: string;
  details?: StatusDetails | undefined;
  retryAfterSeconds?: number | undefined;
  continueToken?: string | undefined;
  verb: string;
  path: string;
}

/** The API server refused: all fields of its Status, and the request that it refused. */
export class K8sApiError extends KubeError {
  override name = "K8sApiError";
  /** HTTP status. */
  readonly statusCode: number;
  /** The machine-readable reason, for example NotFound, AlreadyExists, Conflict, Forbidden, Invalid. */
  readonly reason: string;
  /** The server's own words. */
  readonly serverMessage: string;
  readonly details: StatusDetails | undefined;
  /** One entry for each wrong field or other cause; empty when the server named none. */
  readonly causes: StatusCause[];
  /** How long the server asks to wait before another try, in seconds. */
  readonly retryAfterSeconds: number | undefined;
  /** With a 410 on a paged list: the token that goes on from the same place in the present state. */
  readonly continueToken: string | undefined;
  /** Kubernetes verb. */
  readonly verb: string;
  /** Path without the query. */
  readonly path: string;

  constructor(fields: ApiErrorFields, message?: string) {
    super(
      message ??
        `${fields.reason}: ${fields.serverMessage} (${fields.statusCode}, ${fields.verb} ${fields.path})`,
    );
    this.statusCode = fields.statusCode;
    this.reason = fields.reason;
    this.serverMessage = fields.serverMessage;
    this.details = fields.details;
    this.causes = fields.details?.causes ?? [];
    this.retryAfterSeconds = fields.retryAfterSeconds;
    this.continueToken = fields.continueToken;
    this.verb = fields.verb;
    this.path = fields.path;
  }
}

/** A create was refused because its Namespace is not there. Told from the server's 404, which names "namespaces". */
export class NamespaceNotFoundError extends K8sApiError {
  override name = "NamespaceNotFoundError";
  readonly namespace: string;

  constructor(namespace: string, fields: ApiErrorFields) {
    super(fields, `Namespace ${namespace} does not exist`);
    this.namespace = namespace;
  }
}

/** 404: the object, or the kind itself, is not there. */
export function isNotFound(error: unknown): error is K8sApiError {
  return error instanceof K8sApiError && error.statusCode === 404;
}

/** 409 that is not AlreadyExists: a version, uid or field manager differs from what was sent. */
export function isConflict(error: unknown): error is K8sApiError {
  return error instanceof K8sApiError && error.statusCode === 409 && error.reason !== "AlreadyExists";
}

/** 409 AlreadyExists: a create met an object of that name. */
export function isAlreadyExists(error: unknown): error is K8sApiError {
  return error instanceof K8sApiError && error.statusCode === 409 && error.reason === "AlreadyExists";
}

/** 410: a resourceVersion or continue token is too old. */
export function isGone(error: unknown): error is K8sApiError {
  return error instanceof K8sApiError && error.statusCode === 410;
}
