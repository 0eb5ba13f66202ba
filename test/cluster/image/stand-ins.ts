import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { cacheFolder, withLock } from "../cache.ts";
import { unpackDebian } from "../debian.ts";
import { scratchFolder } from "../janitor.ts";
import { progress } from "../progress.ts";
import { type NpmWay, npmWay, unpackNpm } from "./npm.ts";
import { type ImageStore, openStore } from "./tools.ts";

/** The two images that the Dockerfile begins with. */
export interface Bases {
  build: string;
  run: string;
}

/** Docker's names of the processors that an image is made for. */
export const ARCHITECTURES = ["amd64", "arm64"] as const;

/** As in the published base: no shell, no package manager, no OpenSSL. */
const RUN_PACKAGES = ["base-files", "netbase", "tzdata", "ca-certificates", "libc6"];
/** A shell, and what Node.js needs. */
const BUILD_PACKAGES = ["libgcc-s1", "libstdc++6", "busybox-static"];
const NODE = "22.23.3";
const NPM = "10.9.9";

/**
 * A folder with images under the names of the bases, made of Debian's and npm's packages, for a machine that reaches
 * no image registry. They prove the Dockerfile and not the published bases. Kept in the cache; 10 s to make.
 */
export async function standIns(bases: Bases): Promise<string> {
  const way = await npmWay();
  const recipe = [bases, RUN_PACKAGES, BUILD_PACKAGES, NODE, NPM, process.arch, way];
  const key = new Bun.CryptoHasher("sha256").update(JSON.stringify(recipe)).digest("hex").slice(0, 12);
  const folder = join(cacheFolder("images"), `bases-${key}`);
  if (existsSync(folder)) return folder;
  await withLock("image-bases", () =>
    progress("making stand-ins for the base images", async () => {
      if (existsSync(folder)) return; // another process was faster
      for (const name of readdirSync(dirname(folder)))
        rmSync(join(dirname(folder), name), { recursive: true, force: true }); // those of an older recipe
      const unfinished = `${folder}.${process.pid}`;
      const store = await openStore({ folder: unfinished });
      await commitRunBase(store, bases.run);
      await commitBuildBase(store, bases.build, way);
      renameSync(unfinished, folder);
    }),
  );
  return folder;
}

async function commitRunBase(store: ImageStore, name: string): Promise<void> {
  const rootfs = join(scratchFolder("run-base"), "rootfs");
  await unpackDebian(RUN_PACKAGES, rootfs);
  finish(rootfs);
  const container = await containerOf(store, rootfs);
  await store.buildah(["config", "--user", "65532:65532", container]);
  // A list of two, as the published one is. Both hold this machine's files: what is built on them is not run.
  const parts = ARCHITECTURES.map((arch) => [arch, `localhost/run-base:${arch}`] as const);
  for (const [arch, part] of parts) {
    await store.buildah(["config", "--arch", arch, container]);
    await store.buildah(["commit", "-q", container, part]);
  }
  await store.buildah(["rm", container]);
  await store.buildah(["manifest", "create", name, ...parts.map(([, part]) => part)]);
}

async function commitBuildBase(store: ImageStore, name: string, way: NpmWay): Promise<void> {
  const rootfs = join(scratchFolder("build-base"), "rootfs");
  await unpackDebian([...RUN_PACKAGES, ...BUILD_PACKAGES], rootfs);
  finish(rootfs);
  symlinkSync("busybox", join(rootfs, "bin", "sh"));
  symlinkSync("/bin/busybox", join(rootfs, "usr", "bin", "env"));
  await unpackNpm(`node-linux-${process.arch}@${NODE}`, join(rootfs, "opt", "node"));
  await unpackNpm(`npm@${NPM}`, join(rootfs, "opt", "npm"));
  symlinkSync("/opt/node/bin/node", join(rootfs, "usr", "bin", "node"));
  symlinkSync("/opt/npm/bin/npm-cli.js", join(rootfs, "usr", "bin", "npm"));
  const container = await containerOf(store, rootfs);
  const settings = ["--env", "PATH=/usr/bin:/bin", "--env", `npm_config_registry=${way.registry}`];
  if (way.ca !== undefined) {
    await store.buildah(["copy", "-q", container, way.ca.path, "/etc/npm-ca.crt"]);
    settings.push("--env", "NODE_EXTRA_CA_CERTS=/etc/npm-ca.crt");
  }
  await store.buildah(["config", ...settings, container]);
  await store.buildah(["commit", "-q", "--rm", container, name]);
}

/** What the packages' own scripts would have done. */
function finish(rootfs: string): void {
  const authorities = join(rootfs, "usr", "share", "ca-certificates", "mozilla");
  const bundle = readdirSync(authorities).map((name) => readFileSync(join(authorities, name), "utf8"));
  mkdirSync(join(rootfs, "etc", "ssl", "certs"), { recursive: true });
  writeFileSync(join(rootfs, "etc", "ssl", "certs", "ca-certificates.crt"), bundle.join(""));
  rmSync(authorities, { recursive: true });
  const users = [
    "root:x:0:0:root:/root:/sbin/nologin",
    "nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin",
  ];
  writeFileSync(join(rootfs, "etc", "passwd"), `${users.join("\n")}\n`);
  writeFileSync(join(rootfs, "etc", "group"), "root:x:0:\nnonroot:x:65532:\n");
}

async function containerOf(store: ImageStore, rootfs: string): Promise<string> {
  const container = (await store.buildah(["from", "scratch"])).trim();
  await store.buildah(["add", "-q", container, rootfs, "/"]);
  return container;
}
