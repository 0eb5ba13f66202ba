import type { Condition, ConditionType } from "../api/schema.ts";

/** What the conditions say, before times and generations are filled in. */
export interface Verdict {
  readonly ready: Condition["status"];
  readonly reason: string;
  readonly message: string;
  /** Work goes on. */
  readonly reconciling: boolean;
  /** Terminal until something changes. */
  readonly stalled: boolean;
}

type Said = Pick<Condition, "status" | "reason" | "message">;

/**
 * Conditions by the rules of kstatus: Ready always; Reconciling and Stalled only while they are
 * True, and never together with Ready=True. The time of a transition stays while the status does.
 */
export function conditions(
  verdict: Verdict,
  credential: Said | undefined,
  generation: number,
  previous: readonly Condition[],
  now: string,
): Condition[] {
  const condition = (
    type: ConditionType,
    status: Condition["status"],
    { reason, message }: Pick<Said, "reason" | "message"> = verdict,
  ): Condition => {
    const before = previous.find((other) => other.type === type);
    return {
      type,
      status,
      reason,
      message,
      observedGeneration: generation,
      lastTransitionTime: before?.status === status ? before.lastTransitionTime : now,
    };
  };
  return [
    condition("Ready", verdict.ready),
    ...(verdict.reconciling ? [condition("Reconciling", "True")] : []),
    ...(verdict.stalled ? [condition("Stalled", "True")] : []),
    ...(credential ? [condition("CredentialReady", credential.status, credential)] : []),
  ];
}
