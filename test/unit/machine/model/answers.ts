import { K8sApiError, NamespaceNotFoundError, TransportError } from "../../../../src/kube/index.ts";

type Details = NonNullable<K8sApiError["details"]>;

const error = (statusCode: number, reason: string, serverMessage: string, details: Details = {}) =>
  new K8sApiError({ statusCode, reason, serverMessage, details, verb: "model", path: "/model" });

/** The API server's refusals as FLUX-FACTS measured them. */
export const notFound = (what: string) => error(404, "NotFound", `${what} not found`);
export const alreadyExists = (what: string) => error(409, "AlreadyExists", `${what} already exists`);
export const conflict = (what: string) => error(409, "Conflict", `${what}: the object has been modified`);
export const forbidden = () => error(403, "Forbidden", "denied by a policy");
export const unavailable = () => error(503, "ServiceUnavailable", "apiserver is shutting down");
export const tooMany = () => error(429, "TooManyRequests", "too many requests");
export const uidIsImmutable = () =>
  error(422, "Invalid", "metadata.uid: field is immutable", {
    causes: [{ reason: "FieldValueInvalid", field: "metadata.uid", message: "field is immutable" }],
  });
export const noNewFinalizers = () =>
  error(
    422,
    "Invalid",
    "metadata.finalizers: no new finalizers can be added if the object is being deleted",
    {
      causes: [{ reason: "FieldValueForbidden", field: "metadata.finalizers", message: "no new finalizers" }],
    },
  );
export const heldField = (path: string, manager: string) =>
  error(409, "Conflict", "Apply failed with 1 conflict", {
    causes: [
      {
        reason: "FieldManagerConflict",
        field: `.${path.replaceAll("\n", ".")}`,
        message: `conflict with "${manager}"`,
      },
    ],
  });
export const terminating = (namespace: string) =>
  error(
    403,
    "Forbidden",
    `unable to create new content in namespace ${namespace} because it is being terminated`,
    {
      causes: [
        { reason: "NamespaceTerminating", field: "metadata.namespace", message: "is being terminated" },
      ],
    },
  );
export const noNamespace = (namespace: string) =>
  new NamespaceNotFoundError(namespace, {
    statusCode: 404,
    reason: "NotFound",
    serverMessage: `namespaces "${namespace}" not found`,
    details: { kind: "namespaces", name: namespace },
    verb: "create",
    path: "/model",
  });
export const lost = () =>
  new TransportError({
    code: "reset",
    outcome: "unknown",
    verb: "model",
    path: "/model",
    server: "https://model",
    what: "closed",
  });
