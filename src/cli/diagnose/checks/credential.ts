import type { ProjectCheck } from "../check.ts";

/** In the order in which they are written down; they run side by side. */
export const CREDENTIAL_CHECKS: readonly ProjectCheck[] = [];
