// Plan-Path for two roles: scores by breadth-first distance. Weights and reward forms: core/team-world.ts.

import type { Json } from "../../core/types.ts";
import type { World } from "../../core/world.ts";
import { UNKNOWN_MOVE } from "../core/move-text.ts";
import { createTeamWorld, type RoleScores, type TeamOptions, type TeamState } from "../core/team-world.ts";
import { type PlanPathState, runMoves } from "./episode.ts";
import { PLAN_PATH_MOVES, planPathWorld } from "./plan-path-world.ts";
import type { MazeTaskData } from "./tasks.ts";

const distanceOf = ({ arena, position }: PlanPathState): number => arena.maze.distance[position] as number;

function movesOf(list: readonly Json[]): number[] {
  return list.map((name) => PLAN_PATH_MOVES.byName.get(String(name).trim().toLowerCase()) ?? UNKNOWN_MOVE);
}

const runOf = (before: PlanPathState, list: readonly Json[]) =>
  runMoves(before.arena.maze, before.position, before.moves, movesOf(list), before.rules);

export const planPathScores: RoleScores<PlanPathState> = {
  bareMoves: true,
  team: (before, after, initial) => Math.max(0, (distanceOf(before) - distanceOf(after)) / distanceOf(initial)),
  legal: (before, list) => (runOf(before, list).legal ? 1 : 0),
  /** On some shortest way: every move brought the goal one nearer. */
  plan(before, after, list) {
    const { played } = runOf(before, list);
    return distanceOf(before) - distanceOf(after) === played.length ? 1 : 0;
  },
  tool: (before, after) => Math.max(0, (distanceOf(before) - distanceOf(after)) / distanceOf(before)),
};

/** Environment `plan-path-team`. */
export const planPathTeamWorld: World<TeamState<PlanPathState>, TeamOptions, MazeTaskData> = createTeamWorld(
  "plan-path-team",
  planPathWorld,
  (rewardForm) =>
    JSON.stringify({
      preset: "pettingllms",
      maxTurns: 400_000,
      emptyListReward: 0,
      shaping: rewardForm === "released" ? "upstream" : "fixed",
    }),
  planPathScores,
);
