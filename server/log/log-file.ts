// The files of a log: who holds it, what a process that died left beside it, and the calls of the disk that it needs.

import {
  closeSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { makeDirectory } from "../../platform/make-directory.ts";
import { type AnchorgymError, fail } from "../../proto/errors.ts";

/** Does nothing where the folder is there. @throws {ConfigError} CONFIG_INVALID where it cannot be made */
export function makeLogFolder(dir: string): void {
  try {
    makeDirectory(dir);
  } catch (cause) {
    throw unwritableFolder(dir, cause);
  }
}

export function unwritableFolder(dir: string, cause: unknown): AnchorgymError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const cure = "set --log-dir (logDir) to a folder that can be";
  return fail("CONFIG_INVALID", `the log folder ${dir} cannot be written: ${why}; ${cure}`, { cause });
}

/**
 * Two writers would each lose what the other answered. A lock whose process is gone is stale: SIGKILL leaves one.
 * @throws {ConfigError} CONFIG_INVALID when another process holds the file
 */
export function lockLog(path: string): void {
  const lock = lockOf(path);
  const holder = Number(readIfThere(lock));
  if (holder > 0 && holder !== process.pid && isAlive(holder)) {
    throw fail("CONFIG_INVALID", `process ${holder} writes ${path}; stop it, or name another log folder`);
  }
  writeFileSync(lock, String(process.pid));
}

export function unlockLog(path: string): void {
  rmSync(lockOf(path), { force: true });
}

/** Where the file is written anew. A process that stops may still hold one of the same number: it is another's then. */
export function rewritePath(path: string): string {
  return `${path}.${process.pid}-${++rewrites}.new`;
}
let rewrites = 0;

/** Removes what a process that died left of its rewriting. */
export function removeUnfinished(path: string): void {
  const folder = dirname(path);
  for (const file of readdirSync(folder)) {
    const isOurs = file.startsWith(`${basename(path)}.`) && file.endsWith(".new");
    if (isOurs) rmSync(join(folder, file), { force: true });
  }
}

export function writeAll(file: number, text: string): number {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
  return bytes.length;
}

/** Makes a rename in the folder of `path` survive the machine. */
export function syncFolder(path: string): void {
  const folder = openSync(dirname(path), "r");
  fsyncSync(folder);
  closeSync(folder);
}

const lockOf = (path: string): string => `${path}.lock`;

function readIfThere(path: string): string {
  return statSync(path, { throwIfNoEntry: false }) === undefined ? "" : readFileSync(path, "utf8");
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
