// Replays RAGEN's recorded games of 2048: first grid and text from the seed, every move through the world, grids where they were
// recorded, the last text. Everything agrees exactly.

import type { TraceFile, TraceReport } from "../../core/trace-report.ts";
import { SINGLE_AGENT } from "../../core/types.ts";
import { FixtureComparison, fixtureRows } from "../core/fixture-report.ts";
import { game2048World, parseGame2048Options } from "./game-2048-world.ts";
import { renderTiles } from "./render.ts";
import { MOVE_NAMES, type Tiles } from "./rules.ts";

interface GameRow {
  readonly seed: number;
  readonly initial: readonly (readonly number[])[];
  readonly initialText: string;
  readonly steps: readonly {
    readonly action: number;
    readonly rawReward: number;
    readonly reward: number;
    readonly done: boolean;
    readonly grid?: readonly (readonly number[])[];
  }[];
  readonly finalText?: string;
  readonly success?: boolean;
}

/** Compares everything that `files` record of 2048; other files are passed over. */
export function verifyGame2048Fixtures(files: readonly TraceFile[]): TraceReport {
  const comparison = new FixtureComparison();
  const name = "game2048_ragen.jsonl";
  const options = parseGame2048Options('{"winTile": 0, "maxSteps": 100000}');
  for (const row of fixtureRows<GameRow>(files, name)) {
    comparison.beginEpisode(name, `seed ${row.seed}`);
    let state = game2048World.reset(game2048World.task("ragen", row.seed), 0, options);
    comparison.equal("initial", row.initial, rowsOf(state.tiles));
    comparison.equal("initial text", row.initialText, renderTiles(state.tiles, state.score, "text"));
    for (const recorded of row.steps) {
      comparison.beginStep();
      const before = state.score;
      const text = MOVE_NAMES[recorded.action] as string;
      const transition = game2048World.step(state, new Map([[SINGLE_AGENT, { text }]]));
      const outcome = transition.agents.get(SINGLE_AGENT);
      state = transition.state;
      comparison.near("raw reward", recorded.rawReward, outcome?.validity === "VALID" ? state.score - before : -0.1, 0);
      comparison.near("reward", recorded.reward, outcome?.reward ?? Number.NaN, 0);
      comparison.equal("done", recorded.done, state.endReason !== undefined);
      if (recorded.grid !== undefined) comparison.equal("grid", recorded.grid, rowsOf(state.tiles));
    }
    if (row.finalText !== undefined) {
      comparison.equal("final text", row.finalText, renderTiles(state.tiles, state.score, "text"));
    }
    if (row.success !== undefined) comparison.equal("success", row.success, state.endReason === "GOAL_REACHED");
  }
  return comparison.report();
}

function rowsOf(tiles: Tiles): number[][] {
  return [0, 1, 2, 3].map((row) => tiles.slice(row * 4, (row + 1) * 4));
}
