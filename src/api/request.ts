import { ANNOTATIONS } from "./names.ts";

/** The CRD's maximum of the fields that hand a request back. */
const REQUEST_MAX = 64;

/**
 * A person's request for a pass now, as the status hands it back: people write times, but may write anything, and a
 * longer one would have the whole status refused.
 */
export const requestOf = (metadata: {
  annotations?: Record<string, string> | undefined;
}): string | undefined => metadata.annotations?.[ANNOTATIONS.requestedAt]?.slice(0, REQUEST_MAX);
