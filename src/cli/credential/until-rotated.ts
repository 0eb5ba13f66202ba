import { durationMs } from "../../api/duration.ts";
import { KIND } from "../../api/names.ts";
import type { CredentialStatus, ProjectGitOps } from "../../api/schema.ts";
import { conditionOf } from "../../api/standing.ts";
import type { BunK8sClient } from "../../kube/index.ts";
import { age, inFuture } from "../age.ts";
import { CliError, EXIT } from "../errors.ts";
import { follow, type Look } from "../follow.ts";
import type { Io } from "../io.ts";

/**
 * Waits until a credential is in force that was not there before, and Flux has proved it.
 * @param before the project as it was when the rotation was asked for
 * @throws CliError, exit code 1, where it does not succeed
 */
export const untilRotated = (
  client: BunK8sClient,
  before: ProjectGitOps,
  timeout: string,
  io: Io,
): Promise<ProjectGitOps> => {
  const { namespace, name } = before.metadata;
  return follow(
    client,
    {
      ref: { namespace, name },
      what: "to have a new credential",
      timeout,
      look: (project) => standing(before, project, io),
    },
    io,
  );
};

/** Reasons that go by themselves. */
const PASSING = new Set(["HostRateLimited", "HostUnavailable", "HostTimeout"]);

/** Where the rotation stands. Pure. @throws CliError, exit code 1, where waiting does not help */
export function standing(
  before: ProjectGitOps,
  project: ProjectGitOps | undefined,
  io: Pick<Io, "now" | "name">,
): Look<ProjectGitOps> {
  if (project === undefined || project.metadata.uid !== before.metadata.uid)
    throw notRotated(before, "it was deleted", io);
  if (project.spec.suspend) throw notRotated(before, "it is suspended", io);
  const [old, young] = [before.status?.credential, project.status?.credential];
  const ready = conditionOf(project, "CredentialReady");
  const failure = young?.failure;
  if (failure && isNews(failure, old?.failure) && !PASSING.has(failure.reason))
    throw notRotated(before, ready?.message ?? failure.message, io);
  if (failure) return { waitingFor: `${failure.reason}: ${failure.message}` };
  if (!isOther(old, young)) return { waitingFor: beginning(project, io.now()) };
  if (ready?.status === "True") return { answer: project };
  if (ready?.status === "False") throw notRotated(before, ready.message, io);
  return { waitingFor: ready?.message ?? "Flux to fetch with it" };
}

/** What was said before the rotation was asked for is no answer to it. */
const isNews = (
  failure: NonNullable<CredentialStatus["failure"]>,
  before: CredentialStatus["failure"],
): boolean => before === undefined || failure.reason !== before.reason || failure.retryAt !== before.retryAt;

/** Each credential has a title of its own. */
const isOther = (old: CredentialStatus | undefined, young: CredentialStatus | undefined): boolean =>
  young?.lastRotated !== undefined && (old?.lastRotated === undefined || old.title !== young.title);

/** Of one rotation the old credential has to be gone before the next begins. */
function beginning({ spec, status }: ProjectGitOps, now: number): string {
  const overlap = spec.git.credential?.generate?.rotation.overlap;
  const last = status?.credential?.lastRotated;
  const over = overlap === undefined || last === undefined ? 0 : Date.parse(last) + durationMs(overlap);
  if (last === undefined || over <= now) return "the operator to make it";
  return `the operator to make it; where the last rotation, ${age(last, now)} ago, is not over yet, that is ${inFuture(new Date(over).toISOString(), now)}`;
}

function notRotated({ metadata }: ProjectGitOps, message: string, io: Pick<Io, "name">): CliError {
  const { namespace, name } = metadata;
  return new CliError(`${KIND} ${namespace}/${name} has no new credential that works`, {
    details: [message],
    next: `${io.name} diagnose ${name} -n ${namespace}`,
    exitCode: EXIT.no,
  });
}
