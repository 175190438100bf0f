// The world threads of one server: states go to the thread that has the least to do, and stay there.

import type { Logger } from "pino";
import { fail } from "../../proto/errors.ts";
import type { ThreadSetup } from "./thread-messages.ts";
import { WorldThread } from "./world-thread.ts";

export interface WorldThreadSettings {
  /** How many. */
  readonly count: number;
  /** A module that exports `findWorld(name)`: the same worlds as those that are served, found again on each thread. */
  readonly module: URL;
  /** Names of the worlds that run there; absent: all that are served. */
  readonly environments?: readonly string[];
}

export interface PoolEvents {
  readonly logger: Logger;
  readonly onRestart: () => void;
}

export class ThreadPool {
  readonly #threads: readonly WorldThread[];

  private constructor(threads: readonly WorldThread[]) {
    this.#threads = threads;
  }

  /**
   * Starts the threads and waits until they have found the worlds.
   * @throws {ConfigError} CONFIG_INVALID naming what is wrong
   */
  static async start(count: number, setup: ThreadSetup, { logger, onRestart }: PoolEvents): Promise<ThreadPool> {
    if (!Number.isSafeInteger(count) || count < 1) {
      throw fail("CONFIG_INVALID", `worldThreads.count is ${count}; it must be a positive integer`);
    }
    const restarted = (why: string): void => {
      onRestart();
      logger.error({ why }, "a world thread is started again");
    };
    const threads = Array.from({ length: count }, () => new WorldThread(setup, { onRestart: restarted }));
    const pool = new ThreadPool(threads);
    try {
      await Promise.all(threads.map((thread) => thread.ready()));
      return pool;
    } catch (error) {
      await pool.close();
      throw error;
    }
  }

  get size(): number {
    return this.#threads.length;
  }

  /** Executions that wait or run. */
  get load(): number {
    return this.#threads.reduce((sum, { load }) => sum + load, 0);
  }

  /** States held by all. */
  get stateCount(): number {
    return this.#threads.reduce((sum, { stateCount }) => sum + stateCount, 0);
  }

  get heapBytes(): number {
    return this.#threads.reduce((sum, { heapBytes }) => sum + heapBytes, 0);
  }

  /** The thread with the least to do; among equals, the one that holds the fewest states. */
  idlest(): WorldThread {
    const [first, ...others] = this.#threads as [WorldThread, ...WorldThread[]];
    return others.reduce((best, thread) => {
      const isBetter = thread.load === best.load ? thread.stateCount < best.stateCount : thread.load < best.load;
      return isBetter ? thread : best;
    }, first);
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }
}
