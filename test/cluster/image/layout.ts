import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { mustRun } from "../kubectl.ts";

/** One processor's image in an OCI layout. */
export interface PlatformImage {
  architecture: string;
  /** What a container starts with, labels included. */
  config: {
    User: string;
    Env: string[];
    Entrypoint: string[];
    Cmd: string[];
    Labels: Record<string, string>;
  };
  layers: Layer[];
}

export interface Layer {
  /** A gzipped tar. */
  file: string;
  /** Bytes. */
  compressed: number;
  unpacked: number;
}

/** Reads the folder that buildah pushed: an index, in it a list of images, in each its configuration and layers. */
export function readLayout(layout: string): PlatformImage[] {
  const [list] = (readJson(join(layout, "index.json")) as Index).manifests;
  const blob = (digest: string) => join(layout, "blobs", ...digest.split(":"));
  const images = (readJson(blob(list?.digest ?? "")) as Index).manifests;
  return images.map(({ digest }) => {
    const manifest = readJson(blob(digest)) as Manifest;
    const { architecture, config } = readJson(blob(manifest.config.digest)) as PlatformImage;
    const layers = manifest.layers.map((layer) => {
      const file = blob(layer.digest);
      return { file, compressed: layer.size, unpacked: gunzipSync(readFileSync(file)).length };
    });
    return { architecture, config, layers };
  });
}

/** The paths in a layer, folders with a slash at their end. */
export async function pathsIn({ file }: Layer): Promise<string[]> {
  return (await mustRun(["tar", "-tzf", file])).trim().split("\n");
}

/** The first bytes of a file in a layer. */
export async function headOf({ file }: Layer, path: string, length: number): Promise<Uint8Array> {
  const child = Bun.spawn(["tar", "-xzOf", file, path], { stdout: "pipe", stderr: "ignore" });
  const head = new Uint8Array(await new Response(child.stdout).arrayBuffer()).slice(0, length);
  await child.exited;
  return head;
}

interface Index {
  manifests: { digest: string }[];
}

interface Manifest {
  config: { digest: string };
  layers: { digest: string; size: number }[];
}

const readJson = (file: string): unknown => JSON.parse(readFileSync(file, "utf8"));
