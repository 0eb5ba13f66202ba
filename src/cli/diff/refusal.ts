import { redactor } from "../../api/redact.ts";
import type { Problem } from "../../api/schema.ts";
import type { K8sApiError } from "../../kube/index.ts";
import { CliError } from "../errors.ts";
import { explain } from "../explain.ts";
import { type ManifestDocument, nameOf } from "../manifest/documents.ts";
import { placed, problemsIn, quoteHint } from "../manifest/problems.ts";

/** Answers that are about what is written, and not about who asks or how the server is. */
const ABOUT_THE_MANIFEST: ReadonlySet<number> = new Set([400, 409, 422, 500]);

/**
 * The API server's refusal of a document with file, document, line and field. Where it names no field (an unknown
 * field in a server-side apply is a 500 without causes) this program's own schema says which.
 */
export async function refusal(
  document: ManifestDocument,
  subject: string,
  namespace: string,
  error: unknown,
): Promise<CliError> {
  const { K8sApiError: ApiError, NamespaceNotFoundError } = await import("../../kube/index.ts");
  const what = `ask what applying ${subject} would change`;
  if (error instanceof NamespaceNotFoundError) {
    return explain(what, error, `kubectl create namespace ${error.namespace}`);
  }
  if (!(error instanceof ApiError) || !ABOUT_THE_MANIFEST.has(error.statusCode)) return explain(what, error);
  const named = causesOf(error, document);
  // Of several mistakes the API server often names the first kind alone. A conflict is none of the manifest's.
  const own = error.statusCode === 409 ? [] : problemsIn(document.object, namespace);
  const problems = [...named, ...own.filter(({ path }) => !named.some((one) => one.path === path))];
  // Where nothing is wrong with the manifest it is the server's own trouble.
  if (problems.length === 0) return explain(what, error);
  return new CliError(`the API server would refuse ${subject}`, {
    // The server repeats values, and a URL may hold a password.
    details: problems.map((problem) => redactor([])(placed(document, problem))),
    next: nextOf(error, document),
  });
}

const OWN_FIELDS: ReadonlySet<string> = new Set(["apiVersion", "kind", "metadata", "spec"]);

function causesOf({ causes }: K8sApiError, { object }: ManifestDocument): Problem[] {
  const seen = new Set<string>();
  return causes.flatMap(({ field, message = "" }) => {
    // Server-side apply names the fields of a conflict with a dot before them.
    const path = (field ?? "").replace(/^\./, "");
    // A strict merge patch is refused as "patch", with the whole object in the message: no field of the manifest.
    if (!OWN_FIELDS.has(path.split(/[.[]/)[0] ?? "")) return [];
    const key = `${path} ${message}`;
    if (seen.has(key)) return [];
    seen.add(key);
    return [{ path, message: message + quoteHint(object, { path, message }) }];
  });
}

function nextOf({ statusCode }: K8sApiError, { file }: ManifestDocument): string {
  return statusCode === 409
    ? "leave these fields to their managers, or take them over: --force-conflicts here, and with kubectl apply --server-side"
    : `mend ${file === "-" ? "what is piped in" : nameOf(file)} at these places`;
}
