import { KIND } from "../../api/names.ts";
import type { ProjectGitOps } from "../../api/schema.ts";
import { isAlreadyExists, NamespaceNotFoundError } from "../../kube/index.ts";
import { PROJECTS } from "../../reconcile/resources.ts";
import { CLI_FIELD_MANAGER } from "../change.ts";
import { type ClusterFlags, connect } from "../connect.ts";
import { CliError, EXIT } from "../errors.ts";
import { explain } from "../explain.ts";
import type { Io } from "../io.ts";
import { readText } from "../manifest/documents.ts";
import { machineText } from "../output.ts";
import { withProgress } from "../progress.ts";
import { type Answers, manifestOf, REF_KINDS } from "./answers.ts";
import { commandLine } from "./command-line.ts";
import { nextSteps } from "./next.ts";
import { problemsOf, told } from "./problems.ts";
import { askFor, isComplete } from "./questions.ts";

export interface CreateFlags extends ClusterFlags {
  name?: string | undefined;
  projectId?: string | undefined;
  namespace?: string | undefined;
  gitUrl?: string | undefined;
  branch?: string | undefined;
  tag?: string | undefined;
  semver?: string | undefined;
  commit?: string | undefined;
  interval?: string | undefined;
  credential?: string | undefined;
  knownHosts?: string | undefined;
  environment?: string[] | undefined;
  pathTemplate?: string | undefined;
  ref?: string[] | undefined;
  protected?: string[] | undefined;
  deletionPolicy?: string | undefined;
  setupTimeout?: string | undefined;
  apply?: boolean | undefined;
  dryRun?: string | undefined;
  output: "yaml" | "json";
}

/**
 * Prints the manifest of a new project, and with --apply sends it.
 * @throws CliError, exit code 1 for what the API server would refuse or what is there already
 */
export async function create(flags: CreateFlags, io: Io): Promise<void> {
  const answers = await allAnswers(await answersOf(flags, io), io);
  const problems = problemsOf(answers);
  if (problems.length > 0) {
    throw new CliError(`${KIND} ${answers.namespace}/${answers.name} would be refused`, {
      details: problems.map(told),
      next: "mend these flags",
      exitCode: EXIT.no,
    });
  }
  const manifest = manifestOf(answers);
  if (flags.apply || flags.dryRun !== undefined) await send(manifest as ProjectGitOps, answers, flags, io);
  const applied = flags.apply === true && flags.dryRun === undefined;
  if (applied) io.out(`${KIND} ${answers.namespace}/${answers.name} is created\n`);
  else io.out(await machineText(manifest, flags.output));
  for (const step of nextSteps(answers, applied, io.name)) io.err(`next: ${step}\n`);
}

/** @throws CliError for flags that exclude each other */
async function answersOf(flags: CreateFlags, io: Io): Promise<Answers> {
  const given = REF_KINDS.filter((kind) => flags[kind] !== undefined);
  const [kind] = given;
  if (given.length > 1) {
    throw new CliError(`${given.map((one) => `--${one}`).join(" and ")} do not go together`, {
      next: "leave all but one out; another ref for one environment: --ref production=tag:v1.0.0",
    });
  }
  const { knownHosts, environment = [], ref = [], protected: kept = [] } = flags;
  return {
    name: flags.name,
    projectId: flags.projectId,
    namespace: flags.namespace ?? (await contextNamespace(flags, io)),
    gitUrl: flags.gitUrl,
    ref: kind && { kind, value: flags[kind] ?? "" },
    interval: flags.interval,
    credential: flags.credential,
    knownHosts: knownHosts === undefined ? undefined : await readText(knownHosts, io),
    knownHostsFile: knownHosts,
    environments: environment,
    pathTemplate: flags.pathTemplate,
    refs: ref,
    protected: kept,
    deletionPolicy: flags.deletionPolicy,
    setupTimeout: flags.setupTimeout,
  };
}

/** A manifest needs no cluster: without a kubeconfig it is `default`. */
async function contextNamespace(flags: CreateFlags, io: Io): Promise<string> {
  if (flags.apply || flags.dryRun !== undefined || flags.kubeconfig || flags.context) {
    return (await connect(flags, io)).namespace;
  }
  return connect(flags, io).then(
    ({ namespace }) => namespace,
    () => "default",
  );
}

/** Asks for what is missing, where something is that cannot be guessed. @throws CliError where there is nobody to ask */
async function allAnswers(answers: Answers, io: Io): Promise<Answers> {
  if (isComplete(answers)) return answers;
  const all = await askFor(answers, io);
  if (all !== undefined) {
    io.err(`the same without questions: ${commandLine(io.name, all)}\n`);
    return all;
  }
  const { name, gitUrl, environments } = answers;
  const missing = [
    ...(name === undefined ? ["--name"] : []),
    ...(gitUrl === undefined ? ["--git-url"] : []),
    ...(environments.length === 0 ? ["--environment"] : []),
  ];
  throw new CliError(`${missing.join(", ")} missing, and there is no terminal to ask on`, {
    next: `${io.name} create --help`,
  });
}

/** A dry run first: then what the webhooks of this cluster refuse is known before anything is stored. */
async function send(manifest: ProjectGitOps, answers: Answers, flags: CreateFlags, io: Io): Promise<void> {
  const client = await connect(flags, io);
  const name = `${KIND} ${answers.namespace}/${answers.name}`;
  const post = (dryRun: boolean) =>
    client.create(PROJECTS, manifest, { dryRun, fieldManager: CLI_FIELD_MANAGER, fieldValidation: "Strict" });
  try {
    await withProgress(io, `the API server to try ${name}`, post(true));
    if (flags.apply && flags.dryRun === undefined) {
      await withProgress(io, `the API server to create ${name}`, post(false));
    }
  } catch (error) {
    throw await refused(name, error, answers, io);
  }
  if (flags.dryRun !== undefined) io.err(`the API server would take ${name}\n`);
}

async function refused(name: string, error: unknown, answers: Answers, io: Io): Promise<CliError> {
  if (isAlreadyExists(error)) {
    return new CliError(`${name} is there already, and create changes nothing`, {
      next: `${commandLine(io.name, answers)} | ${io.name} diff -f -`,
      exitCode: EXIT.no,
    });
  }
  if (error instanceof NamespaceNotFoundError) {
    return explain(`create ${name}`, error, `kubectl create namespace ${error.namespace}`);
  }
  return explain(`create ${name}`, error);
}
