import { type Command, Option } from "@commander-js/extra-typings";
import { CliError } from "../errors.ts";
import type { Cli } from "../program.ts";

/** `projectgitops install --export`: the manifests of deploy/, for a pipe or a git repository. */
export function addInstall(program: Command, { io }: Cli): void {
  program
    .command("install")
    .description("print what installs the operator: CRD, namespace, permissions, Deployment, Service")
    .option("--export", "print the manifests and change nothing")
    .option("--image <image>", "image of the operator, built from the Dockerfile")
    .addOption(
      new Option("--only <part>", "one part, which replaces nothing else").choices(["crd", "permissions"]),
    )
    .addHelpText(
      "after",
      `
Examples:
  ${io.name} install --export --image registry.acme.dev/projectgitops:0.1.0 \\
    | kubectl apply --server-side -f -
  ${io.name} install --export > clusters/production/projectgitops.yaml
  ${io.name} install --export --only crd | kubectl apply --server-side -f -`,
    )
    .action(async ({ export: toStdout, image, only }) => {
      if (!toStdout) {
        throw new CliError("install does not write to a cluster yet", {
          next: `${io.name} install --export | kubectl apply --server-side -f -`,
        });
      }
      const { installManifests, partManifests, PLACEHOLDER_IMAGE } = await import("../manifests.ts");
      if (only !== undefined) return io.out(partManifests(only));
      io.out(installManifests(image));
      if (image === undefined) {
        io.err(
          `warning: the Deployment names the placeholder ${PLACEHOLDER_IMAGE}\n  next: name your image with --image\n`,
        );
      }
    });
}
