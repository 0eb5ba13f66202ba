import { type Command, Option } from "@commander-js/extra-typings";
import { checkCrds } from "../check/crds.ts";
import { checkFlux } from "../check/flux.ts";
import { checkOperator } from "../check/operator.ts";
import { type Colour, paint } from "../colour.ts";
import { ask, type ClusterFlags, connect, contextOption, kubeconfigOption } from "../connect.ts";
import { EXIT } from "../errors.ts";
import { type Finding, worstFirst } from "../finding.ts";
import type { Io } from "../io.ts";
import { machineText } from "../output.ts";
import type { Cli } from "../program.ts";

interface CheckFlags extends ClusterFlags {
  output?: "json" | "yaml" | undefined;
}

/** `projectgitops check`: whether this cluster has all that the operator needs, each line with its fix. */
export function addCheck(program: Command, cli: Cli): void {
  program
    .command("check")
    .description("does this cluster have all that the operator needs?")
    .addOption(new Option("-o, --output <format>", "for programs").choices(["json", "yaml"]))
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

const LOOKS = [
  ["the kinds that are served", checkCrds],
  ["the operator", checkOperator],
  ["Flux", checkFlux],
] as const;

async function check(flags: CheckFlags, cli: Cli): Promise<void> {
  const { io } = cli;
  const client = await connect(flags, io);
  const version = await ask(io, `reach ${client.server}`, client.version());
  const looks = LOOKS.map(([subject, look]) => look(client).catch((error) => notPermitted(subject, error)));
  const findings: Finding[] = [
    {
      id: "ApiServerReachable",
      severity: "info",
      object: `API server ${client.server}`,
      what: version.gitVersion,
    },
    ...(await ask(io, "look at the cluster", Promise.all(looks))).flat(),
  ];
  const healthy = findings.every(({ severity }) => severity !== "error");
  if (!healthy) cli.exitCode = EXIT.no;
  io.out(
    flags.output === undefined
      ? text(findings, io)
      : await machineText({ healthy, findings: worstFirst(findings) }, flags.output),
  );
}

/** What this person may not look at is no error of the cluster. */
async function notPermitted(subject: string, error: unknown): Promise<Finding[]> {
  const { K8sApiError } = await import("../../kube/index.ts");
  if (!(error instanceof K8sApiError) || error.statusCode !== 403) throw error;
  return [
    {
      id: "NotPermitted",
      severity: "warning",
      object: subject,
      what: "you may not look, so nothing is known",
      evidence: error.serverMessage,
      fix: "run check with a kubeconfig that may read Deployments and ClusterRoles",
    },
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
    return [`${paint(io, colour, mark)}  ${finding.object}: ${finding.what}`, ...explanation(finding)];
  });
  const count = (severity: Finding["severity"]) =>
    findings.filter((finding) => finding.severity === severity).length;
  return `${lines.join("\n")}\n\n${findings.length} looked at, ${count("error")} wrong, ${count("warning")} to look into\n`;
}

const explanation = ({ evidence, cause, fix }: Finding): string[] =>
  Object.entries({ seen: evidence, cause, fix })
    .filter(([, value]) => value !== undefined)
    .map(([word, value]) => `             ${word.padEnd(5)}  ${value}`);
