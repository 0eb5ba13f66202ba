import type { Severity } from "../finding.ts";

/** On the way from the cluster to what runs, in this order: what comes first is a cause, what comes later a symptom. */
export const AREAS = ["installation", "set-up", "credential", "git", "delivery"] as const;
export type Area = (typeof AREAS)[number];

/** One sort of trouble that `diagnose` knows. The page docs/findings/{id}.md is made from it. */
export interface FindingKind {
  /** UpperCamelCase, stable; the reason in status where there is one for it. */
  readonly id: string;
  readonly area: Area;
  readonly severity: Severity;
  /** A short sentence: heading of its page. */
  readonly title: string;
  /** What is wrong, and what it leads to. Markdown, as are the next three. */
  readonly means: string;
  /** How it is seen by hand: commands, and the words to look for. */
  readonly shows: string;
  readonly fix: string;
  /** Its nearest look-alike, and how the two are told apart. */
  readonly lookAlike: string;
  /** Ids of findings that are its symptoms: they are not told beside it, in the same environment. */
  readonly explains?: readonly string[];
}

/** A finding where it was found. */
export interface Found {
  readonly kind: FindingKind;
  /** The thing to look at, such as `Secret platform/shop-git`. */
  readonly object: string;
  /** The finding in one line: the answer that a person came for. */
  readonly what: string;
  /** What was seen that says so, in the words of who said it. */
  readonly evidence?: string | undefined;
  readonly cause?: string | undefined;
  /** A command or manifest that works when it is pasted. */
  readonly fix?: string | undefined;
  /** RFC 3339. */
  readonly since?: string | undefined;
  /** Name of the environment; undefined for what concerns the whole project, or the cluster. */
  readonly environment?: string | undefined;
  /** Names of the environments where several have the same trouble, told once; the finding is the project's then. */
  readonly environments?: readonly string[] | undefined;
  /** `namespace/name`; undefined for what concerns the cluster. */
  readonly project?: string | undefined;
}

export const found = (kind: FindingKind, about: Omit<Found, "kind">): Found => ({ kind, ...about });
