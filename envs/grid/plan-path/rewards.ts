// What a move of Plan-Path pays (PettingLLMs env_state): a move cost, a potential of the Manhattan distance, the goal, and a bonus
// for a way of the shortest length. Upstream shapes moves that bump as well, which pays for standing still far from the goal;
// `fixed` shapes valid moves alone, `undiscounted` moreover pays nothing for any loop. Added in this order, in doubles.

import type { NamedValue } from "../../core/types.ts";
import type { Maze } from "./maze.ts";

export const PLAN_PATH_REWARD_COMPONENTS = ["step", "shaping", "goal", "shortest", "limit", "format"] as const;
export const SHAPINGS = ["fixed", "upstream", "undiscounted"] as const;
export type Shaping = (typeof SHAPINGS)[number];

const DISCOUNT = 0.99;
/** Upstream's hard end of an episode. */
export const UPSTREAM_MAX_STEPS = 10_000;

export interface MovePay {
  readonly reward: number;
  readonly components: readonly NamedValue[];
}

/**
 * The pay of one move from one cell to another (the same cell: it bumped or was unknown).
 * @param movesAfter moves made in the episode, this one included
 */
export function payMove(maze: Maze, from: number, to: number, movesAfter: number, shaping: Shaping): MovePay {
  const moved = to !== from;
  const components: NamedValue[] = [{ name: "step", value: moved ? -0.01 : -0.1 }];
  if (moved || shaping === "upstream") {
    const discount = shaping === "undiscounted" ? 1 : DISCOUNT;
    components.push({ name: "shaping", value: 1.0 * (discount * potential(maze, to) - potential(maze, from)) });
  }
  if (to === maze.goal) {
    components.push({ name: "goal", value: 1 });
    if (movesAfter === maze.distance[maze.start]) components.push({ name: "shortest", value: 0.5 });
  } else if (movesAfter >= UPSTREAM_MAX_STEPS) {
    components.push({ name: "limit", value: -1 });
  }
  let reward = 0;
  for (const { value } of components) reward += value;
  return { reward, components };
}

/** Minus the Manhattan distance to the goal. */
export function potential({ width, goal }: Maze, cell: number): number {
  const rows = Math.abs(Math.floor(cell / width) - Math.floor(goal / width));
  return -(rows + Math.abs((cell % width) - (goal % width)));
}
