import type { FindingKind } from "../finding-kind.ts";

export const DELIVERY: readonly FindingKind[] = [];
