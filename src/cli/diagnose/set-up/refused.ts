import type { ProjectGitOps } from "../../../api/schema.ts";
import { describe } from "../../../plan/index.ts";
import { projectKey } from "../../../reconcile/resources.ts";
import { INVALID } from "../catalogue/set-up-refused.ts";
import { type Found, found } from "../finding-kind.ts";
import type { Look } from "../look.ts";
import { policyDenies } from "./policy.ts";
import { quotaExceeded } from "./quota.ts";
import { aboutRefused, type Refused } from "./refusal.ts";
import { rightMissing } from "./right.ts";
import { refuserIn } from "./server-words.ts";
import { troubleOf } from "./trouble.ts";
import { webhookDenies } from "./webhook.ts";

const REASONS: ReadonlySet<string> = new Set(["Forbidden", "Invalid", "QuotaExceeded"]);

/** What the API server refused: by a policy, a webhook, a quota, for want of a right, or for its content. */
export async function refusedByServer(look: Look, project: ProjectGitOps): Promise<Found[]> {
  const trouble = troubleOf(project);
  if (trouble === undefined || !REASONS.has(trouble.reason)) return [];
  const target = trouble.object ? describe(trouble.object) : `an object of ${projectKey(project.metadata)}`;
  const refused: Refused = { project, trouble, target, isOver: trouble.givenUp !== undefined };
  const refuser = refuserIn(trouble.message);
  switch (refuser.kind) {
    case "policy":
      return policyDenies(look, refused, refuser);
    case "webhook":
      return webhookDenies(look, refused, refuser);
    case "quota":
      return quotaExceeded(look, refused, refuser);
    case "right":
    case "grant":
      return rightMissing(look, refused, refuser);
    case "unknown":
      return trouble.reason === "Invalid" ? [invalid(refused)] : [];
  }
}

function invalid(refused: Refused): Found {
  const { project, trouble, target } = refused;
  const { name, namespace } = project.metadata;
  // A refusal of a Secret may echo its bytes, so the operator keeps only the fields that it names.
  const isSecret = trouble.object?.kind === "Secret";
  return found(INVALID, {
    ...aboutRefused(refused),
    object: target,
    what: `the API server finds ${target} invalid`,
    evidence: trouble.message,
    cause: isSecret
      ? "what the API server says of a Secret is not repeated, for it may hold the Secret's bytes: a webhook or policy that looks at Secrets may stand behind it"
      : "the spec holds a value that becomes part of this object, and that the API server or Flux's CRD does not take",
    fix: isSecret
      ? "kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations,validatingadmissionpolicybindings"
      : `kubectl edit pgops ${name} -n ${namespace}`,
  });
}
