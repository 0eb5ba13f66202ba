import { join } from "node:path";
import { installDebian } from "../debian.ts";
import { scratchFolder } from "../janitor.ts";
import { mustRun } from "../kubectl.ts";

/** Images and containers of this process alone, in a scratch folder. */
export interface ImageStore {
  /** Runs buildah; resolves to its stdout. @throws Error with its stderr */
  buildah(args: readonly string[]): Promise<string>;
  podman(args: readonly string[]): Promise<string>;
  /** The same command line, for a process that is watched. */
  podmanCommand(args: readonly string[]): string[];
}

/** What builds and runs images here: no daemon, and a container as root has it or as a user has it. */
const PROGRAMS = { buildah: "buildah", podman: "podman", runc: "runc" };

/**
 * A store of its own, so that nothing of the person's is seen or touched.
 * @param folder where it is to lie; default a scratch folder, which goes with this process
 * @param lower a store whose images are seen too, and never written to
 */
export async function openStore({
  folder = scratchFolder("images"),
  lower,
}: StoreOptions = {}): Promise<ImageStore> {
  await installDebian(PROGRAMS);
  // What they keep while they run, and what `RUN --mount=type=cache` keeps, is a scratch folder's in any case.
  const scratch = scratchFolder("run");
  const env = { TMPDIR: scratch };
  // vfs needs no mount and no kernel's help: it works in a container too. Its price is a copy for each container.
  const store = ["--root", folder, "--runroot", scratch, "--storage-driver", "vfs"];
  if (lower !== undefined) store.push("--storage-opt", `vfs.imagestore=${lower}`);
  const podmanCommand = (args: readonly string[]) => [
    "podman",
    ...store,
    ...["--tmpdir", join(scratch, "tmp"), "--runtime", "runc", "--cgroup-manager", "cgroupfs"],
    ...["--events-backend", "none", ...args],
  ];
  return {
    // Building takes whole processors for a while: the tests beside it, which wait for things, go first.
    buildah: (args) => mustRun(["nice", "buildah", ...store, ...args], { env }),
    podman: (args) => mustRun(podmanCommand(args), { env }),
    podmanCommand,
  };
}

export interface StoreOptions {
  folder?: string;
  lower?: string;
}
