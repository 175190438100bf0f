// The thread's side: worlds found by name in the module that the command line names, and their states by number. One
// execution at a time, in order of arrival; it knows no sessions. Whatever a world does to this thread, the loop lives on.

import { getHeapStatistics } from "node:v8";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import type { Task } from "../../envs/core/types.ts";
import type { World } from "../../envs/core/world.ts";
import { isAnchorgymError } from "../../proto/errors.ts";
import { type Executed, executeStep, reseed, resetEpisode } from "../sessions/execute-step.ts";
import { microseconds } from "../sessions/step-limit.ts";
import type { StepRecord } from "../sessions/step-record.ts";
import { findTask, type TaskRef } from "../worlds/find-task.ts";
import { buildDigestOf } from "../worlds/hosted-world.ts";
import type {
  PackedError,
  ThreadAnswer,
  ThreadRequest,
  ThreadResult,
  ThreadSetup,
  ThreadWork,
} from "./thread-messages.ts";

interface Held {
  readonly world: World;
  readonly task: Task;
  readonly executed: Executed;
}

class WorldThreadMain {
  readonly #worlds: ReadonlyMap<string, World>;
  readonly #states = new Map<number, Held>();

  constructor(worlds: ReadonlyMap<string, World>) {
    this.#worlds = worlds;
  }

  /** The answer, where one is due. */
  serve({ forget, work }: ThreadRequest): ThreadAnswer | undefined {
    for (const state of forget) this.#states.delete(state);
    if (work === undefined) return undefined;
    const startedMs = performance.now();
    let result: ThreadResult;
    try {
      const record = this.#execute(work);
      const envUs = microseconds(performance.now() - startedMs);
      result = record === undefined ? { missing: true } : { record: { ...record, envUs } };
    } catch (thrown) {
      result = { error: pack(thrown) };
    }
    return { kind: "done", result, heapBytes: getHeapStatistics().used_heap_size };
  }

  /** Undefined: the state that the work begins with is not here. */
  #execute(work: ThreadWork): StepRecord | undefined {
    if (work.kind === "reset") {
      const { world, task } = this.#find(work.environment, work.task, work.taskDigest);
      const executed = resetEpisode(world, task, work.seed, world.parseOptions(work.optionsJson));
      return this.#keep(work.to, { world, task, executed });
    }
    const held = this.#states.get(work.from);
    if (held === undefined) return undefined;
    const { world, task, executed } = held;
    if (work.kind === "reseed") {
      return this.#keep(work.to, { world, task, executed: reseed(world, task, executed, work.seed) });
    }
    const { state, record } = executed;
    const before = work.wholeLists ? undefined : record;
    const next = executeStep(world, task, state, record.seq + 1, work.actions, before);
    return this.#keep(work.to, { world, task, executed: next });
  }

  #keep(state: number, held: Held): StepRecord {
    this.#states.set(state, held);
    return held.executed.record;
  }

  #find(environment: string, ref: TaskRef, taskDigest: string): { world: World; task: Task } {
    const world = this.#worlds.get(environment);
    if (world === undefined) throw new Error(`${environment} is not on its thread`);
    const task = findTask(world, ref, "inline_task_json");
    if (task.contentDigest === taskDigest) return { world, task };
    throw new Error(
      `task ${task.taskId} is another problem on its thread: the world does not name its tasks by their content`,
    );
  }
}

function pack(thrown: unknown): PackedError {
  if (isAnchorgymError(thrown)) return { reason: thrown.reason, sentence: thrown.sentence, ids: thrown.ids };
  return { reason: undefined, sentence: thrown instanceof Error ? thrown.message : String(thrown), ids: {} };
}

/** @throws {Error} naming what is wrong with the module or its worlds */
async function findWorlds({ module, worlds }: ThreadSetup): Promise<ReadonlyMap<string, World>> {
  const exported = (await import(module)) as { findWorld?: (name: string) => World };
  const { findWorld } = exported;
  if (typeof findWorld !== "function") throw new Error(`${module} exports no findWorld`);
  return new Map(
    worlds.map(({ name, buildDigest }) => {
      const world = findWorld(name);
      if (buildDigestOf(world) === buildDigest) return [name, world];
      throw new Error(`${name} of ${module} is another build than the one that is served`);
    }),
  );
}

async function main(port: MessagePort): Promise<void> {
  const send = (answer: ThreadAnswer): void => port.postMessage(answer);
  try {
    const thread = new WorldThreadMain(await findWorlds(workerData as ThreadSetup));
    port.on("message", (request: ThreadRequest) => {
      const answer = thread.serve(request);
      if (answer !== undefined) sendOr(send, answer);
    });
    send({ kind: "ready" });
  } catch (thrown) {
    send({ kind: "unfit", sentence: pack(thrown).sentence });
    port.close();
  }
}

/** An outcome that cannot be cloned (a function among its values) is the world's fault. */
function sendOr(send: (answer: ThreadAnswer) => void, answer: ThreadAnswer): void {
  try {
    send(answer);
  } catch (thrown) {
    const sentence = `its outcome cannot leave the thread: ${pack(thrown).sentence}`;
    send({ kind: "done", result: { error: { reason: undefined, sentence, ids: {} } }, heapBytes: 0 });
  }
}

if (parentPort !== null) void main(parentPort);
