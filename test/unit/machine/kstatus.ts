import { expect } from "bun:test";
import {
  type Conclusion,
  conclude as concludeUnchecked,
  type DesiredState,
  type Observed,
  type PhaseEntry,
  type Step,
} from "../../../src/machine/index.ts";
import { brokenRules } from "./kstatus-rules.ts";

/** conclude(), with the rules of kstatus checked on its result. Every test goes through here. */
export function conclude(
  desired: DesiredState,
  observed: Observed,
  step: Step,
  entered: readonly PhaseEntry[] = [],
): Conclusion {
  const conclusion = concludeUnchecked(desired, observed, step, entered);
  const suspended = step.kind === "stall" && step.reason === "Suspended";
  const broken = brokenRules(conclusion.status, observed.project);
  // A suspended project keeps the Ready that it had, whatever its phase.
  expect(suspended ? broken.filter((rule) => !rule.startsWith("Ready=True only")) : broken).toEqual([]);
  return conclusion;
}
