// The append-only action log of one server process (`protocol.md` section 6): a file of lines that makes every answered
// step survive the process. All effects of one turn of the event loop are one write, made before their answers leave;
// durability SYNC makes it one write and one fsync. The file is written anew, without what is closed, at each start, and
// while the server runs when more of it is closed than `CompactionSettings` allow (`log-rewrite.ts`).

import { closeSync, fdatasyncSync, fsyncSync, openSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { type AnchorgymError, fail } from "../../proto/errors.ts";
import type { Durability, Journal, JournaledRequest } from "../sessions/journal.ts";
import type { Session } from "../sessions/session.ts";
import type { HistoryNode } from "../sessions/session-history.ts";
import { type LoadedLog, loadLog } from "./load-log.ts";
import { LogContents } from "./log-contents.ts";
import {
  lockLog,
  makeLogFolder,
  removeUnfinished,
  rewritePath,
  syncFolder,
  unlockLog,
  unwritableFolder,
  writeAll,
} from "./log-file.ts";
import { lineOf, sessionLines, stepLine } from "./log-lines.ts";
import { LogRewrite, RewriteAbandoned } from "./log-rewrite.ts";

/** When a log is written anew while it is in use: both must be exceeded. */
export interface CompactionSettings {
  /** Bytes of the file below which it is left alone. */
  readonly floorBytes: number;
  /** Part of the file that belongs to what is closed, in (0, 1). */
  readonly closedShare: number;
}

export const DEFAULT_COMPACTION: CompactionSettings = { floorBytes: 16 * 1_048_576, closedShare: 0.5 };

export interface LogSettings {
  /** Folder; made when it does not exist. */
  readonly dir: string;
  /** One per process of a folder; "worker-0" by default. */
  readonly name?: string;
  /** "LOG" by default. */
  readonly durability?: "LOG" | "SYNC";
  readonly compaction?: Partial<CompactionSettings>;
}

/** What one compaction did. */
export interface Compaction {
  readonly seconds: number;
  readonly beforeBytes: number;
  readonly afterBytes: number;
}

export interface LogEvents {
  /** The file cannot be written: nothing may be answered any more. */
  readonly onBroken: (error: AnchorgymError) => void;
  /** After each write, fsync included. */
  readonly onAppend: (seconds: number, sizeBytes: number) => void;
  readonly onCompacted: (compaction: Compaction) => void;
  /** A compaction failed, of a full disk say; the log goes on as it was. */
  readonly onCompactionFailed: (error: Error) => void;
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: AnchorgymError) => void;
}

export class ActionLog implements Journal {
  readonly durability: Durability;
  readonly #path: string;
  readonly #events: LogEvents;
  readonly #compaction: CompactionSettings;
  readonly #contents = new LogContents();
  #file: number | undefined;
  #sizeBytes = 0;
  #isCompacting = false;
  /** After a compaction that failed the file has to grow to this size before the next is tried. */
  #compactFromBytes = 0;
  #pending: string[] = [];
  #waiters: Waiter[] = [];
  #scheduled = false;
  #broken: AnchorgymError | undefined;

  /**
   * Takes the file for this process.
   * @throws {ConfigError} CONFIG_INVALID when another process holds it, for a folder that cannot be made, and for settings that are none
   */
  constructor({ dir, name = "worker-0", durability = "LOG", compaction }: LogSettings, events: LogEvents) {
    this.durability = durability;
    this.#compaction = { ...DEFAULT_COMPACTION, ...compaction };
    const { floorBytes, closedShare } = this.#compaction;
    if (!(floorBytes >= 1 && closedShare > 0 && closedShare < 1)) {
      const found = `floorBytes ${floorBytes}, closedShare ${closedShare}`;
      throw fail("CONFIG_INVALID", `log compaction has ${found}; set at least 1 byte and a share between 0 and 1`);
    }
    this.#events = events;
    this.#path = join(dir, `${name}.jsonl`);
    try {
      makeLogFolder(dir);
      lockLog(this.#path);
    } catch (cause) {
      if (cause instanceof Error && "reason" in cause) throw cause;
      throw unwritableFolder(dir, cause);
    }
  }

  /** What the file holds; nothing where there is none. @throws as `loadLog` */
  load(): LoadedLog {
    if (statSync(this.#path, { throwIfNoEntry: false }) === undefined) {
      return { sessions: [], requests: [], tornBytes: 0 };
    }
    return loadLog(this.#path);
  }

  /** Of the file, now. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Writes the file anew with what is left, whole or not at all, and appends to it from now on. */
  begin(sessions: Iterable<Session>, requests: readonly JournaledRequest[]): void {
    removeUnfinished(this.#path);
    for (const session of sessions) this.#contents.add(session, 0);
    for (const request of requests) this.#contents.request(request, sizeOf(lineOf({ t: "request", ...request })));
    const rewrite = new LogRewrite(rewritePath(this.#path), () => true);
    rewrite.writeNow(this.#contents.freeze());
    fsyncSync(rewrite.file);
    this.#take(rewrite);
    syncFolder(this.#path);
  }

  sessions(sessions: readonly Session[]): void {
    for (const session of sessions) {
      const text = [...sessionLines(session, true)].join("");
      this.#contents.add(session, sizeOf(text));
      this.#pending.push(text);
    }
  }

  step(sessionId: string, node: HistoryNode): void {
    this.#append(sessionId, stepLine(sessionId, node));
  }

  resumed(sessionId: string, epoch: number, leaseId: string): void {
    this.#append(sessionId, lineOf({ t: "resume", s: sessionId, e: epoch, l: leaseId }));
  }

  failed(sessionId: string): void {
    this.#append(sessionId, lineOf({ t: "fail", s: sessionId }));
  }

  closed(sessionId: string): void {
    this.#contents.closed(sessionId);
    this.#pending.push(lineOf({ t: "close", s: sessionId }));
    this.#schedule();
  }

  request(request: JournaledRequest): void {
    const text = lineOf({ t: "request", ...request });
    this.#contents.request(request, sizeOf(text));
    this.#pending.push(text);
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
      this.#sizeBytes += sizeBytes;
      if (this.durability === "SYNC") fdatasyncSync(this.#file);
      this.#events.onAppend((performance.now() - startedMs) / 1_000, sizeBytes);
    } catch (cause) {
      const error = this.#break(cause);
      for (const { reject } of waiters) reject(error);
      return false;
    }
    for (const { resolve } of waiters) resolve();
    if (this.#wantsCompaction) void this.#compact();
    return true;
  }

  /** Writes what is pending and lets the file go. */
  close(): void {
    if (this.#file === undefined) return;
    this.commit();
    closeSync(this.#file);
    this.#file = undefined;
    unlockLog(this.#path);
  }

  #append(sessionId: string, text: string): void {
    this.#contents.grew(sessionId, sizeOf(text));
    this.#pending.push(text);
  }

  #break(cause: unknown): AnchorgymError {
    const why = cause instanceof Error ? cause.message : String(cause);
    const sentence = `${this.#path} cannot be written: ${why}; nothing is answered any more`;
    const error = fail("INTERNAL_FAULT", sentence, { cause });
    this.#broken = error;
    this.#events.onBroken(error);
    return error;
  }

  get #wantsCompaction(): boolean {
    const { floorBytes, closedShare } = this.#compaction;
    if (this.#isCompacting || this.#sizeBytes < Math.max(floorBytes, this.#compactFromBytes)) return false;
    return this.#sizeBytes - this.#contents.neededBytes > closedShare * this.#sizeBytes;
  }

  /** Nothing is lost or overtaken: what is appended meanwhile goes to the file in use, and from there to the new one. */
  async #compact(): Promise<void> {
    this.#isCompacting = true;
    const startedMs = performance.now();
    const isWanted = (): boolean => this.#file !== undefined && this.#broken === undefined;
    let rewrite: LogRewrite | undefined;
    let used: number | undefined;
    try {
      // Out of the stack of whoever commits: the sessions are as the file says, because everything pending is written.
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (!this.commit() || !isWanted()) return;
      const contents = this.#contents.freeze();
      const frozenAtBytes = this.#sizeBytes;
      used = openSync(this.#path, "r");
      rewrite = new LogRewrite(rewritePath(this.#path), isWanted);
      await rewrite.write(contents);
      const copiedBytes = await rewrite.follow(used, frozenAtBytes, () => this.#sizeBytes);
      if (!this.commit()) return;
      const beforeBytes = this.#sizeBytes;
      rewrite.followNow(used, copiedBytes, beforeBytes);
      if (this.durability === "SYNC") fdatasyncSync(rewrite.file);
      this.#take(rewrite);
      rewrite = undefined;
      // Of a crash of the host LOG promises nothing: the one file or the other is there then, but for its last moments.
      if (this.durability === "SYNC") this.#syncFolder();
      const seconds = (performance.now() - startedMs) / 1_000;
      this.#events.onCompacted({ seconds, beforeBytes, afterBytes: this.#sizeBytes });
    } catch (thrown) {
      this.#compactFromBytes = this.#sizeBytes + this.#compaction.floorBytes;
      if (!(thrown instanceof RewriteAbandoned)) this.#events.onCompactionFailed(thrown as Error);
    } finally {
      rewrite?.discard();
      if (used !== undefined) closeSync(used);
      this.#isCompacting = false;
    }
  }

  /** The new file is the log from here on. */
  #take(rewrite: LogRewrite): void {
    renameSync(rewrite.path, this.#path);
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = rewrite.file;
    this.#sizeBytes = rewrite.sizeBytes;
    this.#contents.rewritten(rewrite.sizes);
    this.#compactFromBytes = 0;
  }

  #syncFolder(): void {
    try {
      syncFolder(this.#path);
    } catch (cause) {
      this.#break(cause);
    }
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.commit();
    });
  }
}

const sizeOf = (text: string): number => Buffer.byteLength(text);
