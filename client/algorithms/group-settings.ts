// The settings that all group-relative algorithms share, as fields of a schema, and the first half of their work: index,
// returns with penalties, and what is counted about them. Source: specs/gigpo.md 1.3, 1.4, 1.6.

import { z } from "zod";
import type { EpisodeAdvantages } from "../advantage/episode-advantage.ts";
import { penalizedReturns, type ReturnRule, type RowReturns } from "../advantage/penalties.ts";
import { type AdvantageRow, indexRows, type RowIndex } from "../advantage/rows.ts";
import { hasNoSpread } from "../advantage/statistics.ts";
import { choice, flag, integer, real } from "../config/fields.ts";

const NORMALIZATION_NAMES = { meanStd: "meanStd", mean: "mean", mean_std_norm: "meanStd", mean_norm: "mean" } as const;

export const epsilonField = real({ min: 0, above: true, max: 1, doc: "Added to the deviation." }).default(1e-6);
export const validityField = choice(["format", "admissible"], {
  doc: "What makes an action invalid: it is not one, or the world refused it as well.",
}).default("format");
export const dynamicSamplingField = z
  .strictObject({
    enabled: flag({ doc: "Drop groups whose returns are all equal, and sample again." }).default(false),
    maxBatches: integer({ min: 1, max: 1000, doc: "Rollouts per iteration at most." }).default(10),
  })
  .prefault({});

/** Both spellings: meanStd and mean, or mean_std_norm and mean_norm of the reference. */
export const normalizationField = choice(["meanStd", "mean", "mean_std_norm", "mean_norm"], {
  doc: "F of Eq. 3 and 7: (x - mean) / (std + epsilon), or x - mean.",
}).transform((name) => NORMALIZATION_NAMES[name]);

export const penaltyField = z.strictObject({
  coefficient: real({
    min: 0,
    doc: "Reward that an invalid action costs.",
    cure: "a penalty is a positive number",
  }).optional(),
  apply: choice(["reward", "row"], { doc: "Part of the step's reward, or off the row's finished return." }).optional(),
});

/** The switches that the presets fill. */
export interface PresetSwitches {
  readonly episodeStatistics: "trajectories" | "rows";
  readonly trajectoryScore: "return" | "firstRow";
  readonly singletonEpisode: "zero" | "raw";
  readonly penaltyApply: "reward" | "row";
  readonly anchor: "state" | "observation";
}

/** Paper semantics, and what langfengQ/verl-agent 20bd331 computes. */
export const PRESETS = {
  paper: {
    episodeStatistics: "trajectories",
    trajectoryScore: "return",
    singletonEpisode: "zero",
    penaltyApply: "reward",
    anchor: "state",
  },
  reference: {
    episodeStatistics: "rows",
    trajectoryScore: "firstRow",
    singletonEpisode: "raw",
    penaltyApply: "row",
    anchor: "observation",
  },
} as const satisfies Record<string, PresetSwitches>;

export const presetField = choice(["paper", "reference"], {
  doc: "Fills the switches below; each can be set by itself.",
}).default("paper");

/** Fields of every algorithm that compares the episodes of a group. */
export const groupFields = {
  preset: presetField,
  epsilon: epsilonField,
  episodeStatistics: choice(["trajectories", "rows"], {
    doc: "Whether a trajectory counts once or per step.",
  }).optional(),
  trajectoryScore: choice(["return", "firstRow"], { doc: "With trajectories: what stands for one." }).optional(),
  singletonEpisode: choice(["zero", "raw"], { doc: "Episode advantage in a group of one trajectory." }).optional(),
  invalidActionPenalty: penaltyField.prefault({}),
  validity: validityField,
  dynamicSampling: dynamicSamplingField,
};

/** The shared switches as a file gives them: each may be left to the preset. */
interface GivenSwitches {
  readonly preset: keyof typeof PRESETS;
  readonly episodeStatistics?: PresetSwitches["episodeStatistics"] | undefined;
  readonly trajectoryScore?: PresetSwitches["trajectoryScore"] | undefined;
  readonly singletonEpisode?: PresetSwitches["singletonEpisode"] | undefined;
  readonly invalidActionPenalty: {
    readonly coefficient?: number | undefined;
    readonly apply?: PresetSwitches["penaltyApply"] | undefined;
  };
}

/** Default penalty at success reward 10 (1 %); scale it with the success reward. */
const DEFAULT_PENALTY = 0.1;

/** The shared switches with the preset's values where a file leaves them open. */
export function fillFromPreset(given: GivenSwitches) {
  const preset: PresetSwitches = PRESETS[given.preset];
  return {
    episodeStatistics: given.episodeStatistics ?? preset.episodeStatistics,
    trajectoryScore: given.trajectoryScore ?? preset.trajectoryScore,
    singletonEpisode: given.singletonEpisode ?? preset.singletonEpisode,
    invalidActionPenalty: {
      coefficient: given.invalidActionPenalty.coefficient ?? DEFAULT_PENALTY,
      apply: given.invalidActionPenalty.apply ?? preset.penaltyApply,
    },
  };
}

export interface IndexedReturns {
  readonly index: RowIndex;
  readonly returns: RowReturns;
}

/** Steps (1) of gigpo.md 1.9. */
export function indexedReturns(rows: readonly AdvantageRow[], rule: ReturnRule): IndexedReturns {
  const index = indexRows(rows);
  return { index, returns: penalizedReturns(rows, index, rule) };
}

/** The metrics of every group-relative algorithm; fractions are of groups or rows, 0 of an empty batch. */
export function episodeDiagnostics(
  { index, returns }: IndexedReturns,
  episode: EpisodeAdvantages,
): Record<string, number> {
  let penaltyOnlyCount = 0;
  for (let g = 0; g < index.groupCount; g++) {
    const from = index.groupStarts[g]!;
    const to = index.groupStarts[g + 1]!;
    const before = returns.rawReturnOfTrajectory.subarray(from, to);
    if (hasNoSpread(before) && !hasNoSpread(returns.scoreOfTrajectory.subarray(from, to))) penaltyOnlyCount++;
  }
  const groups = Math.max(index.groupCount, 1);
  return {
    "advantage/group_count": index.groupCount,
    "advantage/trajectory_count": index.trajectoryCount,
    "advantage/row_count": index.rowCount,
    "advantage/lone_group_frac": episode.loneGroupCount / groups,
    "advantage/zero_spread_group_frac": episode.zeroSpreadGroupCount / groups,
    "advantage/penalty_only_group_frac": penaltyOnlyCount / groups,
    "advantage/invalid_row_frac": returns.invalidRowCount / Math.max(index.rowCount, 1),
    "advantage/episode_abs_mean": meanAbsolute(episode.episodeAdvantage),
  };
}

/** Mean absolute value; 0 of none. */
export function meanAbsolute(values: Float64Array): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + Math.abs(value), 0) / values.length;
}
