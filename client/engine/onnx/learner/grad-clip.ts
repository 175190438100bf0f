// The global L2 norm of all gradients, in float64, and the factor that bounds it. A gradient that is not finite is an
// error that names its parameter, before anything has been changed.

import { fail } from "../../../../proto/errors.ts";
import type { ParameterTable } from "../model/parameters.ts";
import { BLOCK, kernel } from "./optimizer-kernel.ts";

/** Keeps the factor finite at norm 0; the constant is torch's. */
export const NORM_EPSILON = 1e-6;

/**
 * The norm of gradients, one array per parameter of the table; null: all zero.
 * @throws {EngineError} LOSS_NOT_FINITE
 */
export function globalNorm(gradients: readonly Float32Array[] | null, table: ParameterTable): number {
  return normOfSquares(Float64Array.from(gradients ?? [], sumOfSquares), table);
}

function sumOfSquares(gradient: Float32Array): number {
  let sum = 0;
  for (let start = 0; start < gradient.length; start += BLOCK) {
    const part = gradient.subarray(start, start + BLOCK);
    kernel.gradients.set(part);
    kernel.gradients.fill(0, part.length, part.length + 3);
    sum += kernel.squares(part.length);
  }
  return sum;
}

/**
 * The norm of gradients whose sums of squares are known, one per parameter of the table.
 * @throws {EngineError} LOSS_NOT_FINITE
 */
export function normOfSquares(squares_P: Float64Array, table: ParameterTable): number {
  const total = squares_P.reduce((sum, square) => sum + square, 0);
  if (Number.isFinite(total)) return Math.sqrt(total);
  throw notFinite(table.specs[squares_P.findIndex((square) => !Number.isFinite(square))]?.name);
}

function notFinite(parameter = ""): Error {
  return fail(
    "LOSS_NOT_FINITE",
    `the gradient of ${parameter} is not finite; weights are unchanged. Look for an overflowing ratio, a learning rate that is too high, or a weight that is not a number`,
    { ids: { parameter } },
  );
}

/** The factor for the gradients: 1 unless the norm exceeds a bound above 0. */
export function clipFactor(norm: number, maxGradNorm: number): number {
  return maxGradNorm > 0 && norm > maxGradNorm ? maxGradNorm / (norm + NORM_EPSILON) : 1;
}
