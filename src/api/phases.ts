/** The set-up stages in their order; each is a barrier over all environments. */
export const SETUP_PHASES = ["CREATING_NAMESPACES", "CREATING_SECRETS", "CREATING_RESOURCES"] as const;
export type SetupPhase = (typeof SETUP_PHASES)[number];

/**
 * Where a project stands. Output only: it is derived from the objects on every pass and never read back.
 * COMPLETED: every desired object exists, is ours and matches. FAILED: a set-up ended without completing, and
 * nothing is under way.
 */
export const PHASES = [...SETUP_PHASES, "COMPLETED", "ROLLING_BACK", "FAILED", "DELETING"] as const;
export type Phase = (typeof PHASES)[number];
