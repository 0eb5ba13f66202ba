import { ANNOTATIONS, LABELS } from "../../api/names.ts";
import type { ProjectGitOps } from "../../api/schema.ts";
import type { BunK8sClient } from "../../kube/index.ts";
import { isManagedKind, MANAGED_KINDS, type ManagedKind, type ObjectId } from "../../plan/index.ts";
import { ask } from "../connect.ts";
import { CliError, EXIT } from "../errors.ts";
import type { Io } from "../io.ts";
import { isMissing, projectResource } from "../projects.ts";

/** For which project something is labelled. */
export interface Adopter {
  namespace: string;
  name: string;
  projectId: string;
  /** Undefined where it is not there yet: labelling before applying is in order. */
  project: ProjectGitOps | undefined;
}

/** A namespace by its name, or `KIND/NAME` as kubectl takes it. @throws CliError for a kind that the operator does not make */
export function parseTarget(text: string, namespace: string, io: Io): ObjectId {
  const [first = "", name, ...rest] = text.split("/");
  if (name === undefined) return { kind: "Namespace", namespace: "", name: first };
  const kind = kindNamed(first);
  if (kind === undefined || name === "" || rest.length > 0) {
    throw new CliError(`${text} is neither a namespace nor KIND/NAME`, {
      details: [`kinds: ${Object.keys(MANAGED_KINDS).join(", ")}`],
      next: `${io.name} adopt --help`,
    });
  }
  return { kind, namespace: kind === "Namespace" ? "" : namespace, name };
}

function kindNamed(text: string): ManagedKind | undefined {
  const lower = text.toLowerCase();
  const entry = Object.entries(MANAGED_KINDS).find(
    ([kind, { plural }]) => [kind.toLowerCase(), plural].includes(lower) || SHORT[lower] === kind,
  );
  return entry !== undefined && isManagedKind(entry[0]) ? entry[0] : undefined;
}

const SHORT: Record<string, ManagedKind> = {
  ns: "Namespace",
  sa: "ServiceAccount",
  ks: "Kustomization",
  hr: "HelmRelease",
};

/**
 * The project that --project names as NAME or NAMESPACE/NAME.
 * @param projectId of one that is not there yet; default its name
 */
export async function adopterOf(
  client: BunK8sClient,
  text: string,
  namespace: string,
  projectId: string | undefined,
  io: Io,
): Promise<Adopter> {
  const parts = text.split("/");
  const ref =
    parts.length === 1 ? { namespace, name: text } : { namespace: parts[0] ?? "", name: parts[1] ?? "" };
  const reading = client.get(await projectResource(), ref).catch(async (error: unknown) => {
    if (await isMissing(error)) return undefined;
    throw error;
  });
  const project = await ask(io, `read ProjectGitOps ${ref.namespace}/${ref.name}`, reading);
  const known = project?.spec.projectId;
  if (known !== undefined && projectId !== undefined && known !== projectId) {
    throw new CliError(
      `the projectId of ProjectGitOps ${ref.namespace}/${ref.name} is ${known}, not ${projectId}`,
      {
        next: "leave --project-id out",
        exitCode: EXIT.no,
      },
    );
  }
  return { ...ref, projectId: known ?? projectId ?? ref.name, project };
}

/** What an administrator writes on an object to hand it over. */
export const adoptionMarks = ({ namespace, name, projectId }: Adopter) => ({
  labels: { [LABELS.adopt]: projectId },
  annotations: { [ANNOTATIONS.adoptBy]: `${namespace}/${name}` },
});

export const nameOf = ({ namespace, name }: Pick<Adopter, "namespace" | "name">): string =>
  `${namespace}/${name}`;
