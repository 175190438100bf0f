// A world small enough to check by hand: a corridor of `length` cells, start in the middle, goal at the right end.
// Actions: "go left", "go right", "look"; reward 1 at the goal, -0.1 for an action that means nothing. `faults` makes
// it misbehave on purpose, each fault a way in which a world breaks its contract.

import { choice, integer, readJson, record } from "../../envs/core/form.ts";
import { inlineTaskOf, MAX_INLINE_TASK_BYTES } from "../../envs/core/inline-task.ts";
import { taskDigest } from "../../envs/core/state-hash.ts";
import { makeTool } from "../../envs/core/tools.ts";
import { ended, running } from "../../envs/core/transition.ts";
import type { Action, ActionValidity, PerAgent, Task, Transition } from "../../envs/core/types.ts";
import { SINGLE_AGENT } from "../../envs/core/types.ts";
import { type Heard, withTools } from "../../envs/core/worded-tools.ts";
import type { World } from "../../envs/core/world.ts";

export interface CorridorData {
  readonly length: number;
}
export interface CorridorState extends Heard {
  readonly length: number;
  readonly cell: number;
  readonly turn: number;
  readonly seed: number;
  readonly noise: number;
  readonly maxTurns: number;
}

const TASK_FORM = record(
  { length: integer(3, 99, "cells; the start is in the middle") },
  { description: "A corridor by its length.", examples: [{ length: 9 }, { length: 3 }] },
);
const TOOLS = [
  makeTool("go", "Take a step.", { direction: choice(["left", "right"], "where to") }),
  makeTool("look", "Look around.", {}),
];

export type CorridorFault =
  | "nondeterministic-reset"
  | "forgets-between-runs"
  | "step-throws-on-boom"
  | "reward-not-finite-on-boom";

export interface CorridorSettings {
  readonly name?: string;
  readonly version?: string;
  readonly trainTasks?: number;
  readonly faults?: readonly CorridorFault[];
  /** Step limit; 20 by default. */
  readonly maxTurns?: number;
  /** Padding of each observation, to make messages large. */
  readonly paddingChars?: number;
  /** Synchronous work of each step, to make steps slow. */
  readonly stepMs?: number;
  /** Offers "go" and "look" as tools, and takes corridors by value. */
  readonly toolsAndInlineTasks?: boolean;
}

const ADMISSIBLE: readonly string[] = ["go left", "go right", "look"];
const listed = ({ cell }: CorridorState): readonly string[] => (cell === 0 ? ADMISSIBLE.slice(1) : ADMISSIBLE);

export function corridorWorld(settings: CorridorSettings = {}): World<CorridorState, null, CorridorData> {
  const name = settings.name ?? "corridor";
  const version = settings.version ?? "1.0.0";
  const faults = new Set(settings.faults ?? []);
  const trainTasks = settings.trainTasks ?? 10;
  let resets = 0;
  let secondSteps = 0;

  const task = (split: string, index: number): Task<CorridorData> => {
    if (split !== "train" && split !== "test" && split !== "endless") throw new Error(`no split ${split}`);
    const count = split === "train" ? trainTasks : split === "test" ? 4 : Number.POSITIVE_INFINITY;
    if (!Number.isInteger(index) || index < 0 || index >= count) throw new Error(`${split} has no task ${index}`);
    const data = { length: 3 + (index % 5) * 2 };
    return {
      taskId: `${name}/${version}/${split}/${index}`,
      split,
      index,
      title: `walk to the right end of ${data.length} cells (${split} ${index})`,
      tags: [index % 2 === 0 ? "even" : "odd"],
      maxTurns: settings.maxTurns ?? 20,
      contentDigest: taskDigest({ split, index, length: data.length }),
      data,
    };
  };

  const act = (state: CorridorState, text: string): { cell: number; validity: ActionValidity } => {
    if (text === "look") return { cell: state.cell, validity: "NO_EFFECT" };
    if (text === "go left") return { cell: Math.max(0, state.cell - 1), validity: "VALID" };
    if (text === "go right") return { cell: state.cell + 1, validity: "VALID" };
    return { cell: state.cell, validity: "NOT_ADMISSIBLE" };
  };

  const step = (state: CorridorState, actions: PerAgent<Action>): Transition<CorridorState> => {
    const action = actions.get(SINGLE_AGENT);
    if (action === undefined) throw new Error("no action of the single agent");
    const text = "text" in action ? action.text : "choice" in action ? (listed(state)[action.choice] ?? "") : "";
    if (text === "boom" && faults.has("step-throws-on-boom")) throw new Error("the corridor collapsed");
    const endMs = performance.now() + (settings.stepMs ?? 0);
    while (performance.now() < endMs);
    const acted = act(state, text);
    const { validity } = acted;
    // As if the world read a clock: whoever executes step 2 again arrives elsewhere.
    const slips = faults.has("forgets-between-runs") && state.turn === 1 && ++secondSteps > 1;
    const cell = slips ? Math.max(0, acted.cell - 1) : acted.cell;
    const next: CorridorState = { ...state, cell, turn: state.turn + 1, noise: (state.noise * 31 + 7) % 9973 };
    const reached = cell >= state.length - 1;
    const components = [
      ...(reached ? [{ name: "goal", value: 1 }] : []),
      ...(validity === "NOT_ADMISSIBLE" ? [{ name: "invalid", value: -0.1 }] : []),
      ...(text === "boom" && faults.has("reward-not-finite-on-boom") ? [{ name: "goal", value: Number.NaN }] : []),
    ];
    const verdict = {
      validity,
      normalizedAction: validity === "NOT_ADMISSIBLE" ? "" : text,
      rewardComponents: components,
    };
    if (reached) return ended(next, verdict, "GOAL_REACHED", 1);
    if (next.turn >= state.maxTurns) return ended(next, verdict, "MAX_TURNS", 0);
    return running(next, verdict);
  };

  const world: World<CorridorState, null, CorridorData> = {
    description: {
      name,
      version,
      stateSchema: `${name}/1`,
      turnModel: "SINGLE",
      agents: [{ agentId: SINGLE_AGENT, role: "walker", team: "" }],
      splits: [
        { name: "train", kind: "train", taskCount: trainTasks },
        { name: "test", kind: "test", taskCount: 4 },
        { name: "endless", kind: "train", taskCount: undefined },
      ],
      rewardComponents: ["goal", "invalid"],
      optionsSchemaJson: "",
      limits: { maxTurns: settings.maxTurns ?? 20, maxActionBytes: 64, maxObservationBytes: 4_096 },
    },
    parseOptions: (optionsJson) => {
      if (optionsJson !== "" && optionsJson !== "{}") throw new Error("options: the corridor takes none");
      return null;
    },
    task,
    taskById: (taskId) => {
      const [world, served, split, index] = taskId.split("/");
      if (world !== name || served !== version || split === undefined) return undefined;
      try {
        return task(split, Number(index));
      } catch {
        return undefined;
      }
    },
    reset: ({ data, maxTurns }, seed) => {
      resets++;
      const cell = faults.has("nondeterministic-reset") ? resets % 2 : Math.floor(data.length / 2);
      return { length: data.length, cell, turn: 0, seed, noise: seed % 9973, maxTurns };
    },
    step,
    observe: (state) => {
      const here = `You are in cell ${state.cell} of ${state.length}.`;
      return { blocks: [{ text: here + " ".repeat(settings.paddingChars ?? 0) }] };
    },
    admissibleActions: listed,
    canonical: (state) => ({
      full: { cell: state.cell, length: state.length },
      semantic: { cell: state.cell },
      rng: state.noise,
      turn: state.turn,
    }),
    initiallyActing: () => [SINGLE_AGENT],
    reseed: (state, seed) => ({ ...state, noise: seed % 9973 }),
  };
  if (settings.toolsAndInlineTasks !== true) return world;
  const inlineTask = (json: string): Task<CorridorData> => {
    const data = readJson(TASK_FORM, json, MAX_INLINE_TASK_BYTES);
    const problem = { title: `walk ${data.length} cells`, tags: [], maxTurns: settings.maxTurns ?? 20, data };
    return inlineTaskOf({ name, version }, problem, taskDigest({ length: data.length }));
  };
  const description = { ...world.description, taskSchemaJson: JSON.stringify(TASK_FORM.schema) };
  return withTools(
    { ...world, description, inlineTask },
    {
      offered: ({ cell, length }) => (cell < length - 1 ? TOOLS : []),
      maxCalls: () => 1,
      words: (_state, [call]) => [call?.name, call?.arguments["direction"]].filter(Boolean).join(" "),
    },
  );
}
