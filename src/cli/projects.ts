import { Option } from "@commander-js/extra-typings";
import { KIND } from "../api/names.ts";
import type { ProjectGitOps } from "../api/schema.ts";
import type { BunK8sClient, Ref } from "../kube/index.ts";
import { ask, type ClusterFlags, connect } from "./connect.ts";
import { CliError, EXIT } from "./errors.ts";
import type { Io } from "./io.ts";
import { nearest } from "./nearest.ts";

/** Which projects a verb speaks of. */
export interface ProjectFlags extends ClusterFlags {
  namespace?: string | undefined;
  allNamespaces?: boolean | undefined;
  selector?: string | undefined;
}

export const namespaceOption = () =>
  new Option("-n, --namespace <namespace>", "namespace; default that of the context");
export const allNamespacesOption = () => new Option("-A, --all-namespaces", "all namespaces");
export const selectorOption = () => new Option("-l, --selector <selector>", "only objects with these labels");
export const outputOption = () =>
  new Option("-o, --output <format>", "how to print it")
    .choices(["table", "wide", "json", "yaml"])
    .default("table" as const);

/** How our kind is served; loaded late, for `--help` needs none of it. */
export const projectResource = async () => (await import("../reconcile/resources.ts")).PROJECTS;

/** What was asked for: one project by name, or all of a namespace or of the cluster. */
export type Target =
  | { name: string; namespace: string }
  | { name: undefined; namespace: string | undefined; selector: string | undefined };

/** A client, and which projects it is asked for. @throws CliError, also for a name together with --all-namespaces */
export async function openTarget(
  verb: string,
  name: string | undefined,
  flags: ProjectFlags,
  io: Io,
): Promise<{ client: BunK8sClient; target: Target }> {
  if (name !== undefined && flags.allNamespaces) {
    throw new CliError("a name and --all-namespaces do not go together", {
      next: `${io.name} ${verb} ${name} -n NAMESPACE`,
    });
  }
  const client = await connect(flags, io);
  const own = flags.namespace ?? client.namespace;
  if (name !== undefined) return { client, target: { name, namespace: own } };
  const namespace = flags.allNamespaces ? undefined : own;
  return { client, target: { name, namespace, selector: flags.selector } };
}

/** `in namespace platform`, or `in the cluster`. */
export const where = (namespace: string | undefined): string =>
  namespace === undefined ? "in the cluster" : `in namespace ${namespace}`;

/** The project, or all that were asked for. @throws CliError */
export async function readProjects(
  client: BunK8sClient,
  target: Target,
  io: Io,
): Promise<readonly ProjectGitOps[]> {
  if (target.name !== undefined) return [await readProject(client, target, io)];
  const { namespace, selector } = target;
  const list = await ask(
    io,
    `list ${KIND} ${where(namespace)}`,
    client.list(await projectResource(), {
      ...(namespace === undefined ? {} : { namespace }),
      ...(selector === undefined ? {} : { labelSelector: selector }),
    }),
  );
  return list.items;
}

/** @throws CliError with the nearest names where there is no such project (exit 1: the answer is no) */
export async function readProject(
  client: BunK8sClient,
  ref: { namespace: string; name: string },
  io: Io,
): Promise<ProjectGitOps> {
  const reading = client.get(await projectResource(), ref).catch(async (error) => {
    throw (await isMissing(error)) ? await noSuchProject(client, ref, io) : error;
  });
  return ask(io, `read ${KIND} ${ref.namespace}/${ref.name}`, reading);
}

/** A 404 without a name in it speaks of the kind: then the CRD is missing, and not the project. */
export async function isMissing(error: unknown): Promise<boolean> {
  const { isNotFound } = await import("../kube/index.ts");
  return isNotFound(error) && error.details?.name !== undefined;
}

/** Says that there is none, and which were probably meant. */
export async function noSuchProject(
  client: BunK8sClient,
  { namespace, name }: { namespace: string; name: string },
  io: Io,
): Promise<CliError> {
  const others = await visibleProjects(client, namespace);
  const near = nearest(
    name,
    others.map((ref) => ref.name),
  );
  const refs = others.filter((ref) => near.includes(ref.name)).slice(0, 3);
  return new CliError(`there is no ${KIND} ${namespace}/${name}`, {
    details: refs.length === 0 ? [] : [`did you mean ${refs.map(text).join(" or ")}?`],
    next: `${io.name} get -A`,
    exitCode: EXIT.no,
  });
}

const text = ({ namespace, name }: Ref): string => `${namespace}/${name}`;

/** The projects that this person may see: of the cluster, else of this namespace, else none. */
async function visibleProjects(client: BunK8sClient, namespace: string): Promise<Ref[]> {
  const projects = await projectResource();
  const list = await client
    .listMetadata(projects)
    .catch(() => client.listMetadata(projects, { namespace }))
    .catch(() => ({ items: [] }));
  return list.items.map(({ metadata }) => ({
    namespace: metadata?.namespace ?? "",
    name: metadata?.name ?? "",
  }));
}
