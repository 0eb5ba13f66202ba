/** A version as Flux reads a tag: with or without v, three numbers, perhaps a suffix. */
const VERSION = /^v?(\d+)\.(\d+)\.(\d+)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;

/** The tag of the highest version; one with a suffix only where there is no other. Undefined where none is a version. Pure. */
export function newest(tags: readonly string[]): string | undefined {
  const versions = tags.flatMap((tag) => {
    const match = VERSION.exec(tag);
    return match === null
      ? []
      : [{ tag, numbers: match.slice(1, 4).map(Number), early: match[4] !== undefined }];
  });
  const released = versions.filter(({ early }) => !early);
  const [highest] = (released.length > 0 ? released : versions).toSorted((a, b) =>
    lower(a.numbers, b.numbers) ? 1 : -1,
  );
  return highest?.tag;
}

function lower(a: readonly number[], b: readonly number[]): boolean {
  const place = a.findIndex((number, index) => number !== b[index]);
  return place !== -1 && (a[place] ?? 0) < (b[place] ?? 0);
}
