import type { Manifest } from "../../plan/index.ts";

/** Hides the data of a Secret, and says how much there is; other objects as they are. */
export function masked(manifest: Manifest): Manifest {
  if (manifest.kind !== "Secret") return manifest;
  const data = Object.entries((manifest["data"] ?? {}) as Record<string, string>).map(
    ([key, value]) => [key, `(masked: ${Buffer.from(value, "base64").length} bytes)`] as const,
  );
  return { ...manifest, data: Object.fromEntries(data) };
}
