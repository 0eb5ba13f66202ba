import { type GitUrl, parseGitUrl } from "../../../api/git-url.ts";
import { KIND } from "../../../api/names.ts";
import { redactor } from "../../../api/redact.ts";
import type { ProjectGitOps } from "../../../api/schema.ts";
import type { GitCredential } from "../../../git/index.ts";
import type { BunK8sClient } from "../../../kube/index.ts";
import { ask, type ClusterFlags, connect } from "../../connect.ts";
import { movedHost } from "../../diagnose/credential/host-changed.ts";
import { Look } from "../../diagnose/look.ts";
import { type CredentialRead, readCredential } from "../../diagnose/reads/credential.ts";
import { readFluxObjects } from "../../diagnose/reads/flux-objects.ts";
import { readNamespaces } from "../../diagnose/reads/namespaces.ts";
import { CliError, EXIT } from "../../errors.ts";
import { timeoutMs } from "../../follow.ts";
import type { Io } from "../../io.ts";
import { isMachine, machineText } from "../../output.ts";
import type { Cli } from "../../program.ts";
import { readProject } from "../../projects.ts";
import { type Check, failed, unknown } from "./check.ts";
import { hostApi } from "./host-api.ts";
import { overHttps } from "./over-https.ts";
import { checkLine } from "./text.ts";
import { environmentToTry, throughFlux } from "./through-flux.ts";

export interface TestFlags extends ClusterFlags {
  namespace?: string | undefined;
  environment?: string | undefined;
  /** Comma-separated. */
  gitHosts?: string | undefined;
  timeout: string;
  output: "table" | "wide" | "json" | "yaml";
}

/** Tries a project's credential: against the host's API where the operator made it, and against git. */
export async function testCredential(name: string, flags: TestFlags, cli: Cli): Promise<void> {
  const { io } = cli;
  const patience = await timeoutMs(flags.timeout);
  const client = await connect(flags, io);
  const project = await readProject(client, { namespace: flags.namespace ?? client.namespace, name }, io);
  checkEnvironment(project, flags);
  const url = parseGitUrl(project.spec.git.url);
  if (url.kind === "refused")
    throw new CliError(`${KIND} ${project.metadata.namespace}/${name}: ${url.message}`, {
      exitCode: EXIT.no,
    });
  const checks: Check[] = [];
  const tell = (check: Check) => {
    checks.push(check);
    if (!isMachine(flags.output)) io.out(checkLine(check, io));
  };
  const look = new Look(client, io.now());
  const generate = project.spec.git.credential?.generate;
  try {
    if (generate) {
      const options = { gitHosts: hostsIn(flags), signal: io.interrupted(), clock: io.now };
      const asking = hostApi(look, project, generate, url, options);
      for (const check of await ask(io, "read the host credential", asking)) tell(check);
    }
    if (!io.interrupted().aborted)
      tell(await ask(io, "try the credential", tryGit(client, look, project, url, flags, patience, io)));
  } catch (error) {
    // What was broken off by Ctrl-C has failed of course.
    if (!io.interrupted().aborted) throw error;
  }
  if (io.interrupted().aborted)
    throw new CliError("interrupted: what was made is removed", { exitCode: EXIT.interrupted });
  cli.exitCode = verdict(checks);
  if (isMachine(flags.output))
    io.out(await machineText({ healthy: cli.exitCode === EXIT.yes, checks }, flags.output));
}

const hostsIn = ({ gitHosts = "" }: TestFlags): string[] =>
  gitHosts.split(",").map((host) => host.trim().toLowerCase());

/** 2 where git itself could not be asked: then nobody knows. Pure. */
export function verdict(checks: readonly Check[]): 0 | 1 | 2 {
  if (checks.some(({ outcome }) => outcome === "failed")) return EXIT.no;
  return checks.some(({ check, outcome }) => check === "git" && outcome === "ok")
    ? EXIT.yes
    : EXIT.couldNotAsk;
}

function checkEnvironment({ metadata, spec }: ProjectGitOps, { environment }: TestFlags): void {
  const names = spec.environments.map(({ name }) => name);
  if (environment === undefined || names.includes(environment)) return;
  throw new CliError(`${KIND} ${metadata.namespace}/${metadata.name} has no environment ${environment}`, {
    details: [`it has ${names.join(", ")}`],
  });
}

/** From here where that is possible: it needs no right but to read the Secret, and leaves nothing behind. */
async function tryGit(
  client: BunK8sClient,
  look: Look,
  project: ProjectGitOps,
  url: GitUrl,
  flags: TestFlags,
  patience: number,
  io: Io,
): Promise<Check> {
  const [seen, namespaces] = await Promise.all([
    readCredential(look, project),
    readNamespaces(look, project),
  ]);
  const problem = problemOf(project, seen);
  if (problem !== undefined) return problem;
  const moved = movedHost(project, seen, namespaces);
  if (moved !== undefined)
    return failed(
      "git",
      `not asked: the credential was given for ${moved.from}, and is not sent to ${moved.to} until its Secret says so`,
      `${io.name} diagnose ${project.metadata.name} -n ${project.metadata.namespace}`,
    );
  const credential =
    seen.state === "none" ? "none" : seen.state === "usable" ? seen.read.credential : undefined;
  if (url.transport === "https" && isForHttp(credential) && flags.environment === undefined)
    return overHttps(url, credential, Math.min(patience, HTTP_PATIENCE_MS), io.interrupted());
  const flux = environmentToTry(await readFluxObjects(look, project), flags.environment);
  if (flux === undefined) return unknown("git", "there is no environment to try it in");
  const check = await throughFlux(client, project, url, flux, patience, io);
  const mask = redactor(seen.state === "usable" ? seen.read.secrets : []);
  return { ...check, message: mask(check.message) };
}

const HTTP_PATIENCE_MS = 10_000;

/** A GitHub App's key has to be changed for a token first: Flux does. */
const isForHttp = (credential: GitCredential | "none" | undefined): credential is GitCredential | "none" =>
  credential !== undefined && (credential === "none" || credential.kind !== "githubApp");

function problemOf({ spec, status }: ProjectGitOps, seen: CredentialRead): Check | undefined {
  const isMade = spec.git.credential?.generate === undefined || status?.credential?.lastRotated !== undefined;
  if (!isMade) return unknown("git", "the operator has made no credential yet");
  return seen.state === "problem" ? failed("git", seen.problem.message) : undefined;
}
