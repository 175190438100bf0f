// One world thread as the event loop sees it: executions wait here and cross one at a time, so that whoever ran when the
// thread died is known. A thread that is stopped or dies is started again; what waited goes on there and finds its states
// missing (`threaded-runner.ts` makes them again). It knows no episodes.

import type { Worker } from "node:worker_threads";
import { moduleBeside, startThread } from "../../platform/start-thread.ts";
import { type AnchorgymError, fail, isReason } from "../../proto/errors.ts";
import { tookTooLong } from "../sessions/step-limit.ts";
import type { StepRecord } from "../sessions/step-record.ts";
import type { Wanted } from "../sessions/world-runner.ts";
import type { ThreadAnswer, ThreadRequest, ThreadResult, ThreadSetup, ThreadWork } from "./thread-messages.ts";

/** A thread that cannot be started so often in a row gives up what waits for it; the next execution tries again. */
const MAX_FAILED_STARTS = 3;
/** Timers beyond this fire at once; such a limit is none. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** Forgotten states go along with the next execution, or alone when so many wait. */
const FORGET_BATCH = 64;

export interface Execution {
  readonly environment: string;
  readonly work: ThreadWork;
  /** On the thread, in milliseconds; beyond it the thread is stopped. */
  readonly limitMs: number;
  readonly wanted: Wanted | undefined;
}

interface Waiting extends Execution {
  /** Undefined: the state that the work begins with is not there. */
  readonly resolve: (record: StepRecord | undefined) => void;
  readonly reject: (error: AnchorgymError) => void;
}

export interface ThreadEvents {
  /** The thread died or was stopped, and another is started in its place. */
  readonly onRestart: (why: string) => void;
}

export class WorldThread {
  readonly #setup: ThreadSetup;
  readonly #events: ThreadEvents;
  #worker: Worker | undefined;
  #isReady = false;
  #readyWaiters: { readonly resolve: () => void; readonly reject: (error: AnchorgymError) => void }[] = [];
  #queue: Waiting[] = [];
  #running: { readonly waiting: Waiting; readonly timer: NodeJS.Timeout } | undefined;
  #forget: number[] = [];
  #failedStarts = 0;
  /** Why the thread ends, as far as it is known before it has. */
  #cause: string | undefined;
  #closed = false;
  readonly #states = new Set<number>();
  #heapBytes = 0;

  constructor(setup: ThreadSetup, events: ThreadEvents) {
    this.#setup = setup;
    this.#events = events;
    this.#start();
  }

  /** Executions that wait or run. */
  get load(): number {
    return this.#queue.length + (this.#running === undefined ? 0 : 1);
  }

  /** States that it holds. */
  get stateCount(): number {
    return this.#states.size;
  }

  /** In use when it answered last. */
  get heapBytes(): number {
    return this.#heapBytes;
  }

  /** @throws {ConfigError} CONFIG_INVALID when the worlds cannot be found on the thread */
  async ready(): Promise<void> {
    if (this.#isReady) return;
    await new Promise<void>((resolve, reject) => this.#readyWaiters.push({ resolve, reject }));
  }

  /**
   * Executes when it is its turn. Undefined: the state that the work begins with is not on this thread.
   * @throws {EnvError} ENV_TIMEOUT, ENV_FAULT when the thread died of it or the world threw; SESSION_CLOSED: not wanted
   */
  run(execution: Execution): Promise<StepRecord | undefined> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return;
      this.#queue.push({ ...execution, resolve, reject });
      if (this.#worker === undefined) this.#start();
      this.#next();
    });
  }

  /** Nobody needs this state any more; one that was made before the thread's last start is gone already. */
  forget(state: number): void {
    if (!this.#states.delete(state)) return;
    this.#forget.push(state);
    if (this.#running !== undefined || !this.#isReady) return;
    if (this.#queue.length === 0 || this.#forget.length >= FORGET_BATCH) this.#post({ forget: this.#takeForgotten() });
  }

  /**
   * Ends the thread. What waits or runs is never answered: connections are gone by then, and a refusal would be written
   * down as the world's fault.
   */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#running?.timer);
    await this.#worker?.terminate();
  }

  #start(): void {
    this.#isReady = false;
    this.#states.clear();
    this.#forget = [];
    this.#cause = undefined;
    const worker = startThread(moduleBeside("./thread-main", import.meta.url), this.#setup);
    this.#worker = worker;
    worker.on("message", (answer: ThreadAnswer) => this.#hear(answer));
    worker.on("error", (error) => (this.#cause ??= `died: ${error instanceof Error ? error.message : String(error)}`));
    worker.on("exit", (code) => this.#ended(code));
  }

  #hear(answer: ThreadAnswer): void {
    if (answer.kind === "ready") {
      this.#isReady = true;
      this.#failedStarts = 0;
      for (const { resolve } of this.#readyWaiters.splice(0)) resolve();
      this.#next();
    } else if (answer.kind === "unfit") {
      this.#cause = answer.sentence;
    } else {
      this.#heapBytes = answer.heapBytes;
      this.#answer(answer.result);
    }
  }

  #answer(result: ThreadResult): void {
    const running = this.#running;
    if (running === undefined) return; // it was stopped in the same moment
    clearTimeout(running.timer);
    this.#running = undefined;
    const { resolve, reject, work } = running.waiting;
    if ("record" in result) {
      this.#states.add(work.to);
      resolve(result.record);
    } else if ("missing" in result) {
      resolve(undefined);
    } else {
      const { reason = "ENV_FAULT", sentence, ids } = result.error;
      reject(fail(isReason(reason) ? reason : "ENV_FAULT", sentence, { ids }));
    }
    this.#next();
  }

  #next(): void {
    while (this.#running === undefined && this.#isReady) {
      const waiting = this.#queue.shift();
      if (waiting === undefined) return;
      const { work, limitMs, wanted, reject } = waiting;
      if (wanted?.cancelled === true) {
        reject(fail("SESSION_CLOSED", "nobody waits for this any more"));
        continue;
      }
      // The answer may lie in this loop's inbox, unread because the loop itself was late: read it before the verdict.
      const timer = setTimeout(() => setImmediate(() => this.#stop(waiting)), Math.min(limitMs, LONGEST_TIMER_MS));
      this.#running = { waiting, timer };
      this.#post({ forget: this.#takeForgotten(), work });
    }
  }

  #post(request: ThreadRequest): void {
    this.#worker?.postMessage(request);
  }

  #takeForgotten(): readonly number[] {
    const states = this.#forget;
    this.#forget = [];
    return states;
  }

  /** The execution is past its limit; the thread goes with it. */
  #stop(waiting: Waiting): void {
    if (this.#running?.waiting !== waiting) return;
    this.#running = undefined;
    this.#isReady = false;
    this.#cause = `was stopped: ${waiting.environment} took longer than ${waiting.limitMs} ms`;
    waiting.reject(tookTooLong(waiting.environment, waiting.limitMs));
    void this.#worker?.terminate();
  }

  #ended(code: number): void {
    this.#worker = undefined;
    const wasReady = this.#isReady || this.#cause?.startsWith("was stopped") === true;
    this.#isReady = false;
    if (this.#closed) return;
    const why = this.#cause ?? `ended with code ${code}`;
    const running = this.#running;
    this.#running = undefined;
    if (running !== undefined) {
      clearTimeout(running.timer);
      running.waiting.reject(fail("ENV_FAULT", `its thread ${why}`));
    }
    if (!wasReady && this.#readyWaiters.length > 0) {
      const error = fail("CONFIG_INVALID", `a world thread cannot be started: ${why}`);
      for (const { reject } of this.#readyWaiters.splice(0)) reject(error);
      this.#giveUp(why);
      return;
    }
    this.#failedStarts = wasReady ? 0 : this.#failedStarts + 1;
    this.#events.onRestart(why);
    if (this.#failedStarts < MAX_FAILED_STARTS) this.#start();
    else this.#giveUp(`its thread cannot be started: ${why}`);
  }

  #giveUp(why: string): void {
    for (const { reject } of this.#queue.splice(0)) reject(fail("ENV_FAULT", why));
  }
}
