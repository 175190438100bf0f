// The append-only action log of one server process (`protocol.md` section 6): a file of lines that makes every answered
// step survive the process. All effects of one turn of the event loop are one write, made before their answers leave;
// durability SYNC makes it one write and one fsync. The file is written anew, without what is closed, at each start.

import {
  closeSync,
  fdatasyncSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { type AnchorgymError, fail } from "../../proto/errors.ts";
import type { Durability, Journal, JournaledRequest } from "../sessions/journal.ts";
import type { Session } from "../sessions/session.ts";
import type { HistoryNode } from "../sessions/session-history.ts";
import { type LoadedLog, loadLog } from "./load-log.ts";
import { LOG_FORMAT, lineOf, sessionLine, stepLine } from "./log-lines.ts";

export interface LogSettings {
  /** Folder; made when it does not exist. */
  readonly dir: string;
  /** One per process of a folder; "worker-0" by default. */
  readonly name?: string;
  /** "LOG" by default. */
  readonly durability?: "LOG" | "SYNC";
}

export interface LogEvents {
  /** The file cannot be written: nothing may be answered any more. */
  readonly onBroken: (error: AnchorgymError) => void;
  /** After each write, fsync included. */
  readonly onAppend: (seconds: number, sizeBytes: number) => void;
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: AnchorgymError) => void;
}

export class ActionLog implements Journal {
  readonly durability: Durability;
  readonly #path: string;
  readonly #events: LogEvents;
  #file: number | undefined;
  #pending: string[] = [];
  #waiters: Waiter[] = [];
  #scheduled = false;
  #broken: AnchorgymError | undefined;

  /** Takes the file for this process. @throws {ConfigError} CONFIG_INVALID when another process holds it */
  constructor({ dir, name = "worker-0", durability = "LOG" }: LogSettings, events: LogEvents) {
    this.durability = durability;
    this.#events = events;
    this.#path = join(dir, `${name}.jsonl`);
    try {
      mkdirSync(dir, { recursive: true });
      this.#lock();
    } catch (cause) {
      if (cause instanceof Error && "reason" in cause) throw cause;
      const why = cause instanceof Error ? cause.message : String(cause);
      throw fail("CONFIG_INVALID", `the log folder ${dir} cannot be written: ${why}`, { cause });
    }
  }

  /** What the file holds; nothing where there is none. @throws as `loadLog` */
  load(): LoadedLog {
    if (statSync(this.#path, { throwIfNoEntry: false }) === undefined) {
      return { sessions: [], requests: [], tornBytes: 0 };
    }
    return loadLog(this.#path);
  }

  /** Writes the file anew with what is left, whole or not at all, and appends to it from now on. */
  begin(sessions: Iterable<Session>, requests: readonly JournaledRequest[]): void {
    const temporary = `${this.#path}.tmp`;
    const file = openSync(temporary, "w");
    writeAll(file, lineOf({ t: "format", format: LOG_FORMAT }));
    for (const session of sessions) writeAll(file, lineOf(sessionLine(session, true)));
    for (const request of requests) writeAll(file, lineOf({ t: "request", ...request }));
    fsyncSync(file);
    closeSync(file);
    renameSync(temporary, this.#path);
    syncFolder(this.#path);
    this.#file = openSync(this.#path, "a");
  }

  sessions(sessions: readonly Session[]): void {
    for (const session of sessions) this.#pending.push(lineOf(sessionLine(session, false)));
  }

  step(sessionId: string, node: HistoryNode): void {
    this.#pending.push(stepLine(sessionId, node));
  }

  resumed(sessionId: string, epoch: number, leaseId: string): void {
    this.#pending.push(lineOf({ t: "resume", s: sessionId, e: epoch, l: leaseId }));
  }

  failed(sessionId: string): void {
    this.#pending.push(lineOf({ t: "fail", s: sessionId }));
  }

  closed(sessionId: string): void {
    this.#pending.push(lineOf({ t: "close", s: sessionId }));
    this.#schedule();
  }

  request(request: JournaledRequest): void {
    this.#pending.push(lineOf({ t: "request", ...request }));
  }

  durable(): Promise<void> | undefined {
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    if (this.#pending.length === 0) return undefined;
    this.#schedule();
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  commit(): boolean {
    if (this.#broken !== undefined) return false;
    if (this.#pending.length === 0 || this.#file === undefined) return true;
    const text = this.#pending.join("");
    const waiters = this.#waiters;
    this.#pending = [];
    this.#waiters = [];
    const startedMs = performance.now();
    try {
      const sizeBytes = writeAll(this.#file, text);
      if (this.durability === "SYNC") fdatasyncSync(this.#file);
      this.#events.onAppend((performance.now() - startedMs) / 1_000, sizeBytes);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      const error = fail("INTERNAL_FAULT", `${this.#path} cannot be written: ${why}; nothing is answered any more`, {
        cause,
      });
      this.#broken = error;
      for (const { reject } of waiters) reject(error);
      this.#events.onBroken(error);
      return false;
    }
    for (const { resolve } of waiters) resolve();
    return true;
  }

  /** Writes what is pending and lets the file go. */
  close(): void {
    if (this.#file === undefined) return;
    this.commit();
    closeSync(this.#file);
    this.#file = undefined;
    rmSync(`${this.#path}.lock`, { force: true });
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.commit();
    });
  }

  /** Two writers would each lose what the other answered. A lock whose process is gone is stale: SIGKILL leaves one. */
  #lock(): void {
    const path = `${this.#path}.lock`;
    const holder = Number(readIfThere(path));
    if (holder > 0 && holder !== process.pid && isAlive(holder)) {
      throw fail("CONFIG_INVALID", `process ${holder} writes ${this.#path}; stop it, or name another log folder`);
    }
    writeFileSync(path, String(process.pid));
  }
}

function writeAll(file: number, text: string): number {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
  return bytes.length;
}

function syncFolder(path: string): void {
  const folder = openSync(join(path, ".."), "r");
  fsyncSync(folder);
  closeSync(folder);
}

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
