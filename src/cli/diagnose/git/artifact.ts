import type { Look } from "../look.ts";
import type { FluxObject } from "../reads/flux-objects.ts";
import { fluxController } from "./flux-controllers.ts";

const TIMEOUT_MS = 1000;
const MOST_PACKED = 32 * 1024 * 1024;
const MOST_UNPACKED = 256 * 1024 * 1024;

/**
 * The manifest files in what source-controller has fetched, as paths from the root of the repository; undefined where
 * it cannot be had. It is asked directly, which works where there is a way to it, and through the API server's proxy
 * of its Service, which needs the right to that; whatever comes must have the digest of the status.
 */
export async function manifestFiles(look: Look, source: FluxObject): Promise<string[] | undefined> {
  const { url, digest } = source.status.artifact ?? {};
  if (url === undefined || digest === undefined) return undefined;
  return look.once(`artifact ${digest}`, async () => {
    try {
      const packed = await Promise.any([
        direct(url).then((bytes) => verified(bytes, digest)),
        proxied(look, url).then((bytes) => verified(bytes, digest)),
      ]);
      return await namesIn(packed);
    } catch {
      return undefined;
    }
  });
}

async function direct(url: string): Promise<Uint8Array> {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: "error" });
  if (!response.ok || Number(response.headers.get("content-length") ?? 0) > MOST_PACKED) {
    await response.body?.cancel();
    throw new Error(`source-controller says ${response.status}`);
  }
  return response.bytes();
}

/** Only to source-controller itself: whoever can write this status shall not choose where our rights are used. */
async function proxied(look: Look, url: string): Promise<Uint8Array> {
  const { hostname, port, pathname } = new URL(url);
  const { namespace, name } = await fluxController(look, "source-controller");
  if (!hostname.startsWith(`${name}.${namespace}.svc.`) && hostname !== `${name}.${namespace}.svc`) {
    throw new Error("not served by source-controller's Service");
  }
  const service = `/api/v1/namespaces/${namespace}/services/http:${name}:${port || 80}/proxy`;
  return look.client.getRawBytes(`${service}${pathname}`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
}

function verified(bytes: Uint8Array, digest: string): Uint8Array {
  const [algorithm = "", expected] = digest.includes(":") ? digest.split(":") : ["sha256", digest];
  if (algorithm !== "sha256" && algorithm !== "sha384" && algorithm !== "sha512")
    throw new Error("no digest");
  const actual = new Bun.CryptoHasher(algorithm).update(bytes).digest("hex");
  if (actual !== expected) throw new Error("another digest");
  return bytes;
}

/** A gzip file ends with the size of what is in it (RFC 1952): too much is not unpacked at all. */
async function namesIn(packed: Uint8Array): Promise<string[]> {
  const size = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength).readUInt32LE(
    packed.length - 4,
  );
  if (packed.length > MOST_PACKED || size > MOST_UNPACKED) throw new Error("too large to look into");
  const files = await new Bun.Archive(packed).files(["**/*.yaml", "**/*.yml", "**/Kustomization"]);
  return [...files.keys()].map((name) => name.replace(/^\.\//, ""));
}
