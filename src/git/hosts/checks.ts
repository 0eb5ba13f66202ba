import type { HostCall, HostCaller } from "./caller.ts";
import { HostError } from "./host-error.ts";

/** Type and base64 of a public key: hosts drop, keep or change its comment. */
export const withoutComment = (publicKey: string): string =>
  publicKey.trim().split(/\s+/).slice(0, 2).join(" ");

/**
 * An id as it may stand in a path. Gitea takes anything but a number for a name, and would remove what has that name.
 * @throws HostError
 */
export function checkId(caller: HostCaller, call: Pick<HostCall, "method" | "path">, id: string): void {
  if (/^[1-9][0-9]{0,18}$/.test(id)) return;
  throw caller.failure(call, {
    reason: "HostRefused",
    what: `${JSON.stringify(id.slice(0, 40))} is no id of this host; nothing was sent`,
    fix: "look at the annotation projectgitops.dev/generated of the credential's Secret: it was changed by hand",
  });
}

/**
 * Removes one, or finds that it is gone already. Hosts say 404 as well where the repository cannot be seen any more, and
 * there a key may go on working: gone is what the list can be read without.
 * @throws HostError, RepositoryNotFoundOnHost too
 */
export async function removeOne(caller: HostCaller, list: HostCall, id: string): Promise<void> {
  if (await isTaken(caller, list, id)) return;
  await caller.done({ ...list, method: "GET" });
}

/**
 * Asks to remove what no host has: shows, without a change, whether the sign-in may remove any.
 * @throws HostError
 */
export async function mayRemove(caller: HostCaller, list: HostCall): Promise<void> {
  await isTaken(caller, list, NO_ID);
}

async function isTaken(caller: HostCaller, list: HostCall, id: string): Promise<boolean> {
  try {
    await caller.done({ ...list, method: "DELETE", path: `${list.path}/${id}` });
    return true;
  } catch (error) {
    if (error instanceof HostError && error.reason === "RepositoryNotFoundOnHost") return false;
    throw error;
  }
}

/** No id that a host gives out. */
const NO_ID = "0";
