import type { Status } from "kubernetes-types/meta/v1";
import { type ApiErrorFields, K8sApiError, NamespaceNotFoundError } from "../errors/k8s-api-error.ts";
import type { KubeError } from "../errors/kube-error.ts";
import { UnexpectedResponse } from "../errors/unexpected-response.ts";
import type { ApiCall } from "./call.ts";
import { withoutSecrets } from "./redact.ts";

/** The parsed body of a successful answer. Throws UnexpectedResponse when it is no JSON. */
export function parseAnswer(call: ApiCall, response: Response, text: string): unknown {
  const contentType = response.headers.get("content-type") ?? "";
  if (!contentType.startsWith("application/json")) throw unexpected(call, response, "the body is not JSON");
  try {
    return JSON.parse(text);
  } catch {
    throw unexpected(call, response, "the body is cut off or not JSON");
  }
}

/** The error of an answer outside 2xx. */
export function errorOf(call: ApiCall, response: Response, text: string): KubeError {
  const { status: statusCode } = response;
  if (statusCode < 400) {
    return unexpected(
      call,
      response,
      "a redirect, which is not followed because it could carry the credential elsewhere",
    );
  }
  const contentType = response.headers.get("content-type") ?? "";
  if (contentType.startsWith("application/json")) {
    const status = parseStatus(text);
    return status === undefined
      ? unexpected(call, response, "JSON that is no Status")
      : ofStatus(call, response, status);
  }
  // The API server itself answers some errors as plain text: an unknown path, too many requests, a panic.
  if (contentType.startsWith("text/plain")) {
    const reason = REASONS[statusCode] ?? "Unknown";
    return new K8sApiError({
      ...common(call, response),
      reason,
      serverMessage: firstLine(withoutSecrets(call, text)),
    });
  }
  return unexpected(call, response, "the body is no Status");
}

/** The error that a Status stands for, also one that came inside a watch. */
export function ofStatus(call: ApiCall, response: Response, status: Status): K8sApiError {
  const message = withoutSecrets(call, status.message ?? "no message");
  const details =
    status.details &&
    (JSON.parse(withoutSecrets(call, JSON.stringify(status.details))) as NonNullable<Status["details"]>);
  const statusCode = status.code ?? response.status;
  const fields: ApiErrorFields = {
    ...common(call, response),
    statusCode,
    reason: status.reason || REASONS[statusCode] || "Unknown",
    serverMessage: message,
    details,
    continueToken: status.metadata?.continue,
  };
  fields.retryAfterSeconds ??= details?.retryAfterSeconds;
  if (
    call.verb === "create" &&
    statusCode === 404 &&
    details?.kind === "namespaces" &&
    call.namespace !== undefined
  ) {
    return new NamespaceNotFoundError(call.namespace, fields);
  }
  return new K8sApiError(fields);
}

/** Seconds that Retry-After asks for, given as a number or a date; undefined without one. */
export function retryAfterSeconds(response: Response): number | undefined {
  const header = response.headers.get("retry-after");
  if (header === null) return undefined;
  if (/^\d+$/.test(header)) return Number(header);
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, (at - Date.now()) / 1000);
}

export function unexpected(call: ApiCall, response: Response, what: string): UnexpectedResponse {
  return new UnexpectedResponse({
    statusCode: response.status,
    contentType: response.headers.get("content-type") ?? "",
    verb: call.verb,
    path: call.path,
    what,
  });
}

const REASONS: Record<number, string> = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  405: "MethodNotAllowed",
  406: "NotAcceptable",
  409: "Conflict",
  410: "Gone",
  413: "RequestEntityTooLarge",
  415: "UnsupportedMediaType",
  422: "Invalid",
  429: "TooManyRequests",
  500: "InternalError",
  503: "ServiceUnavailable",
  504: "Timeout",
};

function common(call: ApiCall, response: Response) {
  return {
    statusCode: response.status,
    verb: call.verb,
    path: call.path,
    retryAfterSeconds: retryAfterSeconds(response),
  };
}

function parseStatus(text: string): Status | undefined {
  try {
    const status = JSON.parse(text) as Status | null;
    return status?.kind === "Status" ? status : undefined;
  } catch {
    return undefined;
  }
}

function firstLine(text: string): string {
  return (text.trim().split("\n")[0] ?? "").slice(0, 300);
}
