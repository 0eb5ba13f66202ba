import { FILE_HEADERS_ONLY, formatPatch, structuredPatch } from "diff";
import type { ProjectGitOps } from "../../api/schema.ts";
import { paint } from "../colour.ts";
import type { Io } from "../io.ts";
import { machineText } from "../output.ts";
import { LAST_APPLIED } from "./last-applied.ts";

/**
 * A unified diff of two states of an object as YAML, without what the API server keeps for itself.
 * @returns empty where nothing differs
 */
export async function unifiedDiff(
  before: ProjectGitOps | undefined,
  after: ProjectGitOps,
  names: { before: string; after: string },
): Promise<string> {
  const [old, young] = await Promise.all([before === undefined ? "" : yamlOf(before), yamlOf(after)]);
  if (old === young) return "";
  const patch = structuredPatch(
    before === undefined ? "/dev/null" : names.before,
    names.after,
    old,
    young,
    undefined,
    undefined,
    { context: 3 },
  );
  return formatPatch(patch, FILE_HEADERS_ONLY);
}

/** Added lines green, removed ones red; each still begins with its sign. */
export const coloured = (diff: string, io: Pick<Io, "colour">): string =>
  diff.replaceAll(/^([-+@]).*$/gm, (line, sign: string) =>
    paint(io, sign === "+" ? "green" : sign === "-" ? "red" : "dim", line),
  );

/** What people write of an object: status, versions and field owners are the API server's. */
function comparable({ apiVersion, kind, metadata, spec }: ProjectGitOps): object {
  const { labels, annotations = {}, name, namespace } = metadata;
  const { [LAST_APPLIED]: _, ...said } = annotations;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      namespace,
      ...(labels && Object.keys(labels).length > 0 ? { labels } : {}),
      ...(Object.keys(said).length > 0 ? { annotations: said } : {}),
    },
    spec,
  };
}

const yamlOf = (project: ProjectGitOps): Promise<string> => machineText(comparable(project), "yaml");
