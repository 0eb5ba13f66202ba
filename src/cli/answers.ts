import { isNotFound, K8sApiError } from "../kube/index.ts";

/** Undefined where the answer is that this person may not look, or ask. */
export const allowed = <T>(asking: Promise<T>): Promise<T | undefined> =>
  unless(asking, (error) => error instanceof K8sApiError && error.statusCode === 403);

/** Undefined where there is no such thing. */
export const orMissing = <T>(asking: Promise<T>): Promise<T | undefined> => unless(asking, isNotFound);

/** A kind that is not served has no objects. */
export const orNone = async <T>(listing: Promise<T[]>): Promise<T[]> => (await orMissing(listing)) ?? [];

async function unless<T>(asking: Promise<T>, holds: (error: unknown) => boolean): Promise<T | undefined> {
  try {
    return await asking;
  } catch (error) {
    if (holds(error)) return undefined;
    throw error;
  }
}
