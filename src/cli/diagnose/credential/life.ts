import { HOST_ANSWERS } from "../../../api/reasons.ts";
import type { ProjectGitOps } from "../../../api/schema.ts";
import { conditionOf } from "../../../api/standing.ts";
import { projectKey } from "../../../reconcile/resources.ts";
import { CREDENTIAL_NOT_MADE, CREDENTIAL_ROTATION_FAILED } from "../catalogue/credential-life.ts";
import { type Found, found } from "../finding-kind.ts";
import type { Look } from "../look.ts";
import { reconcileCommand, rotateCommand } from "../set-up/about.ts";
import { troubleOf } from "../set-up/trouble.ts";
import { lifeFix } from "./life-fix.ts";

/** What the operator says of a credential of its own making that does not come about. */
export interface LifeTrouble {
  /** notMade: the project has none that is for its repository. */
  readonly kind: "notMade" | "rotationFailed";
  readonly reason: string;
  readonly message: string;
  readonly since: string | undefined;
  readonly retryAt: string | undefined;
}

/** Reasons that Ready has for it alone, of a project whose credential the operator makes. */
const REASONS: ReadonlySet<string> = new Set([
  "CredentialMissing",
  "CredentialInvalid",
  "KnownHostsMissing",
  "HostNotAllowed",
  ...HOST_ANSWERS,
]);

/** Undefined where the credential's life goes its way, and where people keep it. Pure. */
export function lifeTroubleOf(project: ProjectGitOps): LifeTrouble | undefined {
  const { spec, status, metadata } = project;
  if (spec.git.credential?.generate === undefined || metadata.deletionTimestamp !== undefined)
    return undefined;
  const { failure, lastRotated } = status?.credential ?? {};
  const trouble = troubleOf(project);
  // A copy of what was made can be malformed too: then nothing failed in its life.
  if (trouble && REASONS.has(trouble.reason) && (failure !== undefined || lastRotated === undefined)) {
    const { reason, message, since } = trouble;
    return { kind: "notMade", reason, message, since, retryAt: failure?.retryAt };
  }
  if (failure === undefined) return undefined;
  const { reason, message, since, retryAt } = failure;
  return { kind: lastRotated === undefined ? "notMade" : "rotationFailed", reason, message, since, retryAt };
}

/** The set-up, or a project that got another repository, waits for a credential. */
export async function credentialNotMade(look: Look, project: ProjectGitOps): Promise<Found[]> {
  const trouble = lifeTroubleOf(project);
  if (trouble?.kind !== "notMade") return [];
  const { name } = project.metadata;
  return [
    found(CREDENTIAL_NOT_MADE, {
      ...about(project),
      what: `The operator cannot make the git credential of ${name} (${trouble.reason})`,
      ...(await told(look, project, trouble)),
    }),
  ];
}

/** The credential in force works, and its replacement does not come about. */
export async function credentialRotationFailed(look: Look, project: ProjectGitOps): Promise<Found[]> {
  const trouble = lifeTroubleOf(project);
  if (trouble?.kind !== "rotationFailed") return [];
  const { name } = project.metadata;
  const expiresAt = project.status?.credential?.expiresAt;
  const end = expiresAt === undefined ? "" : `, and ends on ${expiresAt}`;
  const { evidence, cause, fix, since } = await told(look, project, trouble);
  return [
    found(CREDENTIAL_ROTATION_FAILED, {
      ...about(project),
      what: `The git credential of ${name} is not rotated (${trouble.reason}); the old one stays in force${end}`,
      ...{ evidence, fix, since },
      cause,
    }),
  ];
}

const about = ({ metadata, status }: ProjectGitOps): Pick<Found, "project" | "object"> => ({
  project: projectKey(metadata),
  object: status?.credential
    ? `Secret ${metadata.namespace}/${status.credential.secretName}`
    : `ProjectGitOps ${projectKey(metadata)}`,
});

async function told(look: Look, project: ProjectGitOps, trouble: LifeTrouble) {
  const { commands, cause } = await lifeFix(look, project, trouble);
  const again = trouble.kind === "notMade" ? reconcileCommand(project) : rotateCommand(project);
  const condition = conditionOf(project, "CredentialReady");
  return {
    evidence: trouble.message || (condition?.message ?? ""),
    cause,
    fix: [...commands, again].join("\n"),
    since: trouble.since,
  };
}
