import type { K8sApiError } from "../kube/index.ts";
import { CliError } from "./errors.ts";

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
    const answer = `the API server says: ${error.statusCode} ${error.reason}: ${error.serverMessage}`;
    return new CliError(`cannot ${what}`, { details: [answer], next: next ?? nextFor(error) });
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

const READING: ReadonlySet<string> = new Set(["get", "list", "watch"]);

function nextFor(error: K8sApiError): string {
  switch (error.statusCode) {
    case 401:
      return "log in again: the API server does not accept the credential of this kubeconfig";
    case 403:
      return READING.has(error.verb)
        ? "ask an administrator for this right; the ClusterRole projectgitops-viewer holds what reading needs"
        : "ask an administrator for this right; the ClusterRole projectgitops-editor holds what changing projects needs";
    case 404:
      return "is the CRD installed? projectgitops check";
    default:
      return "projectgitops check";
  }
}
