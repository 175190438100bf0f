// Replays RAGEN's recorded lakes: each map from its seed, each play through the world; cells, rewards and ends agree exactly.

import type { TraceFile, TraceReport } from "../../core/trace-report.ts";
import { SINGLE_AGENT } from "../../core/types.ts";
import { FixtureComparison, fixtureRows } from "../core/fixture-report.ts";
import { frozenLakeWorld, parseFrozenLakeOptions } from "./frozen-lake-world.ts";

interface LakeRow {
  readonly seed: number;
  readonly map: readonly string[];
  readonly rollout: readonly {
    readonly action: number;
    readonly state: number;
    readonly reward: number;
    readonly done: boolean;
  }[];
}

const NAMES = ["left", "down", "right", "up"];

/** Compares everything that `files` record of FrozenLake; other files are passed over. */
export function verifyFrozenLakeFixtures(files: readonly TraceFile[]): TraceReport {
  const comparison = new FixtureComparison();
  const name = "frozenlake_ragen_4x4.jsonl";
  // The recorded plays know no limit of moves.
  const options = parseFrozenLakeOptions('{"maxSteps": 1000, "maxTurns": 1000}');
  for (const row of fixtureRows<LakeRow>(files, name)) {
    comparison.beginEpisode(name, `seed ${row.seed}`);
    const task = frozenLakeWorld.task("ragen", row.seed);
    comparison.equal("map", row.map, task.data.rows);
    let state = frozenLakeWorld.reset(task, row.seed, options);
    for (const recorded of row.rollout) {
      comparison.beginStep();
      const text = `<answer>${NAMES[recorded.action - 1]}</answer>`;
      const transition = frozenLakeWorld.step(state, new Map([[SINGLE_AGENT, { text }]]));
      state = transition.state;
      comparison.equal("state", recorded.state, state.player);
      comparison.equal("reward", recorded.reward, transition.agents.get(SINGLE_AGENT)?.reward);
      comparison.equal("done", recorded.done, state.endReason !== undefined);
    }
  }
  return comparison.report();
}
