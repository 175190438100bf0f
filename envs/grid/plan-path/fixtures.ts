// Replays PettingLLMs' recorded maps and walks: each map from its seed, each walk through the world with upstream's shaping.
// Everything agrees exactly, rewards to the last bit.

import type { TraceFile, TraceReport } from "../../core/trace-report.ts";
import { SINGLE_AGENT, type Task } from "../../core/types.ts";
import { FixtureComparison, fixtureRows } from "../core/fixture-report.ts";
import { shortestMoves } from "./maze.ts";
import { parsePlanPathOptions, planPathWorld } from "./plan-path-world.ts";
import { FIRST_TEST_SEED, type MazeTaskData } from "./tasks.ts";

interface MazeRow {
  readonly seed: number;
  readonly grid: string;
  readonly start: readonly number[];
  readonly goal: readonly number[];
  readonly shortest: readonly string[];
  readonly rollout: readonly {
    readonly action: string;
    readonly position: readonly number[];
    readonly reward: number;
    readonly done: boolean;
    readonly valid: boolean;
  }[];
  readonly shortestTotalReward: number;
  readonly shortestDone: boolean;
}

/** Compares everything that `files` record of Plan-Path; other files are passed over. */
export function verifyPlanPathFixtures(files: readonly TraceFile[]): TraceReport {
  const comparison = new FixtureComparison();
  const name = "planpath_pettingllms_10x10.jsonl";
  const options = parsePlanPathOptions('{"shaping": "upstream", "maxTurns": 10000}');
  for (const row of fixtureRows<MazeRow>(files, name)) {
    comparison.beginEpisode(name, `seed ${row.seed}`);
    const task = taskOfSeed(row.seed);
    let state = planPathWorld.reset(task, 0, options);
    const { width } = state.arena.maze;
    const at = (cell: number) => [Math.floor(cell / width), cell % width];
    comparison.equal("grid", row.grid, task.data.rows.join("\n"));
    comparison.equal("start", row.start, at(task.data.start));
    comparison.equal("goal", row.goal, at(task.data.goal));
    comparison.equal("shortest length", row.shortest.length, shortestMoves(state.arena.maze)?.length);
    for (const recorded of row.rollout) {
      comparison.beginStep();
      const text = `#### ["${recorded.action}"]`;
      const transition = planPathWorld.step(state, new Map([[SINGLE_AGENT, { text }]]));
      const outcome = transition.agents.get(SINGLE_AGENT);
      state = transition.state;
      comparison.equal("position", recorded.position, at(state.position));
      comparison.near("reward", recorded.reward, outcome?.reward ?? Number.NaN, 0);
      comparison.equal("done", recorded.done, state.endReason !== undefined);
      comparison.equal("valid", recorded.valid, outcome?.validity === "VALID");
    }
    const plan = `#### ${JSON.stringify(row.shortest)}`;
    const walked = planPathWorld.step(planPathWorld.reset(task, 0, options), new Map([[SINGLE_AGENT, { text: plan }]]));
    comparison.near(
      "shortest total",
      row.shortestTotalReward,
      walked.agents.get(SINGLE_AGENT)?.reward ?? Number.NaN,
      0,
    );
    comparison.equal("shortest done", row.shortestDone, walked.endReason === "GOAL_REACHED");
  }
  return comparison.report();
}

function taskOfSeed(seed: number): Task<MazeTaskData> {
  if (seed < FIRST_TEST_SEED) return planPathWorld.task("pettingllms", seed);
  return planPathWorld.task("pettingllms-test", seed - FIRST_TEST_SEED);
}
