import type { Command } from "@commander-js/extra-typings";
import type { BunK8sClient } from "../../kube/index.ts";
import { type Colour, paint } from "../colour.ts";
import { ask, type ClusterFlags, connect, contextOption, kubeconfigOption } from "../connect.ts";
import { EXIT } from "../errors.ts";
import { type Finding, worstFirst } from "../finding.ts";
import type { Io } from "../io.ts";
import { isMachine, machineText } from "../output.ts";
import type { Cli } from "../program.ts";
import { outputOption } from "../projects.ts";

interface CheckFlags extends ClusterFlags {
  output: "table" | "wide" | "json" | "yaml";
}

/** `projectgitops check`: whether this cluster has all that the operator needs, each line with its fix. */
export function addCheck(program: Command, cli: Cli): void {
  program
    .command("check")
    .description("does this cluster have all that the operator needs?")
    .addOption(outputOption())
    .addOption(kubeconfigOption())
    .addOption(contextOption())
    .addHelpText(
      "after",
      `
Exit code: 0 all is well, 1 something is wrong, 2 the cluster was not reached.

Examples:
  ${cli.io.name} check
  ${cli.io.name} check -o json | jq -r '.findings[].fix // empty'`,
    )
    .action((flags) => check(flags, cli));
}

async function check(flags: CheckFlags, cli: Cli): Promise<void> {
  const { io } = cli;
  const client = await connect(flags, io);
  const version = await ask(io, `reach ${client.server}`, client.version());
  const findings: Finding[] = [
    {
      id: "ApiServerReachable",
      severity: "info",
      object: `API server ${client.server}`,
      what: version.gitVersion,
    },
    ...(await ask(io, "look at the cluster", lookAtInstallation(client, io))),
  ];
  const healthy = findings.every(({ severity }) => severity !== "error");
  if (!healthy) cli.exitCode = EXIT.no;
  if (!isMachine(flags.output)) return io.out(text(findings, io));
  io.out(await machineText({ healthy, findings: worstFirst(findings) }, flags.output));
}

/** The same looks as those of `diagnose`; here what is as it should be is told too. */
async function lookAtInstallation(client: BunK8sClient, io: Io): Promise<Finding[]> {
  const [{ INSTALLATION_LOOKS }, { toFinding, withoutSymptoms }, { isFound }, { Look }, { notPermitted }] =
    await Promise.all([
      import("../diagnose/checks/installation.ts"),
      import("../diagnose/diagnose.ts"),
      import("../diagnose/installation/judged.ts"),
      import("../diagnose/look.ts"),
      import("../diagnose/not-permitted.ts"),
    ]);
  const look = new Look(client, io.now());
  const judged = (await Promise.all(INSTALLATION_LOOKS.map((looks) => looks(look)))).flat();
  const causes = new Set(withoutSymptoms(judged.filter(isFound)));
  return [
    ...judged.flatMap((one): Finding[] => {
      if (!isFound(one)) return [{ ...one, severity: "info" }];
      return causes.has(one) ? [toFinding(one)] : [];
    }),
    ...notPermitted(look).map(toFinding),
  ];
}

/** A symbol never stands without its word, nor a colour without both. */
const MARKS = {
  error: ["✗ error  ", "red"],
  warning: ["! warning", "yellow"],
  info: ["✓ ok     ", "green"],
} as const satisfies Record<Finding["severity"], readonly [string, Colour]>;

function text(findings: readonly Finding[], io: Io): string {
  const lines = findings.flatMap((finding) => {
    const [mark, colour] = MARKS[finding.severity];
    return [`${paint(io, colour, mark)}  ${finding.object}: ${finding.what}`, ...explanation(finding, io)];
  });
  const count = (severity: Finding["severity"]) =>
    findings.filter((finding) => finding.severity === severity).length;
  return `${lines.join("\n")}\n\n${findings.length} looked at, ${count("error")} wrong, ${count("warning")} to look into\n`;
}

/** What is as it should be needs no words; what is not has a page of its own, by its id. */
function explanation({ id, evidence, cause, fix }: Finding, { name }: Io): string[] {
  const told = Object.entries({
    seen: evidence,
    cause,
    fix: fix?.replaceAll(/^projectgitops /gm, `${name} `),
  });
  const lines = told.flatMap(([word, value]) =>
    value === undefined ? [] : value.split("\n").map((line, at) => detail(at === 0 ? word : "", line)),
  );
  return lines.length === 0 ? [] : [...lines, detail("about", id)];
}

const detail = (word: string, text: string): string => `             ${word.padEnd(5)}  ${text}`;
