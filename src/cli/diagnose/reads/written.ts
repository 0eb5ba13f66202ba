/** What both our own kind and Flux's objects have. */
export interface Written {
  readonly metadata: {
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
    readonly managedFields?: readonly { readonly subresource?: string; readonly time?: string }[];
  };
}

/**
 * When anything but the status was written last, RFC 3339: what has not been answered yet is at least so old.
 * (A label that somebody adds counts too: the time that is told may be too late, but never too early.) Pure.
 */
export function writtenAt({ metadata }: Written): string | undefined {
  const { managedFields = [], creationTimestamp, deletionTimestamp } = metadata;
  const times = [
    creationTimestamp,
    deletionTimestamp,
    ...managedFields.filter(({ subresource }) => !subresource).map(({ time }) => time),
  ].filter((time) => time !== undefined);
  return times.toSorted((a, b) => Date.parse(a) - Date.parse(b)).at(-1);
}

/** A request for a look carries its own time, unless somebody has written something else there. Pure. */
export function requestedSince(requestedAt: string, object: Written): string | undefined {
  return Number.isNaN(Date.parse(requestedAt)) ? writtenAt(object) : requestedAt;
}
