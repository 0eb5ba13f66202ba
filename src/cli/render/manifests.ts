import type { Secret } from "kubernetes-types/core/v1";
import { KIND } from "../../api/names.ts";
import { type ParsedProject, type ProjectGitOps, parseProject } from "../../api/schema.ts";
import { CliError, EXIT } from "../errors.ts";

/** What a file of manifests holds for `render`. */
export interface RenderInput {
  projects: ProjectGitOps[];
  secrets: Secret[];
}

/**
 * Reads YAML or JSON documents: ProjectGitOps objects and the Secrets that they refer to; other kinds are passed over.
 * @param source name of the file, for messages
 * @param namespace of objects that name none
 * @throws CliError for what admission would refuse, with the field's path; unknown fields count, as for kubectl
 */
export async function readManifests(text: string, source: string, namespace: string): Promise<RenderInput> {
  const input: RenderInput = { projects: [], secrets: [] };
  for (const document of await documents(text, source)) {
    if (document.kind === KIND) input.projects.push(project(document, source, namespace));
    else if (document.kind === "Secret") input.secrets.push(withNamespace(document, namespace) as Secret);
  }
  return input;
}

interface Document {
  kind?: unknown;
  metadata?: { name?: string; namespace?: string };
  items?: unknown;
}

async function documents(text: string, source: string): Promise<Document[]> {
  const { loadAll, YAMLException } = await import("js-yaml");
  try {
    const found = (loadAll(text) as (Document | null)[]).filter((document) => document !== null);
    return found.flatMap((document) =>
      Array.isArray(document.items) ? (document.items as Document[]) : [document],
    );
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    throw new CliError(`${source} is no YAML`, { details: [error.reason], next: "mend the file" });
  }
}

const withNamespace = (document: Document, namespace: string): Document => ({
  ...document,
  metadata: { namespace, ...document.metadata },
});

function project(document: Document, source: string, namespace: string): ProjectGitOps {
  const parsed: ParsedProject = parseProject(withNamespace(document, namespace));
  const problems = parsed.ok
    ? unknownFields(document, parsed.project).map((path) => `${path}: unknown field`)
    : parsed.problems.map(({ path, message }) => `${path}: ${message}`);
  if (parsed.ok && problems.length === 0) return parsed.project;
  throw new CliError(`${KIND} ${document.metadata?.name ?? "without a name"} in ${source} would be refused`, {
    details: problems,
    next: "mend these fields",
    exitCode: EXIT.no,
  });
}

/** Paths of what was written and is not in what was read: the schema does not know it. */
function unknownFields(written: unknown, read: unknown, path = ""): string[] {
  if (Array.isArray(written)) {
    return written.flatMap((item, index) =>
      unknownFields(item, Array.isArray(read) ? read[index] : undefined, `${path}[${index}]`),
    );
  }
  if (typeof written !== "object" || written === null) return [];
  return Object.entries(written).flatMap(([key, value]) => {
    // What is read back has no status or other top-level field of the server.
    if (path === "" && key !== "spec") return [];
    const below = path === "" ? key : `${path}.${key}`;
    const known = typeof read === "object" && read !== null && key in read;
    return known ? unknownFields(value, (read as Record<string, unknown>)[key], below) : [below];
  });
}
