import type { ProjectCheck } from "../check.ts";
import { projectNotReady } from "../set-up/not-ready.ts";

/** In the order in which they are written down; they run side by side. */
export const SET_UP_CHECKS: readonly ProjectCheck[] = [projectNotReady];
