export { ConfigError } from "./config-error.ts";
export { InvalidRequest } from "./invalid-request.ts";
export {
  isAlreadyExists,
  isConflict,
  isGone,
  isNotFound,
  K8sApiError,
  NamespaceNotFoundError,
} from "./k8s-api-error.ts";
export { KubeError } from "./kube-error.ts";
export { type Outcome, type TransportCode, TransportError } from "./transport-error.ts";
export { UnexpectedResponse } from "./unexpected-response.ts";
