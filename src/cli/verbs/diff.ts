import type { Command } from "@commander-js/extra-typings";
import { KIND } from "../../api/names.ts";
import type { ProjectGitOps } from "../../api/schema.ts";
import type { BunK8sClient } from "../../kube/index.ts";
import { type ClusterFlags, connect, contextOption, kubeconfigOption } from "../connect.ts";
import type { DryRun } from "../diff/dry-run.ts";
import { CliError, EXIT, formatError } from "../errors.ts";
import type { ManifestDocument } from "../manifest/documents.ts";
import type { Cli } from "../program.ts";
import { withProgress } from "../progress.ts";

interface DiffFlags extends ClusterFlags {
  filename: string[];
  namespace?: string | undefined;
  fieldManager?: string | undefined;
  forceConflicts?: boolean | undefined;
}

/** `projectgitops diff -f FILE`: what applying a manifest would change, and what that means. */
export function addDiff(program: Command, cli: Cli): void {
  const { io } = cli;
  program
    .command("diff")
    .description("what applying a manifest would change, and what that means for what runs")
    .requiredOption(
      "-f, --filename <file>",
      "manifest of ProjectGitOps objects, repeatable; - reads standard input",
      (file: string, before: string[] | undefined) => [...(before ?? []), file],
    )
    .option("-n, --namespace <namespace>", "namespace of objects that name none; default the context's")
    .option("--field-manager <name>", "apply on the server's side under this name; default as before")
    .option("--force-conflicts", "take over fields of other managers")
    .addOption(kubeconfigOption())
    .addOption(contextOption())
    .addHelpText(
      "after",
      `
The API server is asked by a dry run and nothing is changed. It is applied as it
was before: by kubectl apply, on the server's side, or by Flux.

Exit code: 0 nothing would change, 1 something would, 2 could not ask, or the
API server refuses it: then with file, document, line and field.

Examples:
  ${io.name} diff -f shop.yaml
  ${io.name} diff -f shop.yaml -f pay.yaml -n platform
  kustomize build . | ${io.name} diff -f -`,
    )
    .action((flags) => diff(flags, cli));
}

async function diff(flags: DiffFlags, cli: Cli): Promise<void> {
  const { io } = cli;
  const { documentsOf, readText } = await import("../manifest/documents.ts");
  const { isProject } = await import("../manifest/problems.ts");
  const read = await Promise.all(
    flags.filename.map(async (file) => documentsOf(await readText(file, io), file)),
  );
  const documents = read.flat();
  const projects = documents.filter(isProject);
  if (projects.length === 0) {
    throw new CliError(`there is no ${KIND} in ${flags.filename.join(", ")}`, {
      next: `${io.name} create --help`,
    });
  }
  const others = documents.length - projects.length;
  if (others > 0)
    io.err(`note: ${others} of other kinds ${others === 1 ? "is" : "are"} left to kubectl diff\n`);

  const client = await connect(flags, io);
  let differs = false;
  let refused = false;
  for (const document of projects) {
    try {
      differs = (await diffOne(client, document, flags, cli)) || differs;
    } catch (error) {
      // The others are told of all the same.
      if (!(error instanceof CliError)) throw error;
      io.err(formatError(error));
      refused = true;
    }
  }
  if (refused) cli.exitCode = EXIT.couldNotAsk;
  else if (differs) cli.exitCode = EXIT.no;
}

/** @returns whether something would change @throws CliError */
async function diffOne(
  client: BunK8sClient,
  document: ManifestDocument,
  flags: DiffFlags,
  { io }: Cli,
): Promise<boolean> {
  const namespace = flags.namespace ?? client.namespace;
  const manifest = inNamespace(document, namespace);
  const { metadata } = manifest;
  const name = `${metadata.namespace}/${metadata.name}`;
  const subject = `${KIND} ${name}`;
  const [{ dryRun }, { coloured, unifiedDiff }, { refusal }] = await Promise.all([
    import("../diff/dry-run.ts"),
    import("../diff/unified.ts"),
    import("../diff/refusal.ts"),
  ]);
  let answer: DryRun;
  try {
    const asking = dryRun(client, manifest, flags);
    answer = await withProgress(io, `the API server to try ${subject}`, asking);
  } catch (error) {
    throw await refusal(document, subject, namespace, error);
  }
  const { before, after } = answer;
  const text = await unifiedDiff(before, after, {
    before: `${name} (now)`,
    after: `${name} (${fileOf(document)})`,
  });
  if (text === "") {
    io.out(`${name}: nothing would change\n`);
    return false;
  }
  const lines = await meaning(client, before, after);
  io.out(coloured(text, io));
  if (lines.length > 0) io.out(`\n${lines.map((line) => `${line}\n`).join("")}\n`);
  return true;
}

async function meaning(
  client: BunK8sClient,
  before: ProjectGitOps | undefined,
  after: ProjectGitOps,
): Promise<string[]> {
  const { leavingOf, meaningOf } = await import("../diff/meaning.ts");
  if (before === undefined || leavingOf(before, after).length === 0) return meaningOf(before, after, []);
  const { fatesOf } = await import("../delete/fate.ts");
  // Policy and protection are those of before the change, which the Namespaces carry; what is confirmed, the new one says.
  const annotations = after.metadata.annotations ?? {};
  const fates = await fatesOf(client, { ...before, metadata: { ...before.metadata, annotations } });
  return meaningOf(before, after, fates);
}

/** @throws CliError where it has no name */
function inNamespace(document: ManifestDocument, namespace: string): ProjectGitOps {
  const { object } = document;
  const { name } = object.metadata ?? {};
  if (typeof name !== "string" || name === "") {
    throw new CliError(`document ${document.number} of ${fileOf(document)} has no metadata.name`, {
      next: "give the object a name, in quotes where it is a number",
    });
  }
  return { ...object, metadata: { namespace, ...object.metadata } } as unknown as ProjectGitOps;
}

const fileOf = ({ file }: ManifestDocument): string => (file === "-" ? "standard input" : file);
