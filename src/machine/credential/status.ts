import type { Condition, CredentialStatus } from "../../api/schema.ts";
import { environmentStatuses } from "../environments.ts";
import { fit } from "../fit.ts";
import type { Observed } from "../observed.ts";
import { isFailingOtherwise, proofOf } from "./proof.ts";
import { retryAfter, retryAfterRefusal, rfc3339, rotationAt } from "./times.ts";

/** What status says of a credential of the operator's own making; undefined where there is none. */
export function credentialStatus(observed: Observed): CredentialStatus | undefined {
  const { generated, now, project } = observed;
  const { stored, wanted, secretName = "" } = generated ?? {};
  if (isAtRest(observed)) return project.status?.credential;
  const slot = stored?.current ?? stored?.next ?? stored?.previous;
  if (slot === undefined) return undefined;
  const trouble = troubleOf(observed);
  const before = project.status?.credential?.failure;
  const failure = trouble && {
    reason: trouble.reason,
    message: fit(trouble.message),
    since: before?.since ?? rfc3339(now),
    retryAt: trouble.retryAt,
  };
  return {
    kind: slot.target.kind,
    provider: slot.target.provider,
    secretName,
    title: slot.title,
    ...(slot.url ? { url: slot.url } : {}),
    ...(slot.fingerprint ? { fingerprint: slot.fingerprint } : {}),
    ...(slot.promotedAt ? { lastRotated: slot.promotedAt } : {}),
    ...(stored?.current && wanted ? { nextRotation: rfc3339(rotationAt(stored.current, wanted)) } : {}),
    ...(slot.expiresAt ? { expiresAt: slot.expiresAt } : {}),
    ...(failure ? { failure } : {}),
  };
}

/** Suspended, or not to be carried out as it stands: nothing is looked at, so what was said before holds. */
const isAtRest = ({ generated, project: { metadata, spec } }: Observed): boolean =>
  generated !== undefined &&
  generated.wanted === undefined &&
  metadata.deletionTimestamp === undefined &&
  spec.git.credential?.generate !== undefined;

type Trouble = Pick<NonNullable<CredentialStatus["failure"]>, "reason" | "message" | "retryAt">;

/** What keeps the credential's life from going on: met now, or met before and not tried again yet. */
function troubleOf(observed: Observed): Trouble | undefined {
  const { generated, project, now } = observed;
  const { failure, problem, wanted } = generated ?? {};
  const before = project.status?.credential?.failure;
  const since = before ? Date.parse(before.since) : now;
  if (failure) {
    const later =
      wanted && failure.reason === "CredentialRotationFailed"
        ? retryAfterRefusal(now, wanted)
        : retryAfter(since, now);
    return { ...failure, retryAt: rfc3339(failure.retryAt ?? later) };
  }
  // Looked at in every pass, so its time stays: another one would be a new status each time.
  if (problem) return { ...problem, retryAt: before?.retryAt ?? rfc3339(now) };
  if (before === undefined || Date.parse(before.retryAt) <= now || isMadeSince(observed)) return undefined;
  return generated?.succeeded && !isRefusedStill(observed) ? undefined : before;
}

/** What a pass has put into force it may have failed to tell: its status met another writer. */
function isMadeSince({ generated, project }: Observed): boolean {
  const { failure } = project.status?.credential ?? {};
  const inForceSince = Date.parse(generated?.stored?.current?.promotedAt ?? "");
  return failure?.reason !== "CredentialRotationFailed" && inForceSince >= Date.parse(failure?.since ?? "");
}

/** That Flux was refused with a new one is over when another is in force, not when the refused one is revoked. */
const isRefusedStill = ({ generated, project }: Observed): boolean =>
  project.status?.credential?.failure?.reason === "CredentialRotationFailed" &&
  generated?.stored?.current?.promotedAt === project.status.credential.lastRotated;

/** The condition CredentialReady; undefined where the operator makes no credential. */
export function credentialCondition(
  observed: Observed,
  status: CredentialStatus | undefined,
): Pick<Condition, "status" | "reason" | "message"> | undefined {
  const { generated, now, project } = observed;
  if (isAtRest(observed)) return project.status?.conditions?.find(({ type }) => type === "CredentialReady");
  if (generated?.wanted === undefined) return undefined;
  const { current } = generated.stored ?? {};
  const { failure } = status ?? {};
  if (failure)
    return {
      status: "False",
      reason: failure.reason,
      message: current
        ? `${failure.message}; the one of ${current.createdAt} stays in force`
        : failure.message,
    };
  if (current === undefined)
    return { status: "Unknown", reason: "CreatingCredential", message: "being made and registered" };
  const environments = environmentStatuses(observed);
  const proof = proofOf(current, environments, now);
  const what = told(status);
  if (proof.kind === "proved") return { status: "True", reason: "CredentialProved", message: what };
  // A host that is down, or a branch that is missing, says nothing against the credential.
  return proof.kind === "refused" && !isFailingOtherwise(environments)
    ? { status: "False", reason: "CredentialUnproved", message: `${what}; Flux says: ${fit(proof.message)}` }
    : {
        status: "Unknown",
        reason: "CredentialUnproved",
        message: `${what}; waiting until Flux has fetched with it`,
      };
}

function told(status: CredentialStatus | undefined): string {
  const { kind, title, fingerprint, lastRotated, nextRotation, expiresAt } = status ?? {};
  return [
    `${kind === "accessToken" ? "access token" : "deploy key"} "${title}"${fingerprint ? ` ${fingerprint}` : ""}`,
    ...(lastRotated ? [`made ${lastRotated}`] : []),
    ...(nextRotation ? [`next rotation ${nextRotation}`] : []),
    ...(expiresAt ? [`expires ${expiresAt}`] : []),
  ].join(", ");
}
