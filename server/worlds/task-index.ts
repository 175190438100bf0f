// The tasks of one world as the catalogue shows them: summaries without answers, split digests, and the stateless
// curriculum of `SampleTasks` (`protocol.md` section 3.1). Bounded splits are enumerated once, on first use, a few
// milliseconds at a time, and only summaries are kept; unbounded ones are generated task by task.

import { deriveSeed } from "../../envs/core/random.ts";
import { stateHash } from "../../envs/core/state-hash.ts";
import type { Split, StateHash, Task } from "../../envs/core/types.ts";
import type { World } from "../../envs/core/world.ts";

/** A task without its data. */
export type TaskSummary = Omit<Task, "data">;

interface BoundedSplit {
  readonly tasks: readonly TaskSummary[];
  readonly digest: StateHash;
}

/** Passes whose order is remembered; a curriculum walks one pass at a time, so a few are enough. */
const REMEMBERED_PASSES = 8;
/** Enumerating time between two visits of the event loop, in milliseconds. */
const SLICE_MS = 5;
/** Task numbers of an unbounded split are uint32 on the wire. */
const UNBOUNDED_TASKS = 2 ** 32;

function summarize(task: Task): TaskSummary {
  const { data: _answer, ...summary } = task;
  return summary;
}

export class TaskIndex {
  readonly #world: World;
  readonly #buildDigest: StateHash;
  readonly #bounded = new Map<string, BoundedSplit>();
  readonly #enumerating = new Map<string, Promise<void>>();
  readonly #passes = new Map<string, readonly number[]>();

  constructor(world: World, buildDigest: StateHash) {
    this.#world = world;
    this.#buildDigest = buildDigest;
  }

  /** The split of that name; undefined when the world has none. */
  split(name: string): Split | undefined {
    return this.#world.description.splits.find((split) => split.name === name);
  }

  /** Resolves when the split's tasks are known; the methods below need that. */
  async ready(split: Split): Promise<void> {
    if (split.taskCount === undefined || this.#bounded.has(split.name)) return;
    let running = this.#enumerating.get(split.name);
    if (running === undefined) {
      running = this.#enumerate(split, split.taskCount).finally(() => this.#enumerating.delete(split.name));
      this.#enumerating.set(split.name, running);
    }
    await running;
  }

  /** Identity of the split's tasks and their order; of an unbounded split, its name and the build. */
  digest(split: Split): StateHash {
    if (split.taskCount === undefined) return stateHash("split", "split/1", [[split.name, this.#buildDigest]]);
    return this.#known(split).digest;
  }

  /** Task `index` of the split; undefined beyond its end. */
  at(split: Split, index: number): TaskSummary | undefined {
    if (split.taskCount !== undefined) return this.#known(split).tasks[index];
    return index < UNBOUNDED_TASKS ? summarize(this.#world.task(split.name, index)) : undefined;
  }

  /**
   * The task at a position of the curriculum `seed`; undefined when the split is empty.
   * Pass e orders the n tasks by H("sample", [seed, e, task_id]); position p is element p mod n of pass p div n.
   */
  sample(split: Split, seed: number, position: number): TaskSummary | undefined {
    if (split.taskCount === undefined) {
      return this.at(split, deriveSeed(seed, `task/${position}`) % UNBOUNDED_TASKS);
    }
    const { tasks } = this.#known(split);
    if (tasks.length === 0) return undefined;
    const order = this.#passOrder(split, tasks, seed, Math.floor(position / tasks.length));
    const index = order[position % tasks.length];
    return index === undefined ? undefined : tasks[index];
  }

  #known(split: Split): BoundedSplit {
    const known = this.#bounded.get(split.name);
    if (known === undefined) throw new Error(`split ${split.name} was not enumerated; await ready() first`);
    return known;
  }

  async #enumerate(split: Split, taskCount: number): Promise<void> {
    const tasks: TaskSummary[] = [];
    let sliceEndMs = performance.now() + SLICE_MS;
    while (tasks.length < taskCount) {
      tasks.push(summarize(this.#world.task(split.name, tasks.length)));
      if (performance.now() < sliceEndMs) continue;
      await new Promise<void>((resolve) => setImmediate(resolve));
      sliceEndMs = performance.now() + SLICE_MS;
    }
    const pairs = tasks.map((task) => [task.taskId, task.contentDigest]);
    this.#bounded.set(split.name, { tasks, digest: stateHash("split", "split/1", pairs) });
  }

  #passOrder(split: Split, tasks: readonly TaskSummary[], seed: number, pass: number): readonly number[] {
    const key = JSON.stringify([split.name, seed, pass]);
    const known = this.#passes.get(key);
    if (known !== undefined) return known;
    const keyed = tasks.map((task, index) => ({
      index,
      rank: stateHash("sample", "sample/1", [seed, pass, task.taskId]) as string,
    }));
    keyed.sort((a, b) => (a.rank < b.rank ? -1 : 1));
    const order = keyed.map(({ index }) => index);
    const oldest = this.#passes.keys().next();
    if (this.#passes.size >= REMEMBERED_PASSES && !oldest.done) this.#passes.delete(oldest.value);
    this.#passes.set(key, order);
    return order;
  }
}
