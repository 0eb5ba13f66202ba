/** One thing that was tried with a credential. Its texts hold no byte of a Secret. */
export interface Check {
  /** What was asked: the git host's API, what is registered there, or git itself. */
  readonly check: "hostAPI" | "registered" | "git";
  /** `unknown`: nobody could ask. */
  readonly outcome: "ok" | "failed" | "unknown";
  /** Who was asked, and what was answered. */
  readonly message: string;
  /** What to type or do; where something is to be done. */
  readonly next?: string;
}

export const ok = (check: Check["check"], message: string): Check => ({ check, outcome: "ok", message });
export const failed = (check: Check["check"], message: string, next?: string): Check => ({
  ...{ check, outcome: "failed", message },
  ...(next === undefined ? {} : { next }),
});
export const unknown = (check: Check["check"], message: string, next?: string): Check => ({
  ...{ check, outcome: "unknown", message },
  ...(next === undefined ? {} : { next }),
});
