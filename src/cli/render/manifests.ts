import type { Secret } from "kubernetes-types/core/v1";
import { KIND } from "../../api/names.ts";
import { type ProjectGitOps, parseProject } from "../../api/schema.ts";
import { CliError, EXIT } from "../errors.ts";
import { documentsOf, type ManifestDocument, nameOf, type Written } from "../manifest/documents.ts";
import { isProject, placed, problemsIn } from "../manifest/problems.ts";

/** What a file of manifests holds for `render`. */
export interface RenderInput {
  projects: ProjectGitOps[];
  secrets: Secret[];
}

/**
 * Reads YAML or JSON documents: ProjectGitOps objects and the Secrets that they refer to; other kinds are passed over.
 * @param file its name, for messages
 * @param namespace of objects that name none
 * @throws CliError for what admission would refuse, with line and field; unknown fields count, as for kubectl
 */
export async function readManifests(text: string, file: string, namespace: string): Promise<RenderInput> {
  const input: RenderInput = { projects: [], secrets: [] };
  for (const document of await documentsOf(text, file)) {
    if (isProject(document)) input.projects.push(project(document, namespace));
    else if (document.object.kind === "Secret")
      input.secrets.push(withNamespace(document.object, namespace) as Secret);
  }
  return input;
}

const withNamespace = (object: Written, namespace: string): Written => ({
  ...object,
  metadata: { namespace, ...object.metadata },
});

function project(document: ManifestDocument, namespace: string): ProjectGitOps {
  const parsed = parseProject(withNamespace(document.object, namespace));
  const problems = problemsIn(document.object, namespace);
  if (parsed.ok && problems.length === 0) return parsed.project;
  const name = document.object.metadata?.name ?? "without a name";
  throw new CliError(`${KIND} ${name} in ${nameOf(document.file)} would be refused`, {
    details: problems.map((problem) => placed(document, problem)),
    next: "mend these fields",
    exitCode: EXIT.no,
  });
}
