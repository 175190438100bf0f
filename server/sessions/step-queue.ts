// Serves the sessions that have queued steps, round robin, one step each; a step that runs on a thread is only begun
// here, and its session comes back when it is over. After a few milliseconds of stepping it yields to I/O, so that
// thousands of sessions never keep a health check waiting (`protocol.md` section 10, fairness).

import type { Session } from "./session.ts";

/**
 * Stepping time between two visits of the event loop, in milliseconds. Short enough that outcomes leave while later
 * steps of the same frame still run, long enough that frames hold many of them: 0.5 gave the same rate for half as much
 * CPU time again.
 */
const SLICE_MS = 2;

export class StepQueue {
  readonly #nowMs: () => number;
  #ready: Session[] = [];
  #head = 0;
  #scheduled = false;
  /** Effects that are executed elsewhere. */
  #away = 0;
  #idleWaiters: (() => void)[] = [];
  /** One effect is back: its session may go on. */
  readonly #returned = (session: Session): void => {
    this.#away--;
    if (session.hasQueuedSteps) this.add(session);
    else this.#wakeIdle();
  };

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Adds a session once per queued step; `run` or the next turn of the event loop serves it. */
  add(session: Session): void {
    this.#ready.push(session);
    this.#schedule();
  }

  /** Steps for one slice, now. Whatever is left runs in later turns of the event loop. */
  run(): void {
    const endMs = this.#nowMs() + SLICE_MS;
    while (this.#head < this.#ready.length) {
      const session = this.#ready[this.#head++];
      if (session?.runNext(this.#nowMs, this.#returned)) this.#away++;
      if (this.#nowMs() >= endMs) break;
    }
    if (this.#head === this.#ready.length) {
      this.#ready = [];
      this.#head = 0;
      this.#wakeIdle();
    } else {
      this.#schedule();
    }
  }

  /** Resolves when no step is queued and none runs. */
  async idle(): Promise<void> {
    if (this.#ready.length === 0 && this.#away === 0) return;
    await new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
  }

  #wakeIdle(): void {
    if (this.#ready.length > 0 || this.#away > 0) return;
    for (const wake of this.#idleWaiters.splice(0)) wake();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.run();
    });
  }
}
