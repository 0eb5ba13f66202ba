import type { APIResourceList } from "kubernetes-types/meta/v1";
import { GROUP, PLURAL, VERSION } from "../../api/names.ts";
import type { BunK8sClient } from "../../kube/index.ts";
import type { Finding } from "../finding.ts";

interface ServedKind {
  group: string;
  version: string;
  plural: string;
  fix: string;
}

const FLUX_FIX = "flux install --components=source-controller,kustomize-controller";
const SERVED: readonly ServedKind[] = [
  {
    group: GROUP,
    version: VERSION,
    plural: PLURAL,
    fix: "projectgitops install --export | kubectl apply --server-side -f -",
  },
  { group: "source.toolkit.fluxcd.io", version: "v1", plural: "gitrepositories", fix: FLUX_FIX },
  { group: "kustomize.toolkit.fluxcd.io", version: "v1", plural: "kustomizations", fix: FLUX_FIX },
];

/** Whether the API server serves our kind and Flux's. By discovery, which everybody may read. */
export const checkCrds = (client: BunK8sClient): Promise<Finding[]> =>
  Promise.all(SERVED.map((kind) => checkKind(client, kind)));

async function checkKind(
  client: BunK8sClient,
  { group, version, plural, fix }: ServedKind,
): Promise<Finding> {
  const object = `CRD ${plural}.${group}`;
  if (await isServed(client, group, version, plural)) {
    return { id: "CrdServed", severity: "info", object, what: `served in ${version}` };
  }
  return { id: "CrdMissing", severity: "error", object, what: `not served in ${version}`, fix };
}

async function isServed(
  client: BunK8sClient,
  group: string,
  version: string,
  plural: string,
): Promise<boolean> {
  const { isNotFound } = await import("../../kube/index.ts");
  try {
    const { resources } = JSON.parse(await client.getRaw(`/apis/${group}/${version}`)) as APIResourceList;
    return resources.some(({ name }) => name === plural);
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}
