import { type Fault, faultsFor, isKill } from "./fault.ts";
import type { Entry } from "./requests.ts";
import { SCENARIOS } from "./scenarios.ts";

/** One scenario with so many environments; undisturbed as long as no request of it is to fail. */
export interface Case {
  scenario: string;
  environments: number;
}

/** One request of a case that fails in one way. */
export interface Plan extends Case {
  /** What the request is, and which of those that are like it, from 1. */
  signature: string;
  occurrence: number;
  fault: Fault;
  /** The operator is a process of its own. */
  asChild: boolean;
}

export const CASES: readonly Case[] = Object.entries(SCENARIOS).flatMap(([scenario, { sizes = [1, 3] }]) =>
  sizes.map((environments) => ({ scenario, environments })),
);

export const caseName = ({ scenario, environments }: Case): string =>
  `${scenario}, ${environments} environment${environments === 1 ? "" : "s"}`;

export const planName = (plan: Plan): string =>
  `${caseName(plan)}: ${plan.fault}${plan.asChild ? " (process)" : ""} at ${plan.signature} #${plan.occurrence}`;

/** Polls go on for ever, and so do the looks of who waits: of reads that are alike the first two fail. */
const MOST_READS = 2;

/** Every plan of a case: each of its requests, up to the last write, in each way that it can fail. */
export function plansOf(of: Case, requests: readonly Entry[]): Plan[] {
  const last = requests.findLastIndex(({ isWrite }) => isWrite);
  const seen = new Map<string, number>();
  return requests.slice(0, last + 1).flatMap((request) => {
    const occurrence = (seen.get(request.signature) ?? 0) + 1;
    seen.set(request.signature, occurrence);
    if (!request.isWrite && occurrence > MOST_READS) return [];
    if (SCENARIOS[of.scenario]?.generates && !isAboutCredential(request)) return [];
    const { scenario, environments } = of;
    return faultsFor(request).map((fault) => ({
      scenario,
      environments,
      signature: request.signature,
      occurrence,
      fault,
      asChild: false,
    }));
  });
}

const isAboutCredential = ({ signature }: Entry): boolean =>
  /^host |-git-credential|\/secrets\/gitea|\/namespaces\/kube-system|^patch .*\/projectgitops\//.test(
    signature,
  );

/** A few of those that kill, with real processes: what an instance in this process cannot show. */
export function withProcesses(plans: readonly Plan[], most: number, random: () => number): Plan[] {
  const deadly = shuffled(
    plans.filter(({ fault }) => isKill(fault)),
    random,
  );
  return deadly.slice(0, most).map((plan) => ({ ...plan, asChild: true }));
}

export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

/** mulberry32: the same numbers for the same seed, everywhere. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
