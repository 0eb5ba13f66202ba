import { loadAll } from "js-yaml";
import { FIELD_MANAGER } from "../../api/names.ts";
import {
  CLUSTER_ROLE_BINDINGS,
  CLUSTER_ROLES,
  CUSTOM_RESOURCE_DEFINITIONS,
  DEPLOYMENTS,
  defineResource,
  type KubeObject,
  NAMESPACES,
  type ObjectMeta,
  type Ref,
  type ResourceType,
  ROLE_BINDINGS,
  ROLES,
  SERVICE_ACCOUNTS,
  SERVICES,
} from "../../kube/index.ts";
import { installManifests, type Part, partManifests } from "../manifests.ts";

/** One object of deploy/. */
export interface InstallObject {
  readonly resource: ResourceType;
  readonly ref: Ref;
  /** `Deployment projectgitops-system/projectgitops`. */
  readonly text: string;
  readonly manifest: KubeObject & { metadata: ObjectMeta };
}

/**
 * deploy/ in the order in which it is made; removed, in the opposite one: whoever holds the operator's token is
 * confined from its first right to its last.
 */
export function installObjects(image?: string, only?: Part): InstallObject[] {
  const texts = only === undefined ? installManifests(image) : partManifests(only);
  const objects = (loadAll(texts) as InstallObject["manifest"][]).map(asInstallObject);
  return KINDS.flatMap(({ kind }) => objects.filter(({ resource }) => resource.kind === kind));
}

/** On every object of deploy/: what has it not is somebody else's, whatever its name. */
export const INSTALL_LABEL = { name: "app.kubernetes.io/name", value: FIELD_MANAGER } as const;

export const isLabelledOurs = ({ metadata }: { metadata?: ObjectMeta | undefined }): boolean =>
  metadata?.labels?.[INSTALL_LABEL.name] === INSTALL_LABEL.value;

export const objectText = (kind: string, { namespace, name }: Ref): string =>
  `${kind} ${namespace ? `${namespace}/` : ""}${name}`;

/** One line an object, with what became of it; the longest name of deploy/ fits. */
export const outcomeLine = (text: string, outcome: string): string => `${text.padEnd(64)} ${outcome}\n`;

const policies = (plural: string, kind: string): ResourceType =>
  defineResource({ group: "admissionregistration.k8s.io", version: "v1", plural, kind, namespaced: false });

const KINDS: readonly ResourceType[] = [
  CUSTOM_RESOURCE_DEFINITIONS,
  NAMESPACES,
  policies("validatingadmissionpolicies", "ValidatingAdmissionPolicy"),
  policies("validatingadmissionpolicybindings", "ValidatingAdmissionPolicyBinding"),
  SERVICE_ACCOUNTS,
  CLUSTER_ROLES,
  ROLES,
  CLUSTER_ROLE_BINDINGS,
  ROLE_BINDINGS,
  SERVICES,
  DEPLOYMENTS,
];

function asInstallObject(manifest: InstallObject["manifest"]): InstallObject {
  const resource = KINDS.find(({ kind }) => kind === manifest.kind);
  if (resource === undefined)
    throw new Error(`deploy/ has a kind that install does not know: ${manifest.kind}`);
  const { namespace, name = "" } = manifest.metadata;
  const ref = namespace === undefined ? { name } : { namespace, name };
  return { resource, ref, text: objectText(resource.kind, ref), manifest };
}
