import { type Command, Option } from "@commander-js/extra-typings";
import type { EnvironmentDefaults } from "../../api/environment-defaults.ts";
import { CliError } from "../errors.ts";
import type { Io } from "../io.ts";
import { machineText } from "../output.ts";
import type { Cli } from "../program.ts";

interface RenderFlags {
  filename: string;
  credentialFile?: string | undefined;
  namespace: string;
  deployerClusterRole: string;
  environmentDefaults?: string | undefined;
  showSecrets?: boolean | undefined;
  output: "yaml" | "json";
}

/** `projectgitops render -f project.yaml`: the objects that a manifest would make, without a cluster. */
export function addRender(program: Command, { io }: Cli): void {
  program
    .command("render")
    .description("print the objects that a ProjectGitOps would make; asks no cluster")
    .requiredOption("-f, --filename <file>", "manifest of a ProjectGitOps; - reads standard input")
    .option("--credential-file <file>", "manifest of the Secrets that it names, where -f does not hold them")
    .option("-n, --namespace <namespace>", "namespace of objects that name none", "default")
    .option("--deployer-cluster-role <name>", "as the operator is started with", "admin")
    .option("--environment-defaults <file>", "as the operator is started with; default none")
    .option("--show-secrets", "print Secret data instead of masking it")
    .addOption(
      new Option("-o, --output <format>", "how to print it")
        .choices(["yaml", "json"])
        .default("yaml" as const),
    )
    .addHelpText(
      "after",
      `
Exit code: 0 printed, 1 the manifest would be refused, 2 it cannot be read.

Examples:
  ${io.name} render -f shop.yaml
  ${io.name} render -f shop.yaml --credential-file secret.yaml -o json
  kustomize build . | ${io.name} render -f -`,
    )
    .action((flags) => render(flags, io));
}

async function render(flags: RenderFlags, io: Io): Promise<void> {
  const [{ readText }, { readManifests }, { planInputs }, { masked }, { desiredObjects }, defaults] =
    await Promise.all([
      import("../manifest/documents.ts"),
      import("../render/manifests.ts"),
      import("../render/inputs.ts"),
      import("../render/mask.ts"),
      import("../../plan/index.ts"),
      defaultsOf(flags.environmentDefaults),
    ]);
  const { excessOf } = await import("../render/excess.ts");
  const read = async (file: string) => readManifests(await readText(file, io), file, flags.namespace);
  const { projects, secrets } = await read(flags.filename);
  if (projects.length === 0) {
    throw new CliError(`there is no ProjectGitOps in ${flags.filename}`, {
      next: "start from deploy/samples/shop.yaml",
    });
  }
  if (flags.credentialFile !== undefined) secrets.push(...(await read(flags.credentialFile)).secrets);

  const manifests = projects.flatMap((project) => {
    const { inputs, missing } = planInputs(project, secrets, flags.deployerClusterRole);
    for (const name of missing) {
      io.err(`note: its copies of Secret ${name} are left out: the Secret is not among the files\n`);
      io.err("  next: give it with --credential-file\n");
    }
    for (const line of excessOf(project, defaults)) io.err(`note: ${line}\n`);
    const owned = { ...project, metadata: { ...project.metadata, uid: UNKNOWN_UID } };
    return desiredObjects(owned, { ...inputs, environmentDefaults: defaults }).map(
      ({ manifest }) => manifest,
    );
  });
  const shown = flags.showSecrets ? manifests : manifests.map(masked);
  if (flags.output === "json") {
    io.out(await machineText({ apiVersion: "v1", kind: "List", metadata: {}, items: shown }, "json"));
  } else {
    const documents = await Promise.all(shown.map((manifest) => machineText(manifest, "yaml")));
    io.out(documents.join("---\n"));
  }
}

/** @throws CliError that names the file and the field */
async function defaultsOf(path: string | undefined): Promise<EnvironmentDefaults> {
  if (path === undefined) return {};
  const { environmentDefaultsSetting } = await import("../../runtime/environment-defaults.ts");
  try {
    return environmentDefaultsSetting("--environment-defaults", path);
  } catch (error) {
    throw new CliError(error instanceof Error ? error.message : String(error), {
      next: "docs/limits.md has an example",
    });
  }
}

/** The API server gives every object its uid; before that there is none to print. */
const UNKNOWN_UID = "(uid of the ProjectGitOps)";
