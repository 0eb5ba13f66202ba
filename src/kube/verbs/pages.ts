import { isGone } from "../errors/k8s-api-error.ts";
import type { KubeList, KubeObject } from "../objects.ts";

/**
 * Page after page until the last. When the list's snapshot has gone in the meantime (410), it goes on from the same
 * place in the present state, with the token that the server's 410 offers: no item comes twice, but objects made or
 * removed meanwhile may be told or not. Source: Kubernetes API concepts, "Retrieving large results sets in chunks".
 */
export async function* pages<T extends KubeObject>(
  list: (token: string | undefined) => Promise<KubeList<T>>,
  first?: string,
): AsyncGenerator<KubeList<T>, void, undefined> {
  let token = first;
  do {
    let page: KubeList<T>;
    try {
      page = await list(token);
    } catch (error) {
      if (!isGone(error) || error.continueToken === undefined || error.continueToken === token) throw error;
      token = error.continueToken;
      continue;
    }
    yield page;
    token = page.metadata.continue || undefined;
  } while (token !== undefined);
}
