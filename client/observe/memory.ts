// Resident memory of a run: this process, everything it started (servers, workers in processes of their own), and the
// launchers above it (npm, sh, tsx). Shared pages count in every process, so the sum errs upwards.
// Reads /proc; where there is none, it knows this process alone.

import { readdirSync, readFileSync } from "node:fs";

const LAUNCHER = /(^|\/)(npm|npx|tsx|sh|dash)(-cli\.js|\.mjs|\.js)?$|tsx\/dist\/|npm-cli\.js/;

/** Bytes of all processes of the run together, now. */
export function residentBytes(rootPid: number = process.pid): number {
  const parents = parentsByPid();
  if (parents === null) return process.memoryUsage.rss();
  const pids = [...descendantsOf(rootPid, parents), ...launchersAbove(rootPid, parents)];
  return pids.reduce((sum, pid) => sum + residentBytesOf(pid), 0);
}

/** `rootPid` and every process below it. */
export function descendantsOf(rootPid: number, parents: ReadonlyMap<number, number>): number[] {
  const found = [rootPid];
  for (const pid of found) {
    for (const [child, parent] of parents) if (parent === pid) found.push(child);
  }
  return found;
}

function launchersAbove(rootPid: number, parents: ReadonlyMap<number, number>): number[] {
  const found: number[] = [];
  for (let pid = parents.get(rootPid); pid !== undefined && pid > 1 && isLauncher(pid); pid = parents.get(pid))
    found.push(pid);
  return found;
}

function isLauncher(pid: number): boolean {
  const words = read(`/proc/${pid}/cmdline`)?.split("\0").slice(0, 3) ?? [];
  return words.some((word) => LAUNCHER.test(word.replace(/^npm .*/, "npm")));
}

/** Parent of every process of the machine; null where the system does not tell. */
export function parentsByPid(): ReadonlyMap<number, number> | null {
  const parents = new Map<number, number>();
  let names: string[];
  try {
    names = readdirSync("/proc");
  } catch {
    return null;
  }
  for (const name of names) {
    if (!/^\d+$/.test(name)) continue;
    // The command's name may hold spaces and brackets; the fields begin after its last bracket.
    const stat = read(`/proc/${name}/stat`);
    const parent = stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[1];
    if (parent !== undefined) parents.set(Number(name), Number(parent));
  }
  return parents.size > 0 ? parents : null;
}

/** 0 for a process that has just ended. */
function residentBytesOf(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`) ?? "")?.[1];
  return kilobytes === undefined ? 0 : Number(kilobytes) * 1024;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return undefined;
  }
}

/** Keeps the peak of `residentBytes` over its life; a timer that never holds the process open. */
export class MemoryWatch {
  readonly #timer: NodeJS.Timeout;
  #peakBytes: number;

  /** @param peakBytes of the earlier parts of a resumed run. */
  constructor(peakBytes = 0, intervalMs = 1000) {
    this.#peakBytes = peakBytes;
    this.#timer = setInterval(() => this.sample(), intervalMs);
    this.#timer.unref();
  }

  /** Bytes now; raises the peak. */
  sample(): number {
    const bytes = residentBytes();
    this.#peakBytes = Math.max(this.#peakBytes, bytes);
    return bytes;
  }

  get peakBytes(): number {
    return this.#peakBytes;
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
