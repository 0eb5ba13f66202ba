import type {
  CustomResourceDefinition,
  CustomResourceDefinitionVersion,
} from "kubernetes-types/apiextensions/v1";
import { CRD_NAME, customResourceDefinition } from "../../../api/crd.ts";
import { GROUP, PLURAL, VERSION } from "../../../api/names.ts";
import { CUSTOM_RESOURCE_DEFINITIONS } from "../../../kube/index.ts";
import {
  CRD_BEING_DELETED,
  CRD_DIFFERS,
  CRD_MISSING,
  CRD_OTHER_VERSION,
} from "../catalogue/installation-crd.ts";
import { found } from "../finding-kind.ts";
import type { Look } from "../look.ts";
import { isServed } from "../reads/served.ts";
import { installPart } from "./install-fixes.ts";
import { fine, type Judgement } from "./judged.ts";
import { type Schema, schemaDifference } from "./schema-difference.ts";

const OBJECT = `CRD ${CRD_NAME}`;
const SERVED = fine("CrdServed", OBJECT, `served in ${VERSION}`);
const MOST_NAMED = 6;
/** The image of the operator tells which version of this program fits. */
const WHICH_IMAGE =
  "kubectl get deployments -A -l app.kubernetes.io/name=projectgitops -o jsonpath='{.items[*].spec.template.spec.containers[*].image}'";

/** Whether our kind is there, stays there, and is the one that this program speaks of. */
export async function ourCrd(look: Look): Promise<Judgement[]> {
  const seen = await look.get(CUSTOM_RESOURCE_DEFINITIONS, { name: CRD_NAME });
  if (seen.state === "found") return [judgeCrd(seen.object)];
  // A CRD may be read by administrators alone, what is served by everybody.
  const served = seen.state === "closed" && (await isServed(look, GROUP, VERSION, PLURAL));
  return [served ? SERVED : missing()];
}

const missing = (): Judgement =>
  found(CRD_MISSING, {
    object: OBJECT,
    what: "the kind ProjectGitOps is not installed in this cluster",
    evidence: `the API server does not serve ${GROUP}/${VERSION}`,
    fix: installPart("crd"),
  });

/** Pure. */
export function judgeCrd({ metadata, spec }: CustomResourceDefinition): Judgement {
  if (metadata?.deletionTimestamp !== undefined) return beingDeleted(metadata.deletionTimestamp);
  const version = spec.versions.find(({ name, served }) => served && name === VERSION);
  return version === undefined ? notServed(spec.versions) : compared(version);
}

const beingDeleted = (since: string): Judgement =>
  found(CRD_BEING_DELETED, {
    object: OBJECT,
    what: "the kind ProjectGitOps is being deleted, and every ProjectGitOps with it",
    evidence: `metadata.deletionTimestamp is ${since}`,
    cause:
      "somebody deleted the CRD: the operator lets the ProjectGitOps objects go and removes nothing that they made",
    fix: [`kubectl wait --for=delete crd/${CRD_NAME} --timeout=5m`, installPart("crd")].join("\n"),
    since,
  });

function notServed(versions: readonly CustomResourceDefinitionVersion[]): Judgement {
  const served = versions.filter((version) => version.served).map(({ name }) => name);
  return found(CRD_OTHER_VERSION, {
    object: OBJECT,
    what: `the CRD does not serve ${VERSION}, which this version of ProjectGitOps speaks`,
    evidence: served.length === 0 ? "no version is served" : `served: ${served.join(", ")}`,
    fix: installPart("crd"),
  });
}

function compared({ schema }: CustomResourceDefinitionVersion): Judgement {
  const [ours] = customResourceDefinition().spec.versions;
  const theirs = (schema?.openAPIV3Schema ?? {}) as Schema;
  const { absent, unknown, changed } = schemaDifference(ours?.schema.openAPIV3Schema as Schema, theirs);
  if (absent.length > 0) {
    return found(CRD_OTHER_VERSION, {
      object: OBJECT,
      what: `the CRD is older than this program: it does not know ${some(absent)}`,
      evidence: `not in its schema of ${VERSION}: ${some(absent)}`,
      cause: "the API server drops or refuses what the CRD does not declare, whoever writes it",
      fix: installPart("crd"),
    });
  }
  if (unknown.length === 0 && changed.length === 0) return SERVED;
  const differences = [
    ...(unknown.length === 0 ? [] : [`unknown to this program: ${some(unknown)}`]),
    ...(changed.length === 0 ? [] : [`other rules: ${some(changed)}`]),
  ];
  return found(CRD_DIFFERS, {
    object: OBJECT,
    what:
      unknown.length > 0
        ? `the CRD is newer than this program: it knows ${some(unknown)}`
        : `the CRD has other rules than this program: for ${some(changed)}`,
    evidence: differences.join("; "),
    fix: unknown.length > 0 ? WHICH_IMAGE : installPart("crd"),
  });
}

const some = (paths: readonly string[]): string =>
  paths.length > MOST_NAMED
    ? `${paths.slice(0, MOST_NAMED).join(", ")} and ${paths.length - MOST_NAMED} more`
    : paths.join(", ");
