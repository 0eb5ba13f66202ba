/** 0 yes, 1 the answer is no, 2 could not ask; 130 after Ctrl-C, as a shell tells of a program that it ended. */
export const EXIT = { yes: 0, no: 1, couldNotAsk: 2, interrupted: 130 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** An error for a person: what failed on which object, what was said about it, and what to type next. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly details: readonly string[];
  readonly next: string | undefined;
  readonly exitCode: ExitCode;

  constructor(
    message: string,
    options: { details?: readonly string[]; next?: string; exitCode?: ExitCode } = {},
  ) {
    super(message);
    this.details = options.details ?? [];
    this.next = options.next;
    this.exitCode = options.exitCode ?? EXIT.couldNotAsk;
  }
}

/** The one form that every error is printed in. */
export function formatError(error: {
  message: string;
  details?: readonly string[];
  next?: string | undefined;
}): string {
  const lines = [`error: ${error.message}`, ...(error.details ?? []).map((detail) => `  ${detail}`)];
  if (error.next !== undefined) lines.push(`  next: ${error.next}`);
  return `${lines.join("\n")}\n`;
}
