// Structured logs on standard error (standard output belongs to commands). Nothing that an agent says, sees or earns is
// logged: ids, reasons, counts and durations only, and no request metadata.

import { type Logger, pino } from "pino";
import type { LogLevel } from "../config.ts";

/** A logger that writes JSON lines to standard error. */
export function createLogger(level: LogLevel): Logger {
  return pino({ level, base: null, name: "anchorgym" }, pino.destination({ fd: 2, sync: true }));
}
