import type { ProjectGitOps } from "../../../api/schema.ts";
import type { FindingKind } from "../finding-kind.ts";
import type { Look } from "../look.ts";
import type { FluxEnvironment } from "../reads/flux-objects.ts";
import type { SourceFailure } from "./source-failures.ts";

/** The same trouble of one or more environments of a project. */
export interface Trouble {
  readonly project: ProjectGitOps;
  readonly first: SourceFailure;
  readonly failures: readonly SourceFailure[];
  /** The environments that have it: `staging and production`. */
  readonly names: string;
  /** Environments whose source is Ready. */
  readonly working: readonly FluxEnvironment[];
}

export interface Told {
  readonly kind: FindingKind;
  readonly what: string;
  readonly cause?: string | undefined;
  readonly fix?: string | undefined;
}

/** Says what a trouble is, why, and what to type. */
export type Tell = (trouble: Trouble, look: Look) => Told | Promise<Told>;
