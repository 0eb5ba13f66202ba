import type { FindingKind } from "../finding-kind.ts";

export const CREDENTIAL: readonly FindingKind[] = [];
