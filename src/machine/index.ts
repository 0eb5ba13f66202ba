export { decide } from "./decide.ts";
export { drift, isOurs } from "./drift.ts";
export { healthOf } from "./health.ts";
export { fromInventory } from "./inventory.ts";
export * from "./observed.ts";
export { type Conclusion, conclude, type PhaseEntry, type Visit } from "./outcome.ts";
export { carriesOwner, createdByUs, ownership } from "./ownership.ts";
export type { DesiredState } from "./state.ts";
export * from "./step.ts";
