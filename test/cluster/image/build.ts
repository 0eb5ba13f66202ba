import { readFileSync } from "node:fs";
import { join } from "node:path";
import { scratchFolder } from "../janitor.ts";
import { progress } from "../progress.ts";
import { ARCHITECTURES, type Bases, standIns } from "./stand-ins.ts";
import { type ImageStore, openStore } from "./tools.ts";

const ROOT = join(import.meta.dir, "..", "..", "..");
const NAME = "localhost/projectgitops:test";

/** The image as the Dockerfile makes it, for every processor. */
export interface BuiltImage {
  store: ImageStore;
  /** A name in that store. */
  name: string;
  /** OCI layout of it, compressed as a registry would hold it. */
  layout: string;
}

/**
 * Builds the Dockerfile for amd64 and arm64, as the release does. With PROJECTGITOPS_REAL_BASES=1 on the bases
 * themselves, which a registry has to be reached for; otherwise on stand-ins under their names. About 40 s.
 * @param labels build arguments
 */
export async function buildImage(labels: Record<string, string>): Promise<BuiltImage> {
  const real = process.env["PROJECTGITOPS_REAL_BASES"] === "1";
  const store = await openStore(real ? {} : { lower: await standIns(dockerfileBases()) });
  const args = Object.entries({ ...labels, BUILDPLATFORM }).flatMap(([key, value]) => [
    "--build-arg",
    `${key}=${value}`,
  ]);
  const platforms = ARCHITECTURES.map((arch) => `linux/${arch}`).join(",");
  await progress("building the image for two processors", () =>
    store.buildah([
      ...["bud", "--isolation", "chroot", real ? "--pull" : "--pull-never"],
      ...["--platform", platforms, "--manifest", NAME, ...args, ROOT],
    ]),
  );
  const layout = join(scratchFolder("image"), "layout");
  await progress("compressing the image", () =>
    store.buildah(["manifest", "push", "-q", "--all", NAME, `oci:${layout}`]),
  );
  return { store, name: NAME, layout };
}

/** buildah before 1.30 takes the target's for it. */
const BUILDPLATFORM = `linux/${process.arch === "arm64" ? "arm64" : "amd64"}`;

/** @throws Error where the Dockerfile does not name its bases as arguments */
export function dockerfileBases(): Bases {
  const dockerfile = readFileSync(join(ROOT, "Dockerfile"), "utf8");
  const argument = (name: string) => {
    const value = new RegExp(`^ARG ${name}=(\\S+)$`, "m").exec(dockerfile)?.[1];
    if (value === undefined) throw new Error(`the Dockerfile has no line ARG ${name}=…`);
    return value;
  };
  return { build: argument("BUILD_BASE"), run: argument("RUN_BASE") };
}
