// Episode-relative advantages: the score of a row's trajectory against those of its group (GiGPO Eq. 3, GRPO).
// Statistics run over trajectories (the paper) or over rows (the reference); a group of one trajectory is 0 or raw.
// Source: specs/gigpo.md 1.2, 1.3, section 2.

import type { RowReturns } from "./penalties.ts";
import { type RowIndex, rowsOfGroup, rowsOfTrajectory } from "./rows.ts";
import { hasNoSpread, leaveOneOut, type NormalizationRule, normalizerOf } from "./statistics.ts";

export interface EpisodeRule extends NormalizationRule {
  /** Whether a trajectory counts once, or once per step. */
  readonly episodeStatistics: "trajectories" | "rows";
  /** With `trajectories`: its return, or the score of its first row in the given row order. */
  readonly trajectoryScore: "return" | "firstRow";
  /** A group with one member: 0, or the raw score (mean 0, deviation 1). */
  readonly singletonEpisode: "zero" | "raw";
}

export interface EpisodeAdvantages {
  /** One number per row, the same for all rows of a trajectory unless penalties apply per row. */
  readonly episodeAdvantage: Float64Array;
  readonly loneGroupCount: number;
  /** Groups of several members whose scores are all equal: they teach nothing. */
  readonly zeroSpreadGroupCount: number;
}

/** Scores come from `penalizedReturns`. */
export function episodeAdvantages(index: RowIndex, returns: Scores, rule: EpisodeRule): EpisodeAdvantages {
  const episodeAdvantage = new Float64Array(index.rowCount);
  let loneGroupCount = 0;
  let zeroSpreadGroupCount = 0;
  for (let g = 0; g < index.groupCount; g++) {
    const scores = sampleOfGroup(index, g, returns, rule);
    const isOneTrajectory = index.groupStarts[g + 1]! - index.groupStarts[g]! === 1;
    if (isOneTrajectory) loneGroupCount++;
    else if (hasNoSpread(scores)) zeroSpreadGroupCount++;
    if (isOneTrajectory && rule.singletonEpisode === "zero") continue;
    const relate = scores.length === 1 ? rawScore(rule) : normalizerOf(scores, rule);
    for (const row of rowsOfGroup(index, g)) episodeAdvantage[row] = relate(returns.episodeScore[row]!);
  }
  return { episodeAdvantage, loneGroupCount, zeroSpreadGroupCount };
}

/** RLOO (arXiv 2402.14740): each trajectory's score less the mean of the others; 0 in a group of one. */
export function leaveOneOutAdvantages(index: RowIndex, returns: Scores): EpisodeAdvantages {
  const episodeAdvantage = new Float64Array(index.rowCount);
  let loneGroupCount = 0;
  let zeroSpreadGroupCount = 0;
  for (let g = 0; g < index.groupCount; g++) {
    const scores = returns.scoreOfTrajectory.subarray(index.groupStarts[g]!, index.groupStarts[g + 1]!);
    if (scores.length === 1) loneGroupCount++;
    else if (hasNoSpread(scores)) zeroSpreadGroupCount++;
    leaveOneOut(scores).forEach((advantage, k) => {
      for (const row of rowsOfTrajectory(index, index.groupStarts[g]! + k)) episodeAdvantage[row] = advantage;
    });
  }
  return { episodeAdvantage, loneGroupCount, zeroSpreadGroupCount };
}

type Scores = Pick<RowReturns, "episodeScore" | "scoreOfTrajectory">;

/** X of Eq. 3: the scores that mean and deviation are taken over. */
function sampleOfGroup(index: RowIndex, group: number, returns: Scores, rule: EpisodeRule): Float64Array {
  if (rule.episodeStatistics === "rows") {
    return Float64Array.from(rowsOfGroup(index, group), (row) => returns.episodeScore[row]!);
  }
  const first = index.groupStarts[group]!;
  const scores = returns.scoreOfTrajectory.subarray(first, index.groupStarts[group + 1]!);
  if (rule.trajectoryScore === "return") return scores;
  return scores.map(
    (_, k) => returns.episodeScore[rowsOfTrajectory(index, first + k).reduce((a, b) => Math.min(a, b))]!,
  );
}

/** The reference's lone member: mean 0 and deviation 1. */
function rawScore(rule: NormalizationRule): (score: number) => number {
  return rule.normalization === "mean" ? (score) => score : (score) => score / (1 + rule.epsilon);
}
