import { GROUP } from "../api/names.ts";
import type { K8sApiError } from "../kube/index.ts";
import { CliError } from "./errors.ts";
import { grantCommand, missingRight, rightText } from "./missing-right.ts";

/**
 * Puts an error of the client into the form of DESIGN rule 6: what failed on which object, the server's answer,
 * and what to do.
 * @param what such as `list ProjectGitOps in namespace platform`
 * @param next what to type where the answer was about this object; otherwise chosen by the answer
 */
export async function explain(what: string, error: unknown, next?: string): Promise<CliError> {
  const { ConfigError, K8sApiError, KubeError, TransportError } = await import("../kube/index.ts");
  if (error instanceof CliError) return error;
  if (error instanceof ConfigError) return new CliError(error.message, { next: KUBECONFIG_HINT });
  if (error instanceof K8sApiError) {
    const { details, next: chosen } = answerOf(error);
    return new CliError(`cannot ${what}`, { details, next: next ?? chosen });
  }
  if (error instanceof TransportError) {
    const happened = error.message.replace(`; ${error.hint}`, "");
    return new CliError(`cannot ${what}`, { details: [happened], next: error.hint });
  }
  if (error instanceof KubeError) {
    return new CliError(`cannot ${what}`, { details: [error.message], next: "projectgitops check" });
  }
  throw error;
}

const KUBECONFIG_HINT = "name a kubeconfig with --kubeconfig or $KUBECONFIG, and its context with --context";

function answerOf(error: K8sApiError): { details: string[]; next: string } {
  const said = `the API server says: ${error.statusCode} ${error.reason}: ${error.serverMessage}`;
  const right = error.statusCode === 403 ? missingRight(error.serverMessage) : undefined;
  if (right !== undefined) {
    const missing = `the right that is missing: ${rightText(right)}; an administrator may grant it`;
    return { details: [said, missing], next: grantCommand(right) };
  }
  if (error.statusCode === 422) return { details: fieldsOf(error, said), next: "mend the fields above" };
  if (error.statusCode === 404 && error.details?.name === undefined && error.path.startsWith(OURS)) {
    const missing = "the kind ProjectGitOps is not served here: its CRD is not installed";
    return { details: [said, missing], next: INSTALL };
  }
  return { details: [said], next: nextFor(error) };
}

const OURS = `/apis/${GROUP}/`;
const INSTALL =
  "projectgitops install --export --only crd | kubectl apply --server-side --force-conflicts -f -";

/** One line a field, as the API server names them. */
const fieldsOf = ({ causes }: K8sApiError, said: string): string[] =>
  causes.length === 0 ? [said] : causes.map(({ field, message }) => `${field ?? ""}: ${message ?? ""}`);

function nextFor(error: K8sApiError): string {
  const { kind, name } = error.details ?? {};
  if (error.statusCode === 401)
    return "log in again: the API server does not accept the credential of this kubeconfig";
  if (error.statusCode === 404 && kind === "namespaces" && name !== undefined)
    return `kubectl create namespace ${name}`;
  return "projectgitops check";
}
