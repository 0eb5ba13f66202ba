import { type Command, Option } from "@commander-js/extra-typings";
import { contextOption, kubeconfigOption } from "../connect.ts";
import { CliError } from "../errors.ts";
import { timeoutOption } from "../follow.ts";
import type { InstallFlags } from "../install/install.ts";
import type { Io } from "../io.ts";
import type { Cli } from "../program.ts";

/** `projectgitops install --image IMAGE`: applies deploy/, or prints it for a pipe or a git repository. */
export function addInstall(program: Command, { io }: Cli): void {
  program
    .command("install")
    .description("install or upgrade the operator in this cluster, or print what installs it")
    .option("--image <image>", "image of the operator, built from the Dockerfile")
    .addOption(
      new Option("--only <part>", "one part, which replaces nothing else").choices(["crd", "permissions"]),
    )
    .option("--export", "print the manifests and change nothing")
    .option("--dry-run", "show what would be made or changed")
    .option("--force", "go on over another installation, and over what others have changed")
    .option("--wait", "wait until the Deployment is available")
    .addOption(timeoutOption())
    .addOption(kubeconfigOption())
    .addOption(contextOption())
    .addHelpText(
      "after",
      `
Applies the CRD, the namespace, the policies that confine the operator, its
rights, the roles for people, the Service and the Deployment. Again, it says
what is unchanged. An operator that Helm or Flux has installed is left to them.

Exit code: 0 installed, 1 refused or not available in time, 2 could not ask.

Examples:
  ${io.name} install --image registry.acme.dev/projectgitops:0.1.0 --wait
  ${io.name} install --image registry.acme.dev/projectgitops:0.1.0 --dry-run
  ${io.name} install --export > clusters/production/projectgitops.yaml
  ${io.name} install --only crd`,
    )
    .action(async ({ export: toStdout, ...flags }) => {
      if (toStdout) await exportManifests(flags, io);
      else await (await import("../install/install.ts")).install(flags, io);
    });
}

async function exportManifests({ image, only, dryRun, wait }: InstallFlags, io: Io): Promise<void> {
  if (dryRun || wait) {
    const flag = dryRun ? "--dry-run" : "--wait";
    throw new CliError(`--export and ${flag} do not go together`, { next: `${io.name} install --export` });
  }
  const { installManifests, partManifests, PLACEHOLDER_IMAGE } = await import("../manifests.ts");
  if (only !== undefined) return io.out(partManifests(only));
  const { checkedImage } = await import("../install/image.ts");
  io.out(installManifests(checkedImage(image, io)));
  if (image === undefined) {
    io.err(
      `warning: the Deployment names the placeholder ${PLACEHOLDER_IMAGE}\n  next: name your image with --image\n`,
    );
  }
}
