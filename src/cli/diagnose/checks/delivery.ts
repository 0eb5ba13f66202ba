import type { ProjectCheck } from "../check.ts";
import { fieldContested } from "../delivery/contested.ts";
import { deliveries } from "../delivery/deliveries.ts";

/** In the order in which they are written down; they run side by side. */
export const DELIVERY_CHECKS: readonly ProjectCheck[] = [fieldContested, deliveries];
