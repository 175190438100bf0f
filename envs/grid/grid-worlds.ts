// The grid worlds with what goes with each: expert, picture for a terminal, and the replay of recorded fixtures. The command line
// and the registry of worlds read this list; no grid imports another.

import type { TraceFile, TraceReport } from "../core/trace-report.ts";
import type { ExpertPolicy, World } from "../core/world.ts";
import { verifyFrozenLakeFixtures } from "./frozen-lake/fixtures.ts";
import { frozenLakeExpert, frozenLakeWorld, renderFrozenLake } from "./frozen-lake/frozen-lake-world.ts";
import { verifyGame2048Fixtures } from "./game-2048/fixtures.ts";
import { game2048World, renderGame2048 } from "./game-2048/game-2048-world.ts";
import { verifyPlanPathFixtures } from "./plan-path/fixtures.ts";
import { planPathTeamWorld } from "./plan-path/plan-path-team.ts";
import { planPathExpert, planPathWorld, renderPlanPath } from "./plan-path/plan-path-world.ts";
import { verifySokobanFixtures } from "./sokoban/fixtures.ts";
import { sokobanTeamWorld } from "./sokoban/sokoban-team.ts";
import { renderSokoban, sokobanExpert, sokobanWorld } from "./sokoban/sokoban-world.ts";
import { verifySudokuFixtures } from "./sudoku/fixtures.ts";
import { sudokuTeamWorld } from "./sudoku/sudoku-team.ts";
import { renderSudoku, sudokuExpert, sudokuWorld } from "./sudoku/sudoku-world.ts";

export interface GridWorld<State = unknown> {
  readonly world: World<State>;
  /** The same puzzle for the roles `tool` and `plan`. */
  readonly teamWorld: World | undefined;
  readonly expert: ExpertPolicy<State> | undefined;
  /** The state with ANSI colours. */
  readonly renderAnsi: (state: State) => string;
  /** Replays what the files of a fixture folder record of this world; passes other files over. */
  readonly verifyFixtures: (files: readonly TraceFile[]) => TraceReport;
}

export const GRID_WORLDS: readonly GridWorld[] = [
  {
    world: sokobanWorld,
    teamWorld: sokobanTeamWorld,
    expert: sokobanExpert,
    renderAnsi: renderSokoban,
    verifyFixtures: verifySokobanFixtures,
  } as GridWorld,
  {
    world: frozenLakeWorld,
    teamWorld: undefined,
    expert: frozenLakeExpert,
    renderAnsi: renderFrozenLake,
    verifyFixtures: verifyFrozenLakeFixtures,
  } as GridWorld,
  {
    world: planPathWorld,
    teamWorld: planPathTeamWorld,
    expert: planPathExpert,
    renderAnsi: renderPlanPath,
    verifyFixtures: verifyPlanPathFixtures,
  } as GridWorld,
  {
    world: sudokuWorld,
    teamWorld: sudokuTeamWorld,
    expert: sudokuExpert,
    renderAnsi: renderSudoku,
    verifyFixtures: verifySudokuFixtures,
  } as GridWorld,
  {
    world: game2048World,
    teamWorld: undefined,
    expert: undefined,
    renderAnsi: renderGame2048,
    verifyFixtures: verifyGame2048Fixtures,
  } as GridWorld,
];
