import { CRD_NAME } from "../../api/crd.ts";
import {
  type BunK8sClient,
  DEPLOYMENTS,
  type KubeObject,
  NAMESPACES,
  type ObjectMeta,
  type Ref,
} from "../../kube/index.ts";
import { orMissing } from "../answers.ts";
import { ask } from "../connect.ts";
import { OPERATOR_SELECTOR, type OperatorDeployment, operatorOf } from "../diagnose/reads/operators.ts";
import type { Io } from "../io.ts";
import { type InstallObject, installObjects } from "./objects.ts";
import { type Way, wayOf } from "./way.ts";

/** An object of deploy/ and what stands in its place. */
export interface SeenObject extends InstallObject {
  readonly live: (KubeObject & { metadata?: ObjectMeta }) | undefined;
}

export interface Seen {
  readonly objects: readonly SeenObject[];
  /** Operators that are installed under another name or in another namespace. */
  readonly elsewhere: readonly OperatorDeployment[];
  /** Of the first object that Helm or Flux holds. */
  readonly way: Exclude<Way, { kind: "kubectl" }> | undefined;
}

/** What is installed where `objects` would be, and beside it. @throws CliError where this person may not look */
export async function lookAtInstalled(
  client: BunK8sClient,
  objects: readonly InstallObject[],
  io: Io,
): Promise<Seen> {
  const [live, deployments] = await ask(
    io,
    "look at what is installed",
    Promise.all([
      Promise.all(objects.map(({ resource, ref }) => orMissing(client.get(resource, ref)))),
      client.list(DEPLOYMENTS, { labelSelector: OPERATOR_SELECTOR }),
    ]),
  );
  const seen = objects.map((object, place): SeenObject => ({ ...object, live: live[place] }));
  const operator = installObjects().find(({ resource }) => resource === DEPLOYMENTS);
  const isHere = isAt(operator?.ref);
  const ways = seen.filter(goesWithTheRest).map(({ live }) => (live ? wayOf(live) : undefined));
  return {
    objects: seen,
    elsewhere: deployments.items.map(operatorOf).filter((operator) => !isHere(operator)),
    way: ways.find((way) => way !== undefined && way.kind !== "kubectl") as Seen["way"],
  };
}

/** Helm and Flux leave the CRD behind, with their marks, and sometimes the Namespace: these tell of the past. */
const goesWithTheRest = ({ resource, ref }: InstallObject): boolean =>
  ref.name !== CRD_NAME && resource !== NAMESPACES;

const isAt =
  (ref: Ref | undefined) =>
  ({ namespace, name }: OperatorDeployment): boolean =>
    ref?.namespace === namespace && ref.name === name;
