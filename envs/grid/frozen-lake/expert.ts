// Best moves on a lake by value iteration. The discount is close to 1: it prefers the goal for sure over the goal soon, and among
// ways of equal safety the short one. Without slipping this is a breadth-first search.

import { DIRECTIONS, type Direction } from "../core/directions.ts";
import { type Lake, neighbour, slips } from "./lake.ts";

const DISCOUNT = 0.99;
const PRECISION = 1e-12;

/** The best move per cell; up where nothing helps. */
export function bestMoves(lake: Lake, successProb: number): readonly Direction[] {
  const value = new Float64Array(lake.cells.length);
  const worth = (cell: number, move: Direction): number => {
    let sum = 0;
    for (const [direction, prob] of slips(move, successProb)) {
      const next = neighbour(lake, cell, direction);
      sum += prob * (lake.cells[next] === "G" ? 1 : lake.cells[next] === "H" ? 0 : (value[next] as number));
    }
    return DISCOUNT * sum;
  };
  for (let change = 1; change > PRECISION; ) {
    change = 0;
    for (let cell = 0; cell < value.length; cell++) {
      if (lake.cells[cell] === "G" || lake.cells[cell] === "H") continue;
      const best = Math.max(...DIRECTIONS.map((move) => worth(cell, move)));
      change = Math.max(change, Math.abs(best - (value[cell] as number)));
      value[cell] = best;
    }
  }
  return Array.from(value, (_, cell) =>
    DIRECTIONS.reduce((best, move) => (worth(cell, move) > worth(cell, best) + PRECISION ? move : best)),
  );
}
