import type { ClusterCheck } from "../check.ts";

/** In the order in which they are written down; they run side by side. */
export const INSTALLATION_CHECKS: readonly ClusterCheck[] = [];
