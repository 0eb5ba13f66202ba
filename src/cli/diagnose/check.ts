import type { ProjectGitOps } from "../../api/schema.ts";
import type { Found } from "./finding-kind.ts";
import type { Look } from "./look.ts";

/** Looks at the cluster for one subject. What may not be read is no finding: Look remembers it. */
export type ClusterCheck = (look: Look) => Promise<Found[]>;

/** The same for one project. */
export type ProjectCheck = (look: Look, project: ProjectGitOps) => Promise<Found[]>;
