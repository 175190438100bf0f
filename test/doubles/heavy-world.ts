// A world whose steps do to their thread what worlds should not: "work 50" keeps it busy for so many milliseconds, "wait"
// until a file is there, "hang" for ever; "boom" throws, "exit" ends the thread. Anything else counts. Also the module that
// world threads find it in, with the worlds of the tree beside it.

import { existsSync } from "node:fs";
import { taskDigest } from "../../envs/core/state-hash.ts";
import { ended, running } from "../../envs/core/transition.ts";
import { SINGLE_AGENT, type Task } from "../../envs/core/types.ts";
import type { World, WorldDescription } from "../../envs/core/world.ts";
import { findWorld as findBuiltIn } from "../../envs/worlds.ts";
import { corridorWorld } from "./corridor-world.ts";

export interface HeavyState {
  readonly count: number;
  readonly noise: number;
}

const TASKS = 8;
const MAX_TURNS = 50;

function misbehave(text: string): void {
  const workMs = Number(/^work (\d+)$/.exec(text)?.[1] ?? 0);
  const endMs = performance.now() + workMs;
  while (performance.now() < endMs);
  if (text === "boom") throw new Error("the engine blew up");
  if (text === "exit") process.exit(7);
  for (let turns = 0; text === "hang" && turns >= 0; turns++);
  const file = /^wait (.+)$/.exec(text)?.[1];
  while (file !== undefined && !existsSync(file));
}

/** @param stepTimeoutMs of its description; undefined: the server decides */
export function heavyWorld(name = "heavy", stepTimeoutMs?: number): World<HeavyState, null, null> {
  const task = (split: string, index: number): Task<null> => {
    if (split !== "train" || !Number.isInteger(index) || index < 0 || index >= TASKS) throw new Error("no such task");
    return {
      taskId: `${name}/1.0.0/train/${index}`,
      split,
      index,
      title: `count (${index})`,
      tags: [],
      maxTurns: MAX_TURNS,
      contentDigest: taskDigest({ index }),
      data: null,
    };
  };
  const limits: WorldDescription["limits"] = {
    maxTurns: MAX_TURNS,
    maxActionBytes: 512,
    maxObservationBytes: 256,
    ...(stepTimeoutMs === undefined ? {} : { stepTimeoutMs }),
  };
  return {
    description: {
      name,
      version: "1.0.0",
      stateSchema: `${name}/1`,
      turnModel: "SINGLE",
      agents: [{ agentId: SINGLE_AGENT, role: "counter", team: "" }],
      splits: [{ name: "train", kind: "train", taskCount: TASKS }],
      rewardComponents: [],
      optionsSchemaJson: "",
      limits,
    },
    parseOptions: () => null,
    task,
    taskById: (taskId) => {
      const index = Number(taskId.split("/")[3]);
      return taskId.startsWith(`${name}/1.0.0/train/`) && index < TASKS ? task("train", index) : undefined;
    },
    reset: ({ index }, seed) => ({ count: index * 100, noise: seed % 9973 }),
    step: (state, actions) => {
      const action = actions.get(SINGLE_AGENT);
      const text = action !== undefined && "text" in action ? action.text : "";
      misbehave(text);
      const next = { count: state.count + 1, noise: (state.noise * 31 + 7) % 9973 };
      const verdict = { validity: "VALID", normalizedAction: text, rewardComponents: [] } as const;
      return text === "stop" ? ended(next, verdict, "AGENT_STOPPED", 0) : running(next, verdict);
    },
    observe: ({ count, noise }) => ({ blocks: [{ text: `${count} and ${noise}` }] }),
    admissibleActions: () => [],
    canonical: ({ count, noise }) => ({ full: { count }, semantic: { count }, rng: noise, turn: count % 100 }),
    initiallyActing: () => [SINGLE_AGENT],
    reseed: (state, seed) => ({ ...state, noise: seed % 9973 }),
  };
}

/** "hasty" allows its own steps 200 ms. */
const WORLDS: readonly World[] = [heavyWorld() as World, heavyWorld("hasty", 200) as World, corridorWorld() as World];

/** For world threads; the tests serve the same worlds. */
export function findWorld(name: string): World {
  return WORLDS.find(({ description }) => description.name === name) ?? findBuiltIn(name);
}
