// Sokoban for two roles: covered boxes, corners and the potential of distances. Weights and reward forms: core/team-world.ts.

import type { Json } from "../../core/types.ts";
import type { World } from "../../core/world.ts";
import type { Direction } from "../core/directions.ts";
import { createTeamWorld, type RoleScores, type TeamOptions, type TeamState } from "../core/team-world.ts";
import { type Board, successor } from "./board.ts";
import type { SokobanState } from "./episode.ts";
import { TARGET, WALL } from "./level.ts";
import { potential } from "./rewards.ts";
import { sokobanWorld } from "./sokoban-world.ts";
import type { SokobanTaskData } from "./tasks.ts";

/** A box off its target with a wall above or below and a wall left or right. */
function hasCorneredBox({ arena, boxes }: Board): boolean {
  const { fixed } = arena.level;
  const [up, down, left, right] = arena.steps;
  return boxes.some(
    (box) =>
      fixed[box] !== TARGET &&
      (fixed[box + up] === WALL || fixed[box + down] === WALL) &&
      (fixed[box + left] === WALL || fixed[box + right] === WALL),
  );
}

export const sokobanScores: RoleScores<SokobanState> = {
  bareMoves: true,
  team: (_before, after) => after.board.covered / after.board.boxes.length,
  /** Every move up to the solution changed the board. */
  legal(before: SokobanState, list: readonly Json[]) {
    let { board } = before;
    for (const name of list) {
      if (board.solved) break;
      const move = before.rules.vocabulary.byName.get(String(name).trim().toLowerCase());
      const next = move === undefined ? board : successor(board, move as Direction);
      if (next === board) return 0;
      board = next;
    }
    return 1;
  },
  plan: (_before, after) => (hasCorneredBox(after.board) ? 0 : 1),
  tool(before, after) {
    const from = potential(before.board);
    return from === 0 ? 0 : Math.min(1, Math.max(0, (potential(after.board) - from) / Math.abs(from)));
  },
};

/** Environment `sokoban-team`. */
export const sokobanTeamWorld: World<TeamState<SokobanState>, TeamOptions, SokobanTaskData> = createTeamWorld(
  "sokoban-team",
  sokobanWorld,
  () => '{"preset":"pettingllms","maxTurns":400000}',
  sokobanScores,
);
