import type { APIGroup, APIResourceList } from "kubernetes-types/meta/v1";
import { isNotFound } from "../../../kube/index.ts";
import type { Look } from "../look.ts";

/** Whether the API server serves a kind in a version. By discovery, which everybody may read. */
export function isServed(look: Look, group: string, version: string, plural: string): Promise<boolean> {
  return look.once(`served ${plural}.${version}.${group}`, async () => {
    const list = await read<APIResourceList>(look, `/apis/${group}/${version}`);
    return list?.resources.some(({ name }) => name === plural) === true;
  });
}

/** The versions in which anything of this group is served; none where nothing is. */
export function servedVersions(look: Look, group: string): Promise<string[]> {
  return look.once(`versions of ${group}`, async () => {
    const answer = await read<APIGroup>(look, `/apis/${group}`);
    return answer?.versions.map(({ version }) => version) ?? [];
  });
}

async function read<T>(look: Look, path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await look.client.getRaw(path)) as T;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
