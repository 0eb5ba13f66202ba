/** Worst first. */
export const SEVERITIES = ["error", "warning", "info"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What `check` and `diagnose` tell of one thing: `info` where it is as it should be. The shape is stable, for programs. */
export interface Finding {
  /** UpperCamelCase, stable. */
  id: string;
  severity: Severity;
  /** What was looked at, such as `CRD gitrepositories.source.toolkit.fluxcd.io`. */
  object: string;
  /** The finding in a few words. */
  what: string;
  /** What was seen that says so. */
  evidence?: string;
  /** Why it matters. */
  cause?: string;
  /** A command or manifest that can be pasted. */
  fix?: string;
  /** RFC 3339, where it is known. */
  since?: string;
}

export const worstFirst = (findings: readonly Finding[]): Finding[] =>
  findings.toSorted((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
