import type { ProjectGitOps } from "../../api/schema.ts";
import { projectRef } from "../../reconcile/resources.ts";
import { toFinding } from "../diagnose/diagnose.ts";
import type { Found } from "../diagnose/finding-kind.ts";
import { diagnosisText, type Looked } from "../diagnose/text.ts";
import type { Io } from "../io.ts";
import { isMachine, machineText } from "../output.ts";
import { duration, type Step, timelineText } from "./timeline.ts";
import type { Verified } from "./verify.ts";

/** How the set-up went. */
export interface Attempt {
  /** Where it became Ready. */
  verified?: Verified;
  /** Why it is not as it should be. */
  failure?: unknown;
  /** What was found then. */
  diagnosis?: { findings: readonly Found[]; looked: Omit<Looked, "subject"> };
}

/** How all of it went. */
export interface Outcome extends Attempt {
  project: ProjectGitOps;
  kept: boolean;
  /** It and its namespace are gone. */
  removed: boolean;
  steps: readonly Step[];
}

/** For a person, or in the stable shape for programs. */
export async function outcomeText(
  outcome: Outcome,
  { output }: { output: "table" | "wide" | "json" | "yaml" },
  io: Io,
): Promise<string> {
  const { project, verified, removed, steps, diagnosis } = outcome;
  if (isMachine(output)) {
    const shape = {
      project: projectRef(project),
      ready: verified !== undefined,
      removed,
      steps,
      verified: verified ?? null,
      findings: (diagnosis?.findings ?? []).map(toFinding),
    };
    return machineText(shape, output);
  }
  const { name, namespace } = projectRef(project);
  const found =
    diagnosis &&
    diagnosisText(diagnosis.findings, { ...diagnosis.looked, subject: `${name} (${namespace})` }, io);
  return `${answer(outcome, io)}\n${found ? `\n${found}` : ""}\n${timelineText(steps, output === "wide" ? undefined : io.columns)}`;
}

/** `Ready after 3.41 s, gone 6.20 s after its deletion`. */
function answer({ project, verified, kept, steps }: Outcome, io: Io): string {
  const { name, namespace } = projectRef(project);
  const at = (step: string): number | undefined => steps.find((one) => one.step === step)?.at;
  const ready = at("Ready");
  const began =
    verified === undefined || ready === undefined ? "not Ready" : `Ready after ${duration(ready)}`;
  const [deleted, gone] = [at("deleted"), at("gone")];
  const ended =
    gone === undefined || deleted === undefined
      ? "not gone"
      : `gone ${duration(gone - deleted)} after its deletion`;
  return kept ? `${began}; kept: ${io.name} delete ${name} -n ${namespace} removes it` : `${began}, ${ended}`;
}
