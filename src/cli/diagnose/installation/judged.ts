import type { Found } from "../finding-kind.ts";
import type { Look } from "../look.ts";

/** Something that was looked at and is as it should be: `check` says so, `diagnose` says nothing of it. */
export interface Fine {
  /** UpperCamelCase, stable. */
  readonly id: string;
  readonly object: string;
  readonly what: string;
}

export type Judgement = Found | Fine;

/** Looks at one part of the installation, for `check` and for `diagnose`. */
export type InstallationLook = (look: Look) => Promise<Judgement[]>;

export const fine = (id: string, object: string, what: string): Fine => ({ id, object, what });

export const isFound = (judgement: Judgement): judgement is Found => "kind" in judgement;
