// The one place where an error becomes words and an exit code: 2 for what the caller wrote (flags, YAML), 1 for what went
// wrong while running, 130 after an interrupt. Expected errors show their sentence and cause, never a stack.

import { CommanderError } from "commander";
import { isAnchorgymError } from "../proto/errors.ts";

/** A wrong flag or argument that commander cannot see by itself. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The run stopped because it was asked to; everything is saved. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
}

export const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** What can only be wrong in a flag or in the YAML: worlds and tasks are named there. */
const WRITTEN_WRONG: ReadonlySet<string> = new Set(["CONFIG_INVALID", "ENVIRONMENT_NOT_FOUND", "TASK_NOT_FOUND"]);

/** Says what there is to say on `write` and returns the exit code. */
export function reportError(error: unknown, write: (text: string) => void): number {
  if (error instanceof CommanderError) {
    // Help and version end this way as well; commander has already printed everything.
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
  if (error instanceof UsageError) {
    write(`error: ${error.message}\n(add --help for the flags and an example)\n`);
    return EXIT.usage;
  }
  if (error instanceof Interrupted) {
    write(`${error.message}\n`);
    return EXIT.interrupted;
  }
  if (isAnchorgymError(error)) {
    write(`error: ${error.message}\n${causes(error.cause, error.message)}`);
    return WRITTEN_WRONG.has(error.reason) ? EXIT.usage : EXIT.failed;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  write(`error: this should not happen; it is a bug of anchorgym\n${text}\n`);
  return EXIT.failed;
}

/** A cause that the sentence above already quotes is not said twice. */
function causes(cause: unknown, said: string): string {
  if (!(cause instanceof Error)) return "";
  const line = said.includes(cause.message) ? "" : `  because: ${cause.message}\n`;
  return line + causes(cause.cause, cause.message);
}
