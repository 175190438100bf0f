// One process per run directory: two trainers on one directory would cut each other's files. The lock names a process by
// id and start time, so that a lock which a killed run left behind never blocks its successor.

import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { fail } from "../../proto/errors.ts";

/** Takes the lock. @returns the function that gives it back. @throws {ConfigError} when a living process holds it. */
export function lockRun(lockFile: string): () => void {
  const holder = readHolder(lockFile);
  if (holder !== undefined && holder.pid !== process.pid && startTimeOf(holder.pid) === holder.startTime) {
    throw fail(
      "CONFIG_INVALID",
      `process ${holder.pid} is working on this run (${lockFile}); stop it first, or use --name`,
    );
  }
  writeFileSync(lockFile, JSON.stringify({ pid: process.pid, startTime: startTimeOf(process.pid) }));
  return () => rmSync(lockFile, { force: true });
}

function readHolder(lockFile: string): { readonly pid: number; readonly startTime: string } | undefined {
  try {
    return JSON.parse(readFileSync(lockFile, "utf8"));
  } catch {
    // Missing, or torn by a kill while it was written: nobody holds it.
    return undefined;
  }
}

/** Ticks since boot at which the process began; "" where it does not exist, "?" where the system does not tell. */
function startTimeOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "?";
  } catch {
    if (process.platform === "linux") return "";
    try {
      process.kill(pid, 0);
      return "?";
    } catch {
      return "";
    }
  }
}
