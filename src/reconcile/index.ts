export { claim, needsClaim, seal } from "./claim.ts";
export type { Dependencies } from "./dependencies.ts";
export { DriftLog } from "./drift-log.ts";
export { Outdated } from "./guard.ts";
export { Projects } from "./projects.ts";
export { type PassResult, reconcile } from "./reconcile.ts";
export { asLive, PROJECTS, projectKey, projectRef, refOf, resourceOf } from "./resources.ts";
export { Secrets } from "./secrets.ts";
export { type Row, World } from "./world.ts";
