import { type BunK8sClient, isNotFound, type PartialObjectMetadata } from "../../kube/index.ts";
import { describe, type ObjectId } from "../../plan/index.ts";
import { refOf, resourceOf } from "../../reconcile/resources.ts";
import { allowed } from "../answers.ts";
import { ask } from "../connect.ts";
import { CliError, EXIT } from "../errors.ts";
import type { Io } from "../io.ts";
import { type Contents, contentsOf } from "./contents.ts";
import { cannotBecomeOurs, fixedFieldsOf } from "./immutable.ts";
import { namedOwner } from "./mark.ts";
import type { Adopter } from "./target.ts";
import { told } from "./text.ts";
import { labelsInTheWay, type Verdict, verdictOn } from "./verdict.ts";

export interface Candidate {
  id: ObjectId;
  object: PartialObjectMetadata;
  verdict: Verdict;
}

/** What adopting would do, before anybody is asked. */
export interface AdoptionPlan {
  target: Candidate;
  /** Of a namespace. */
  contents: Contents | undefined;
  /** Objects in it whose names the project needs. */
  inside: Candidate[];
  /** Labels of others that the operator's apply would meet. */
  inTheWay: { label: string; fix: string }[];
}

/** @throws CliError, exit code 1 where there is no such object */
export async function planAdoption(
  client: BunK8sClient,
  id: ObjectId,
  adopter: Adopter,
  io: Io,
): Promise<AdoptionPlan> {
  if (id.kind !== "Namespace") {
    const object = await metadataOf(client, id, io);
    return {
      target: await judge(client, id, object, adopter, io),
      contents: undefined,
      inside: [],
      inTheWay: [],
    };
  }
  const contents = await ask(io, `look into namespace ${id.name}`, orGone(contentsOf(client, id.name), id));
  const { namespace } = contents;
  const inside = told(contents, adopter).filter(({ needed }) => needed);
  return {
    target: {
      id,
      object: namespace,
      verdict: nested(await judgeVerdict(client, id, namespace, adopter, io), contents),
    },
    contents,
    inside: await Promise.all(inside.map(({ id, object }) => judge(client, id, object, adopter, io))),
    inTheWay: labelsInTheWay(id.name, namespace.metadata ?? {}, adopter.projectId),
  };
}

/** A ProjectGitOps inside a managed namespace is refused by the operator. */
function nested(verdict: Verdict, { projects, namespace }: Contents): Verdict {
  const [first] = projects;
  if (verdict.kind === "refused" || first === undefined) return verdict;
  const name = namespace.metadata?.name;
  return {
    kind: "refused",
    why: `ProjectGitOps ${name}/${first.metadata?.name} stands in namespace ${name}: in a managed namespace it would stall (NestedProject)`,
  };
}

const judge = async (
  client: BunK8sClient,
  id: ObjectId,
  object: PartialObjectMetadata,
  adopter: Adopter,
  io: Io,
): Promise<Candidate> => ({ id, object, verdict: await judgeVerdict(client, id, object, adopter, io) });

async function judgeVerdict(
  client: BunK8sClient,
  id: ObjectId,
  object: PartialObjectMetadata,
  adopter: Adopter,
  io: Io,
): Promise<Verdict> {
  const owner = await ask(io, `see who holds ${describe(id)}`, namedOwner(client, object));
  const verdict = verdictOn(id, object.metadata ?? {}, owner, adopter);
  if (verdict.kind === "refused" || verdict.kind === "ours") return verdict;
  const fixed = await ask(io, `read ${describe(id)}`, allowed(fixedFieldsOf(client, id)));
  const url = adopter.project?.spec.git.url;
  return cannotBecomeOurs(id, fixed ?? {}, adopter.projectId, url) ?? verdict;
}

function metadataOf(client: BunK8sClient, id: ObjectId, io: Io): Promise<PartialObjectMetadata> {
  const reading = client.getMetadata(resourceOf(id.kind), refOf(id));
  return ask(io, `read ${describe(id)}`, orGone(reading, id));
}

async function orGone<T>(reading: Promise<T>, id: ObjectId): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (!isNotFound(error)) throw error;
    throw new CliError(`there is no ${describe(id)}`, {
      next:
        id.kind === "Namespace"
          ? "kubectl get namespaces"
          : `kubectl get ${resourceOf(id.kind).plural} -n ${id.namespace}`,
      exitCode: EXIT.no,
    });
  }
}
