import type { Command } from "@commander-js/extra-typings";
import type { ProjectGitOps } from "../../api/schema.ts";
import type { BunK8sClient } from "../../kube/index.ts";
import { ask, contextOption, kubeconfigOption } from "../connect.ts";
import { CliError, EXIT } from "../errors.ts";
import type { Io } from "../io.ts";
import { isMachine, machineText } from "../output.ts";
import type { Cli } from "../program.ts";
import {
  allNamespacesOption,
  isMissing,
  namespaceOption,
  openTarget,
  outputOption,
  type ProjectFlags,
  projectResource,
  readProject,
  type Target,
  where,
} from "../projects.ts";

interface DiagnoseFlags extends ProjectFlags {
  output: "table" | "wide" | "json" | "yaml";
}

/** `projectgitops diagnose [NAME]`: what is wrong, what was seen, why, and what to type. */
export function addDiagnose(program: Command, cli: Cli): void {
  program
    .command("diagnose")
    .description("what is wrong, why, and what to type: from the cluster to what runs")
    .argument("[name]", "one project; default all of the namespace")
    .addOption(namespaceOption())
    .addOption(allNamespacesOption())
    .addOption(outputOption())
    .addOption(kubeconfigOption())
    .addOption(contextOption())
    .addHelpText(
      "after",
      `
Looks at the installation, the set-up, the credential, the git host and what Flux delivers, and prints what it
finds, worst first. It changes nothing. docs/findings has a page for each finding.

Exit code: 0 nothing is broken, 1 something is, 2 the cluster was not reached.

Examples:
  ${cli.io.name} diagnose shop -n platform
  ${cli.io.name} diagnose -A
  ${cli.io.name} diagnose shop -o json | jq -r '.findings[].fix'`,
    )
    .action((name, flags) => run(name, flags, cli));
}

async function run(name: string | undefined, flags: DiagnoseFlags, cli: Cli): Promise<void> {
  const { io } = cli;
  const started = performance.now();
  const { client, target } = await openTarget("diagnose", name, flags, io);
  const projects = await projectsOf(client, target, io);
  const [{ diagnose, toFinding }, { Look }, { notPermitted }] = await Promise.all([
    import("../diagnose/diagnose.ts"),
    import("../diagnose/look.ts"),
    import("../diagnose/not-permitted.ts"),
  ]);
  const look = new Look(client, io.now());
  const found = await ask(io, "look at the cluster", diagnose(look, projects));
  const all = [...found, ...notPermitted(look)];
  const healthy = all.every(({ kind }) => kind.severity !== "error");
  if (!healthy) cli.exitCode = EXIT.no;
  if (isMachine(flags.output)) {
    return io.out(await machineText({ healthy, findings: all.map(toFinding) }, flags.output));
  }
  const { diagnosisText } = await import("../diagnose/text.ts");
  const milliseconds = performance.now() - started;
  const looked = {
    subject: subjectOf(target, projects),
    things: look.things + projects.length,
    milliseconds,
  };
  io.out(diagnosisText(all, looked, flags.output === "wide" ? { ...io, columns: undefined } : io));
}

/** Where our kind is not served there are none, and the installation is what is wrong. */
async function projectsOf(client: BunK8sClient, target: Target, io: Io): Promise<readonly ProjectGitOps[]> {
  if (target.name !== undefined) {
    const reading = readProject(client, target, io).catch((error: unknown) => error);
    const answer = await reading;
    if (!(answer instanceof Error)) return [answer as ProjectGitOps];
    if (answer instanceof CliError && answer.exitCode === EXIT.no) throw answer;
    if (await kindIsServed(client)) throw answer;
    return [];
  }
  const { namespace } = target;
  const listing = client
    .list(await projectResource(), namespace === undefined ? {} : { namespace })
    .then(({ items }) => items)
    .catch(async (error: unknown) => {
      const { isNotFound } = await import("../../kube/index.ts");
      if (isNotFound(error) && !(await isMissing(error))) return [];
      throw error;
    });
  return ask(io, `list ProjectGitOps ${where(namespace)}`, listing);
}

async function kindIsServed(client: BunK8sClient): Promise<boolean> {
  const { isNotFound } = await import("../../kube/index.ts");
  try {
    await client.listMetadata(await projectResource(), { limit: 1 });
    return true;
  } catch (error) {
    return !isNotFound(error);
  }
}

function subjectOf(target: Target, projects: readonly ProjectGitOps[]): string {
  if (target.name !== undefined) return `${target.name} (${target.namespace})`;
  const count = `${projects.length} ${projects.length === 1 ? "project" : "projects"}`;
  return `${count} ${where(target.namespace)}`;
}
