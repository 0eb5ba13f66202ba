import pino, { type Logger } from "pino";
import type { LogLevel } from "./settings.ts";

export type { Logger } from "pino";

/** JSON lines on stdout, handed to whoever logs. Times are RFC 3339. */
export const makeLog = (level: LogLevel): Logger =>
  pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  });
