// Steps per CPU-second of a world: every step observes, lists the admissible actions and, with hashes, makes the three
// identity hashes. CPU time of the process, so that neighbours on the machine do not show. Actions are random admissible
// ones; choosing them is part of the measured time.

import { RandomStream } from "../../envs/core/random.ts";
import { fullStateHash, observationHash, semanticStateHash } from "../../envs/core/state-hash.ts";
import { type Action, SINGLE_AGENT, type Task } from "../../envs/core/types.ts";
import type { World } from "../../envs/core/world.ts";
import { WORLDS } from "../../envs/worlds.ts";
import { fail } from "../../proto/errors.ts";
import { builtInWorld } from "../experts.ts";
import { type BenchRecord, cpuSeconds, median, quantile, rounded } from "./bench-record.ts";

export interface EnvsParams {
  /** Name of the world; undefined: every world of one agent. */
  readonly env?: string;
  /** CPU-seconds of one measurement. */
  readonly seconds: number;
  readonly seed: number;
}

/** Tasks that the episodes walk through in turn; built before anything is timed. */
const TASK_COUNT = 64;
/** Measurements are cut into this many slices; the median is reported. */
const SLICES = 7;
const RESET_COUNT = 200;
const STEPS_BETWEEN_LOOKS = 2048;

/** @throws {AnchorgymError} CONFIG_INVALID when there is no such world, or it has several agents. */
export async function* runEnvs(params: EnvsParams): AsyncIterable<BenchRecord> {
  if (params.env !== undefined) yield* measure(builtInWorld(params.env), params);
  else for (const world of WORLDS.filter(hasOneAgent)) yield* measure(world, params);
}

function hasOneAgent({ description }: World): boolean {
  return description.agents.length === 1;
}

async function* measure(world: World, params: EnvsParams): AsyncIterable<BenchRecord> {
  const { name } = world.description;
  if (!hasOneAgent(world)) {
    throw fail("CONFIG_INVALID", `${name} has several agents; the benchmark plays worlds of one, such as household`);
  }
  const split = world.description.splits[0]!.name;
  const tasks = Array.from({ length: TASK_COUNT }, (_, i) => world.task(split, i));
  for (const hashes of [false, true]) {
    playFor(world, tasks, hashes, Math.min(params.seconds / 4, 1), params.seed);
    const slices = Array.from({ length: SLICES }, (_, i) =>
      playFor(world, tasks, hashes, params.seconds / SLICES, params.seed + 1 + i),
    );
    const rates = slices.map(({ steps, seconds }) => steps / seconds);
    yield {
      bench: "envs",
      metric: "steps_per_cpu_second",
      value: Math.round(median(rates)),
      unit: "steps/s",
      params: {
        env: name,
        hashes,
        split,
        policy: "random admissible",
        steps: slices.reduce((sum, { steps }) => sum + steps, 0),
        p10: Math.round(quantile(rates, 0.1)),
      },
    };
  }
  yield reset(world, tasks);
  yield taskTime(world, split);
}

/** Plays whole episodes until `seconds` of CPU time are spent. */
function playFor(world: World, tasks: readonly Task[], hashes: boolean, seconds: number, seed: number) {
  const random = new RandomStream(seed);
  const options = world.parseOptions("");
  const start = cpuSeconds();
  let steps = 0;
  let spent = 0;
  let nextLook = 0;
  for (let episode = 0; spent < seconds; episode++) {
    steps += playEpisode(world, tasks[episode % tasks.length]!, options, hashes, random);
    // Asking for CPU time is a system call: once an episode it would be a tenth of a fast world's short ones.
    if (steps < nextLook) continue;
    nextLook = steps + STEPS_BETWEEN_LOOKS;
    spent = cpuSeconds() - start;
  }
  return { steps, seconds: spent };
}

function playEpisode(world: World, task: Task, options: unknown, hashes: boolean, random: RandomStream): number {
  const { stateSchema } = world.description;
  let state = world.reset(task, 0, options);
  let admissible = world.admissibleActions(state, SINGLE_AGENT);
  let steps = 0;
  // Everything that an agent is shown is read, so that a world which renders late cannot look fast.
  let textLength = 0;
  for (;;) {
    const action = { text: random.pick(admissible) };
    const transition = world.step(state, new Map<string, Action>().set(SINGLE_AGENT, action));
    state = transition.state;
    steps++;
    const observation = world.observe(state, SINGLE_AGENT);
    textLength += observation.blocks.reduce(
      (sum, block) => sum + ("text" in block ? block.text : block.json).length,
      0,
    );
    if (hashes) {
      const canonical = world.canonical(state);
      observationHash(observation);
      semanticStateHash(stateSchema, task.contentDigest, canonical);
      fullStateHash(stateSchema, task.contentDigest, canonical);
    }
    admissible = world.admissibleActions(state, SINGLE_AGENT);
    for (const action of admissible) textLength += action.length;
    if (transition.endReason !== undefined) break;
  }
  if (textLength === 0) throw new Error(`an episode of ${task.taskId} showed nothing`);
  return steps;
}

/** The initial state of a task that is built already, with its observation and admissible list. */
function reset(world: World, tasks: readonly Task[]): BenchRecord {
  const options = world.parseOptions("");
  const timesMs = Array.from({ length: RESET_COUNT }, (_, i) => {
    const start = performance.now();
    const state = world.reset(tasks[i % tasks.length]!, i, options);
    world.observe(state, SINGLE_AGENT);
    world.admissibleActions(state, SINGLE_AGENT);
    return performance.now() - start;
  });
  return record("reset_ms", timesMs, world);
}

/** A task of the split built from nothing: what the first episode of a group costs besides. */
function taskTime(world: World, split: string): BenchRecord {
  const timesMs = Array.from({ length: RESET_COUNT }, (_, i) => {
    const start = performance.now();
    world.task(split, TASK_COUNT + i);
    return performance.now() - start;
  });
  return record("task_ms", timesMs, world);
}

function record(metric: string, timesMs: readonly number[], world: World): BenchRecord {
  const params = { env: world.description.name, repetitions: timesMs.length, p90: rounded(quantile(timesMs, 0.9)) };
  return { bench: "envs", metric, value: rounded(median(timesMs)), unit: "ms", params };
}
