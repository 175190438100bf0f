// Runs the command line as a process of its own, as a user would, and watches it.

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { descendantsOf, parentsByPid } from "../../client/observe/memory.ts";

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class CommandProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  stderr = "";

  constructor(words: readonly string[]) {
    this.child = spawn(process.execPath, ["--import", "tsx", "cli/main.ts", ...words], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    this.child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
    this.ended = new Promise((resolve) => {
      this.child.once("close", (code, signal) => resolve({ code, signal, stdout, stderr: this.stderr }));
    });
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Server processes below this one. */
  serverPids(): number[] {
    const parents = parentsByPid();
    if (parents === null) return [];
    return descendantsOf(this.child.pid!, parents).filter((pid) => pid !== this.child.pid && isServer(pid));
  }

  /** Waits for `condition`; throws when the process ends before. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (!this.isRunning) throw new Error(`the command ended too early:\n${this.stderr}`);
      await sleep(5);
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}

function isServer(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1").includes("\0serve\0");
  } catch {
    return false;
  }
}

/** Resolves when none of the processes is left. */
export async function untilGone(pids: readonly number[]): Promise<void> {
  while (pids.some((pid) => existsSync(`/proc/${pid}`) && isServer(pid))) await sleep(20);
}
