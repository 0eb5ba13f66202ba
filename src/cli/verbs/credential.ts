import type { Command } from "@commander-js/extra-typings";
import { ask, type ClusterFlags, connect, contextOption, kubeconfigOption } from "../connect.ts";
import { timeoutOption } from "../follow.ts";
import type { Io } from "../io.ts";
import { isMachine, machineText } from "../output.ts";
import type { Cli } from "../program.ts";
import { namespaceOption, outputOption, readProject } from "../projects.ts";

/** `projectgitops credential show | rotate | revoke | test NAME`: the git credential of one project. */
export function addCredential(program: Command, cli: Cli): void {
  const { io } = cli;
  const credential = program
    .command("credential")
    .description("the git credential of a project: show, rotate, revoke or test it")
    .helpCommand(false)
    .addHelpText(
      "after",
      `
No byte of a Secret is ever printed. docs/credentials.md tells of the life of a
credential, and of the ways to have it made or to bring one.

Examples:
  ${io.name} credential show shop -n platform
  ${io.name} credential rotate shop -n platform --wait`,
    );
  addShow(credential, io);
  addRotate(credential, io);
  addRevoke(credential, io);
  addTest(credential, cli);
}

interface ShowFlags extends ClusterFlags {
  namespace?: string | undefined;
  output: "table" | "wide" | "json" | "yaml";
}

function addShow(credential: Command, io: Io): void {
  credential
    .command("show")
    .description("what it is, where it is registered, when it is replaced, who holds it")
    .argument("<name>", "the project")
    .addOption(namespaceOption())
    .addOption(outputOption())
    .addOption(kubeconfigOption())
    .addOption(contextOption())
    .addHelpText(
      "after",
      `
Of the Secret only its kind and the fingerprint of a public key are told, and it
need not be readable: what the operator made stands in the project's status.

Examples:
  ${io.name} credential show shop -n platform
  ${io.name} credential show shop -o json | jq -r .credential.expiresAt`,
    )
    .action((name, flags) => show(name, flags, io));
}

async function show(name: string, flags: ShowFlags, io: Io): Promise<void> {
  const client = await connect(flags, io);
  const project = await readProject(client, { namespace: flags.namespace ?? client.namespace, name }, io);
  const [{ gatherCredential }, { credentialText }] = await Promise.all([
    import("../credential/gather.ts"),
    import("../credential/text.ts"),
  ]);
  const details = await ask(io, "read its credential", gatherCredential(client, project, io.now()));
  if (isMachine(flags.output)) return io.out(await machineText(details, flags.output));
  io.out(credentialText(details, flags.output === "wide" ? { ...io, columns: undefined } : io));
}

function addRotate(credential: Command, io: Io): void {
  credential
    .command("rotate")
    .description("have the operator replace it now; the old one works until the new one is proved")
    .argument("<name>", "the project")
    .addOption(namespaceOption())
    .option("--wait", "wait until Flux fetches with the new one in every environment")
    .addOption(timeoutOption())
    .addOption(kubeconfigOption())
    .addOption(contextOption())
    .addHelpText(
      "after",
      `
For what the operator made (spec.git.credential.generate). Of a Secret that
people keep it says how to rotate by hand.

Exit code: 0 asked for, or with --wait in force; 1 it does not work, and why;
2 could not ask, or people keep the credential.

Examples:
  ${io.name} credential rotate shop -n platform
  ${io.name} credential rotate shop -n platform --wait --timeout 2m`,
    )
    .action(async (name, flags) => {
      const { askFor } = await import("../credential/ask-for.ts");
      await askFor("rotate", name, flags, io);
    });
}

function addRevoke(credential: Command, io: Io): void {
  credential
    .command("revoke")
    .description("replace it, and revoke the old one at once: for one that leaked; asks")
    .argument("<name>", "the project")
    .addOption(namespaceOption())
    .option("-y, --yes", "do not ask")
    .option("--wait", "wait until Flux fetches with the new one in every environment")
    .addOption(timeoutOption())
    .addOption(kubeconfigOption())
    .addOption(contextOption())
    .addHelpText(
      "after",
      `
The new one is made and registered first. The old one is then revoked without
waiting for Flux: until Flux has the new one, a fetch may fail.

Examples:
  ${io.name} credential revoke shop -n platform
  ${io.name} credential revoke shop -n platform --yes --wait`,
    )
    .action(async (name, flags) => {
      const { askFor } = await import("../credential/ask-for.ts");
      await askFor("revoke", name, flags, io);
    });
}

function addTest(credential: Command, cli: Cli): void {
  const { io } = cli;
  credential
    .command("test")
    .description("try it: at the git host's API, and with git itself")
    .argument("<name>", "the project")
    .addOption(namespaceOption())
    .option("--environment <name>", "try the copy of this environment, through Flux")
    .option("--git-hosts <hosts>", "hosts that the host credential may be sent to, comma-separated")
    .addOption(timeoutOption().default("1m"))
    .addOption(outputOption())
    .addOption(kubeconfigOption())
    .addOption(contextOption())
    .addHelpText(
      "after",
      `
Of a credential that the operator made, the git host's API is asked from this
machine, as the operator asks it, where you may read the host credential. Git is
asked from this machine over https; over SSH, or where you may not read the
Secret, by a throwaway GitRepository in one environment, which is removed again,
also after Ctrl-C.

Exit code: 0 git accepts it, 1 something refuses it, 2 git could not be asked.

Examples:
  ${io.name} credential test shop -n platform
  ${io.name} credential test shop -n platform --environment staging`,
    )
    .action(async (name, flags) => {
      const { testCredential } = await import("../credential/test/run.ts");
      await testCredential(name, flags, cli);
    });
}
