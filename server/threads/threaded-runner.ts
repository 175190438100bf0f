// A world on threads. A state stays on the thread that made it and the loop holds its number; copying it to and fro would
// cost more than most steps, and would cut the ties between states that share parts. A state whose thread died, or that
// was freed too early, is executed again from the history of its episode: correctness never depends on a thread's memory.

import type { World } from "../../envs/core/world.ts";
import { fail } from "../../proto/errors.ts";
import type { Executed } from "../sessions/execute-step.ts";
import { replayEpisode } from "../sessions/replay.ts";
import type { StepRecord } from "../sessions/step-record.ts";
import {
  type EpisodeStart,
  PATIENCE,
  type Position,
  type StepWork,
  stepLimitMs,
  type Wanted,
  type WorldRunner,
} from "../sessions/world-runner.ts";
import { taskRef } from "../worlds/find-task.ts";
import type { ThreadWork } from "./thread-messages.ts";
import type { ThreadPool } from "./thread-pool.ts";
import type { WorldThread } from "./world-thread.ts";

/** A state that is lost so often while one execution needs it is given up: its threads die faster than it is made. */
const MAX_LOSSES = 3;

/** Where a state is. Numbers are never used twice, so a thread that was started again cannot mistake one for another. */
interface Residence {
  readonly thread: WorldThread;
  readonly state: number;
}

/** A state as the loop knows it. */
class RemoteState {
  holders = 0;
  residence: Residence | undefined;
  /** While it is executed again. */
  rebuilding: Promise<void> | undefined;

  constructor(residence: Residence) {
    this.residence = residence;
  }
}

let stateCount = 0;

export class ThreadedRunner implements WorldRunner {
  readonly stepLimitMs: number;
  readonly width: number;
  readonly #world: World;
  readonly #pool: ThreadPool;
  /** Frees on its thread what nobody released: states of calls that failed halfway. */
  readonly #orphans = new FinalizationRegistry<Residence>(({ thread, state }) => thread.forget(state));

  constructor(world: World, pool: ThreadPool, maxStepMs: number) {
    this.#world = world;
    this.#pool = pool;
    this.width = pool.size;
    this.stepLimitMs = stepLimitMs(world, maxStepMs);
  }

  async reset({
    task: { taskId, contentDigest: taskDigest },
    inlineTaskJson,
    seed,
    optionsJson,
  }: EpisodeStart): Promise<Executed> {
    const { name: environment } = this.#world.description;
    const thread = this.#pool.idlest();
    const to = ++stateCount;
    const task = taskRef(taskId, inlineTaskJson);
    const work = { kind: "reset", to, environment, task, taskDigest, seed, optionsJson } as const;
    const record = await this.#run(thread, work, this.stepLimitMs * PATIENCE, undefined);
    if (record === undefined) throw fail("INTERNAL_FAULT", "a world thread missed a state for a reset");
    return { state: this.#made(thread, to), record };
  }

  step(at: Position, { actions, wholeLists, isReplay }: StepWork, wanted?: Wanted): Promise<Executed> {
    const limitMs = this.stepLimitMs * (isReplay ? PATIENCE : 1);
    return this.#follow(at, (from, to) => ({ kind: "step", from, to, actions, wholeLists }), limitMs, wanted);
  }

  reseed(at: Position, seed: number): Promise<Executed> {
    return this.#follow(at, (from, to) => ({ kind: "reseed", from, to, seed }), this.stepLimitMs * PATIENCE, undefined);
  }

  hold(state: unknown): void {
    (state as RemoteState).holders++;
  }

  release(state: unknown): void {
    (state as RemoteState).holders--;
    this.drop(state);
  }

  drop(state: unknown): void {
    const remote = state as RemoteState;
    if (remote.holders > 0 || remote.residence === undefined) return;
    const { thread, state: number } = remote.residence;
    remote.residence = undefined;
    this.#orphans.unregister(remote);
    thread.forget(number);
  }

  /** Executes work that begins with the state of `at`, on its thread; where the state is lost it is made again first. */
  async #follow(
    at: Position,
    workOf: (from: number, to: number) => ThreadWork,
    limitMs: number,
    wanted: Wanted | undefined,
  ): Promise<Executed> {
    const remote = at.executed.state as RemoteState;
    for (let losses = 0; losses <= MAX_LOSSES; losses++) {
      const residence = remote.residence ?? (await this.#rebuild(at, remote));
      const { thread, state } = residence;
      const to = ++stateCount;
      const record = await this.#run(thread, workOf(state, to), limitMs, wanted);
      if (record !== undefined) return { state: this.#made(thread, to), record };
      if (remote.residence === residence) this.#lose(remote);
    }
    throw fail("ENV_FAULT", "its threads died again and again while its past was executed");
  }

  #run(
    thread: WorldThread,
    work: ThreadWork,
    limitMs: number,
    wanted: Wanted | undefined,
  ): Promise<StepRecord | undefined> {
    return thread.run({ environment: this.#world.description.name, work, limitMs, wanted });
  }

  /** Once for all who need it. @throws as `replayEpisode` */
  async #rebuild({ start, history }: Position, remote: RemoteState): Promise<Residence> {
    remote.rebuilding ??= replayEpisode(start, history)
      .then((executed) => this.#adopt(remote, executed.state as RemoteState))
      .finally(() => {
        remote.rebuilding = undefined;
      });
    await remote.rebuilding;
    if (remote.residence === undefined) throw fail("ENV_FAULT", "its state was lost as soon as it was made");
    return remote.residence;
  }

  #made(thread: WorldThread, state: number): RemoteState {
    const residence = { thread, state };
    const remote = new RemoteState(residence);
    this.#orphans.register(remote, residence, remote);
    return remote;
  }

  #adopt(remote: RemoteState, made: RemoteState): void {
    const { residence } = made;
    this.#orphans.unregister(made);
    made.residence = undefined;
    remote.residence = residence;
    if (residence !== undefined) this.#orphans.register(remote, residence, remote);
  }

  #lose(remote: RemoteState): void {
    this.#orphans.unregister(remote);
    remote.residence = undefined;
  }
}
