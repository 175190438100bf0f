// Learning rate as a pure function of the position in a run: a resumed run needs no scheduler state.

export type Schedule = "constant" | "linear" | "cosine";

export interface LearningRatePlan {
  /** Peak rate. */
  readonly learningRate: number;
  readonly schedule: Schedule;
  /** Positions over which the rate rises linearly; position 0 already has 1 / warmup of the peak. 0: none. */
  readonly warmup: number;
  /** Positions in all; linear and cosine reach 0 just after the last one. */
  readonly total: number;
}

/** The rate at `position`, from 0. Positions beyond `total` keep the last rate above 0 that the schedule had. */
export function learningRateAt(plan: LearningRatePlan, position: number): number {
  const { learningRate, schedule, warmup, total } = plan;
  if (position < warmup) return (learningRate * (position + 1)) / warmup;
  if (schedule === "constant") return learningRate;
  const span = Math.max(1, total - warmup);
  const progress = Math.min(position - warmup, span - 1) / span;
  return schedule === "linear"
    ? learningRate * (1 - progress)
    : (learningRate * (1 + Math.cos(Math.PI * progress))) / 2;
}
