import type { FindingKind } from "../finding-kind.ts";

export const GIT: readonly FindingKind[] = [];
