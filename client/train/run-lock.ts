// One process per run directory: two trainers on one directory would cut each other's files. The lock is a journal: every
// process that wants the run appends a line, and the first line of a living process that has not given the run back holds
// it. Appends come in one order and the lines before one's own never revive, so of several that start at the same moment, on
// a free lock or on one that a killed run left, exactly one wins. The file stays: removing it would race with an append.
// A line names a process by id and start time; both mean something on one machine, with a local file system.

import { randomUUID } from "node:crypto";
import { appendFileSync, readFileSync } from "node:fs";
import { fail } from "../../proto/errors.ts";

interface Claim {
  readonly id: string;
  readonly pid: number;
  readonly startTime: string;
}

/** Takes the lock. @returns the function that gives it back. @throws {ConfigError} when a living process holds it. */
export function lockRun(lockFile: string): () => void {
  const claim: Claim = { id: randomUUID(), pid: process.pid, startTime: startTimeOf(process.pid) };
  append(lockFile, claim);
  const release = () => append(lockFile, { released: claim.id });
  const holder = firstHolder(readFileSync(lockFile, "utf8"));
  if (holder?.id === claim.id) return release;
  release();
  throw fail(
    "CONFIG_INVALID",
    `process ${holder?.pid} is working on this run (${lockFile}); stop it first, or use --name`,
  );
}

/** The newline in front ends a line that a kill has torn. */
function append(lockFile: string, line: Claim | { readonly released: string }): void {
  appendFileSync(lockFile, `\n${JSON.stringify(line)}\n`);
}

function firstHolder(journal: string): Claim | undefined {
  const lines = journal.split("\n").map(parsedLine);
  const released = new Set(lines.flatMap((line) => line?.released ?? []));
  return lines.find(
    (line): line is Claim =>
      !!line?.pid && !!line.startTime && !released.has(line.id ?? "") && startTimeOf(line.pid) === line.startTime,
  );
}

function parsedLine(line: string): (Partial<Claim> & { readonly released?: string }) | null {
  try {
    return JSON.parse(line);
  } catch {
    // Empty, or torn by a kill while it was written: it claims nothing.
    return null;
  }
}

/** Ticks since boot at which the process began; "" where it does not live, "?" where the system does not tell. */
function startTimeOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // A process that has ended keeps its entry until its parent asks for it.
    return fields[0] === "Z" ? "" : (fields[19] ?? "?");
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
