import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { program } from "../../test/cluster/binaries.ts";
import { mustRun } from "../../test/cluster/kubectl.ts";

const CHART = join(import.meta.dir, "..", "..", "deploy", "chart");

/** An image by its digest, which nobody can set on something else later. */
export interface PinnedImage {
  /** registry.acme.dev/projectgitops */
  repository: string;
  /** sha256:… */
  digest: string;
}

/** @throws Error for a name without a digest */
export function pinnedImage(reference: string): PinnedImage {
  const [, repository, digest] = /^([^@\s]+)@(sha256:[0-9a-f]{64})$/.exec(reference) ?? [];
  if (repository === undefined || digest === undefined)
    throw new Error(`${reference || "nothing"} is no image with a digest: NAME@sha256:… is needed`);
  return { repository, digest };
}

/**
 * Packs deploy/chart with this image in the place of the placeholder: projectgitops-VERSION.tgz in `out`.
 * @returns the archive's name
 */
export async function packChart(image: PinnedImage, version: string, out: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "projectgitops-chart-"));
  try {
    const chart = join(folder, "projectgitops");
    cpSync(CHART, chart, { recursive: true });
    const values = join(chart, "values.yaml");
    writeFileSync(values, withImage(readFileSync(values, "utf8"), image));
    const helm = Bun.which("helm") ?? (await program("helm"));
    await mustRun([helm, "package", chart, "--destination", out], { env: { HOME: folder } });
    return `projectgitops-${version}.tgz`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** As text, so that the comments stay. @throws Error when values.yaml no longer looks like that */
function withImage(values: string, { repository, digest }: PinnedImage): string {
  const changed = values
    .replace(
      /^ {2}# Repository of the image;.*\n {2}repository: .*$/m,
      `  # Repository of the image\n  repository: ${repository}`,
    )
    .replace(/^ {2}digest: ""$/m, `  digest: ${digest}`);
  if (!changed.includes(`repository: ${repository}`) || !changed.includes(`digest: ${digest}`))
    throw new Error("deploy/chart/values.yaml: image.repository or image.digest is not where it was");
  return changed;
}
