// Step returns and episode scores with the penalty for invalid actions in it, in two forms: `reward` subtracts it from
// the step's reward, so that earlier steps feel it, discounted (the paper's reading); `row` subtracts it from the row's
// finished return and score (langfengQ/verl-agent 20bd331). Source: specs/gigpo.md 1.2, 1.4, section 2.

import { discountedReturns } from "./returns.ts";
import { type AdvantageRow, RowError, type RowIndex, rowsOfTrajectory } from "./rows.ts";

export interface InvalidActionPenalty {
  /** c >= 0, in units of reward. */
  readonly coefficient: number;
  readonly apply: "reward" | "row";
}

export interface ReturnRule {
  readonly gamma: number;
  readonly invalidActionPenalty: InvalidActionPenalty;
  /** `format`: an unparsed completion is invalid. `admissible`: so is an action that the world refused. */
  readonly validity: "format" | "admissible";
}

export interface RowReturns {
  /** R_t of each row, discounted. */
  readonly stepReturn: Float64Array;
  /** R(tau) of the row's trajectory, undiscounted; under `row` less the row's own penalty. */
  readonly episodeScore: Float64Array;
  /** R(tau) of each trajectory, with penalties that are part of the reward and without those of single rows. */
  readonly scoreOfTrajectory: Float64Array;
  /** Undiscounted return of each trajectory before any penalty. */
  readonly rawReturnOfTrajectory: Float64Array;
  readonly invalidRowCount: number;
}

export function isInvalid(row: AdvantageRow, validity: ReturnRule["validity"]): boolean {
  return !row.valid || (validity === "admissible" && !row.admissible);
}

/**
 * Eq. 2 and Eq. 5 of GiGPO for every row. A truncated episode has tail value 0.
 * @throws {RowError} when a reward is not finite: it would poison its whole group.
 */
export function penalizedReturns(rows: readonly AdvantageRow[], index: RowIndex, rule: ReturnRule): RowReturns {
  const { coefficient, apply } = rule.invalidActionPenalty;
  const stepReturn = new Float64Array(rows.length);
  const episodeScore = new Float64Array(rows.length);
  const scoreOfTrajectory = new Float64Array(index.trajectoryCount);
  const rawReturnOfTrajectory = new Float64Array(index.trajectoryCount);
  let invalidRowCount = 0;
  for (let j = 0; j < index.trajectoryCount; j++) {
    const members = rowsOfTrajectory(index, j);
    const penalties_S = new Float64Array(members.length);
    const rewards_S = new Float64Array(members.length);
    let raw = 0;
    let score = 0;
    members.forEach((row, t) => {
      const reward = rows[row]!.reward;
      if (!Number.isFinite(reward)) throw new RowError(row, "reward", `${reward} is not finite; leave the episode out`);
      if (isInvalid(rows[row]!, rule.validity)) {
        penalties_S[t] = coefficient;
        invalidRowCount++;
      }
      rewards_S[t] = apply === "reward" ? reward - penalties_S[t]! : reward;
      raw += reward;
      score += rewards_S[t]!;
    });
    rawReturnOfTrajectory[j] = raw;
    scoreOfTrajectory[j] = score;
    const returns_S = discountedReturns(rewards_S, rule.gamma);
    members.forEach((row, t) => {
      const own = apply === "row" ? penalties_S[t]! : 0;
      stepReturn[row] = returns_S[t]! - own;
      episodeScore[row] = score - own;
    });
  }
  return { stepReturn, episodeScore, scoreOfTrajectory, rawReturnOfTrajectory, invalidRowCount };
}
