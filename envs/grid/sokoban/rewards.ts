// What a move of Sokoban pays. `gym`: -0.1 a step, +1 or -1 when more or fewer targets are covered than before, +10 when solved
// (gym-sokoban). `pettingllms`: small move costs, box rewards and a potential of distances (PettingLLMs env_state).
// Components add up to the reward in the order of addition that the sources use.

import type { NamedValue } from "../../core/types.ts";
import type { Board } from "./board.ts";

export const SOKOBAN_REWARD_COMPONENTS = ["step", "target", "solved", "shaping", "limit", "format"] as const;

const component = (name: (typeof SOKOBAN_REWARD_COMPONENTS)[number], value: number): NamedValue =>
  Object.freeze({ name, value });

const STEP = component("step", -0.1);
const GAINED = component("target", 1);
const LOST = component("target", -1);
const SOLVED = component("solved", 10);

/** The four outcomes that a move can have under gym-sokoban's rewards, made once. */
const GYM = {
  plain: { gym: 0, reward: -0.1, components: [STEP] },
  gained: { gym: 1, reward: -0.1 + 1, components: [STEP, GAINED] },
  lost: { gym: 2, reward: -0.1 - 1, components: [STEP, LOST] },
  solved: { gym: 3, reward: -0.1 + 1 + 10, components: [STEP, GAINED, SOLVED] },
} as const;

export interface Payment {
  /** Number of the outcome under gym-sokoban's rewards, from 0; undefined under others. */
  readonly gym: number | undefined;
  readonly reward: number;
  readonly components: readonly NamedValue[];
}

/** gym-sokoban's reward of a move; one unit of target reward however many boxes changed. */
export function payGym(before: Board, after: Board): Payment {
  if (after.covered === before.covered) return GYM.plain;
  if (after.covered < before.covered) return GYM.lost;
  return after.solved ? GYM.solved : GYM.gained;
}

/** Minus the sum of each box's Manhattan distance to its nearest target. */
export function potential(board: Board): number {
  const known = board.views.potential;
  if (known !== undefined) return known;
  const { width, targets } = board.arena.level;
  let total = 0;
  for (const box of board.boxes) {
    let nearest = Number.POSITIVE_INFINITY;
    for (const target of targets) {
      const rows = Math.abs(Math.floor(box / width) - Math.floor(target / width));
      nearest = Math.min(nearest, rows + Math.abs((box % width) - (target % width)));
    }
    total += nearest;
  }
  if (board.linked) board.views.potential = -total;
  return -total;
}

/** PettingLLMs' reward of one move; blocked moves are shaped too, as upstream has it. */
export function payPettingllms(before: Board, after: Board, stepsAfter: number, maxSteps: number): Payment {
  const components: NamedValue[] = [component("step", after === before ? -0.05 : -0.01)];
  if (after.covered > before.covered) components.push(component("target", 1));
  else if (after.covered < before.covered) components.push(component("target", -0.5));
  components.push(component("shaping", 0.1 * (0.99 * potential(after) - potential(before))));
  if (after.solved) components.push(component("solved", 10));
  else if (stepsAfter >= maxSteps) components.push(component("limit", -5));
  let reward = 0;
  for (const { value } of components) reward += value;
  return { gym: undefined, reward, components };
}
