import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mustRun } from "../../test/cluster/kubectl.ts";

const ROOT = join(import.meta.dir, "..", "..");

/** Systems and processors that a program is released for. */
export const PLATFORMS = ["linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64"] as const;

/**
 * Compiles the program for one of them and packs it with its license: projectgitops_VERSION_OS_ARCH.tar.gz in `out`.
 * The archive of the same files is the same, byte for byte.
 * @returns the archive's name
 */
export async function packProgram(platform: string, version: string, out: string): Promise<string> {
  const [os = "", arch = ""] = platform.split("/");
  const folder = mkdtempSync(join(tmpdir(), "projectgitops-release-"));
  const name = `projectgitops_${version}_${os}_${arch}.tar.gz`;
  try {
    const build = join(ROOT, "scripts", "build.ts");
    const target = ["--os", os, "--arch", arch, "--outfile", join(folder, "projectgitops")];
    await mustRun([process.execPath, build, ...target]);
    await mustRun(["cp", join(ROOT, "LICENSE"), folder]);
    const same = [
      "--sort=name",
      "--mtime=@0",
      "--owner=0",
      "--group=0",
      "--numeric-owner",
      "--mode=u=rwX,go=rX",
    ];
    // -n: gzip writes no time and no name.
    const files = ["-C", folder, "LICENSE", "projectgitops"];
    await mustRun(["tar", ...same, "--use-compress-program=gzip -n", "-cf", join(out, name), ...files]);
    return name;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
