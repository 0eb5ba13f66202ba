import type { Condition, ProjectGitOps, ProjectGitOpsStatus } from "../../../src/api/schema.ts";
import { statusSchema } from "../../../src/api/status.ts";

/**
 * What breaks the rules of kstatus in a status, as sentences; empty when nothing does.
 * Source: sigs.k8s.io/cli-utils/pkg/kstatus, and fluxcd/pkg runtime/conditions/check.
 */
export function brokenRules(status: ProjectGitOpsStatus, { metadata }: ProjectGitOps): string[] {
  const conditions = status.conditions ?? [];
  const of = (type: string): Condition | undefined => conditions.find((condition) => condition.type === type);
  const [ready, reconciling, stalled] = [of("Ready"), of("Reconciling"), of("Stalled")];
  const rules: [boolean, string][] = [
    [ready === undefined, "Ready is always there"],
    [ready?.status === "True" && reconciling !== undefined, "Ready=True never stands beside Reconciling"],
    [ready?.status === "True" && stalled !== undefined, "Ready=True never stands beside Stalled"],
    [reconciling !== undefined && stalled !== undefined, "Reconciling and Stalled never stand together"],
    [stalled !== undefined && ready?.status !== "False", "Stalled goes with Ready=False"],
    [
      [reconciling, stalled].some((condition) => condition !== undefined && condition.status !== "True"),
      "Reconciling and Stalled are there only while they are True",
    ],
    [ready?.status === "True" && status.phase !== "COMPLETED", "Ready=True only when COMPLETED"],
    [status.observedGeneration !== metadata.generation, "observedGeneration is the spec that was judged"],
    [
      conditions.some(({ observedGeneration }) => observedGeneration !== metadata.generation),
      "each condition speaks of the spec that was judged",
    ],
    [new Set(conditions.map(({ type }) => type)).size !== conditions.length, "each condition stands once"],
    [conditions.some(({ reason }) => !/^[A-Z][A-Za-z]+$/.test(reason)), "reasons are UpperCamelCase"],
    [
      ready !== undefined && ready.status !== "True" && ready.message === "",
      "whatever is not Ready has a message",
    ],
    [status.phase === "FAILED" && reconciling !== undefined, "FAILED means that nothing is under way"],
    [!statusSchema.safeParse(status).success, "the status is one that the CRD takes"],
  ];
  return rules.filter(([broken]) => broken).map(([, rule]) => rule);
}
