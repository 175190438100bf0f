// A runner whose executions are over when the test says so, in order: what a thread does, without one. It knows which
// states are kept, and refuses to go on from one that was freed.

import type { World } from "../../envs/core/world.ts";
import { fail } from "../../proto/errors.ts";
import type { Executed } from "../../server/sessions/execute-step.ts";
import { inlineRunner } from "../../server/sessions/inline-runner.ts";
import type { Position, WorldRunner } from "../../server/sessions/world-runner.ts";

class Kept {
  readonly state: unknown;
  holders = 0;

  constructor(state: unknown) {
    this.state = state;
  }
}

export class DeferredRunner implements WorldRunner {
  readonly stepLimitMs = 60_000;
  readonly width = 1;
  /** Made and not freed. */
  readonly kept = new Set<Kept>();
  readonly #inline: WorldRunner;
  readonly #due: (() => void)[] = [];

  constructor(world: World) {
    this.#inline = inlineRunner(world, this.stepLimitMs);
  }

  /** Ends the oldest execution; false: none runs. Its consequences are had when the promise resolves. */
  async deliver(): Promise<boolean> {
    const next = this.#due.shift();
    next?.();
    await new Promise((resolve) => setImmediate(resolve));
    return next !== undefined;
  }

  /** Ends executions until the promise is settled. */
  async until<Value>(promise: Promise<Value>): Promise<Value> {
    let isSettled = false;
    const settled = (): void => {
      isSettled = true;
    };
    promise.then(settled, settled);
    while (!isSettled) await this.deliver();
    return promise;
  }

  reset: WorldRunner["reset"] = (start) => this.#later(() => this.#inline.reset(start));
  reseed: WorldRunner["reseed"] = (at, seed) => this.#later(() => this.#inline.reseed(this.#open(at), seed));
  step: WorldRunner["step"] = (at, work, wanted) => {
    return this.#later(() => {
      if (wanted?.cancelled === true) throw fail("SESSION_CLOSED", "nobody waits");
      return this.#inline.step(this.#open(at), work);
    });
  };

  hold(state: unknown): void {
    (state as Kept).holders++;
  }

  release(state: unknown): void {
    (state as Kept).holders--;
    this.drop(state);
  }

  drop(state: unknown): void {
    if ((state as Kept).holders <= 0) this.kept.delete(state as Kept);
  }

  #open(at: Position): Position {
    const kept = at.executed.state as Kept;
    if (!this.kept.has(kept)) throw new Error("a state was used after it was freed");
    return { ...at, executed: { ...at.executed, state: kept.state } };
  }

  #later(run: () => Executed | Promise<Executed>): Promise<Executed> {
    return new Promise((resolve, reject) => {
      this.#due.push(() => {
        try {
          const { state, record } = run() as Executed;
          const kept = new Kept(state);
          this.kept.add(kept);
          resolve({ state: kept, record });
        } catch (error) {
          reject(error);
        }
      });
    });
  }
}
