import type { APIGroup, APIResourceList } from "kubernetes-types/meta/v1";
import { isNotFound } from "../../../kube/index.ts";
import type { Look } from "../look.ts";

/** Whether the API server serves a kind in a version. By discovery, which everybody may read. */
export async function isServed(look: Look, group: string, version: string, plural: string): Promise<boolean> {
  const list = await read<APIResourceList>(look, `/apis/${group}/${version}`);
  return list?.resources.some(({ name }) => name === plural) === true;
}

/** All versions in which it is served; none where it is not. */
export async function servedVersions(look: Look, group: string, plural: string): Promise<string[]> {
  const versions = (await read<APIGroup>(look, `/apis/${group}`))?.versions.map(({ version }) => version);
  const served = await Promise.all(
    (versions ?? []).map(async (version) =>
      (await isServed(look, group, version, plural)) ? [version] : [],
    ),
  );
  return served.flat();
}

const read = <T>(look: Look, path: string): Promise<T | undefined> =>
  look.once(`discovery ${path}`, async () => {
    try {
      return JSON.parse(await look.client.getRaw(path)) as T;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  });
