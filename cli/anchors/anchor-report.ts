// Which anchor should group steps? For each key: how many steps meet another trajectory (coverage), how often a group mixes
// states that differ for the task, and how well the step advantage tracks true progress. Method: specs/household.md section 12.

import {
  bucketSize,
  type Partition,
  partitionWithinGroups,
  rowsOfBucket,
  spansTrajectories,
} from "../../client/advantage/partition.ts";
import { penalizedReturns } from "../../client/advantage/penalties.ts";
import { indexRows, type RowIndex } from "../../client/advantage/rows.ts";
import { mean, populationStd } from "../../client/advantage/statistics.ts";
import { hierarchicalStepAdvantages, stepAdvantages } from "../../client/advantage/step-advantage.ts";
import type { AnchorStep } from "./anchor-steps.ts";

export const ANCHOR_KEYS = [
  "observation",
  "observation+admissible",
  "full+turn",
  "full",
  "semantic",
  "hierarchical",
] as const;
export type AnchorKey = (typeof ANCHOR_KEYS)[number];

export interface AnchorKeyReport {
  readonly key: AnchorKey;
  /** Share of steps whose group spans trajectories. */
  readonly coverage: number;
  /** Of those, the share whose group mixes semantic states; 0 when none is covered. */
  readonly mixing: number;
  /** Of those, the share whose group mixes different distances to the goal. */
  readonly mixingDistance: number;
  /** Deviation of the distance inside the groups that mix it, mean over their steps; 0 when none does. */
  readonly distanceSigma: number;
  /**
   * Correlation of the step advantage with the true change of the distance, less the mean of that change over equal states,
   * so that differences between states cannot score. Equal by semantic or by full key; `raw` removes nothing.
   */
  readonly signal: { readonly semantic: number; readonly full: number; readonly raw: number };
}

export interface AnchorReport {
  readonly steps: number;
  readonly trajectories: number;
  readonly groups: number;
  readonly keys: readonly AnchorKeyReport[];
}

/** Of the paper: GiGPO's discount and its group normalisation. */
const GAMMA = 0.95;
const RULE = { normalization: "meanStd", epsilon: 1e-6, repeatedVisits: "all" } as const;

export function anchorReport(steps: readonly AnchorStep[]): AnchorReport {
  const rows = steps.map(({ row }) => row);
  const index = indexRows(rows);
  const by = (keyOf: (step: AnchorStep) => string) => partitionWithinGroups(index, (row) => keyOf(steps[row]!));
  const partitions = {
    observation: by(({ row }) => row.anchors!.observation),
    "observation+admissible": by(({ listAnchor }) => listAnchor),
    "full+turn": by(({ wireFull }) => wireFull),
    full: by(({ row }) => row.anchors!.full),
    semantic: by(({ row }) => row.anchors!.semantic),
  };
  const returns = penalizedReturns(rows, index, {
    gamma: GAMMA,
    invalidActionPenalty: { coefficient: 0, apply: "reward" },
    validity: "admissible",
  }).stepReturn;
  const { full, semantic } = partitions;
  const distances = Float64Array.from(steps, ({ distance }) => distance);
  const progress = Float64Array.from(steps, ({ distance, nextDistance }) => distance - nextDistance);
  const judged = (partition: Partition) => judgedRows(index, partition, semantic, distances);
  const bySemantic = judged(semantic);
  const keys = ANCHOR_KEYS.map((key): AnchorKeyReport => {
    const isHierarchical = key === "hierarchical";
    // A row's full group judges it where that spans trajectories, else its semantic group.
    const judges = isHierarchical
      ? judged(full).map((byFull, row) => byFull ?? bySemantic[row])
      : judged(partitions[key]);
    const { stepAdvantage } = isHierarchical
      ? hierarchicalStepAdvantages(index, full, semantic, returns, RULE)
      : stepAdvantages(index, partitions[key], returns, RULE);
    const within = (partition: Partition) => correlation(stepAdvantage, residual(progress, partition));
    const signal = { semantic: within(semantic), full: within(full), raw: correlation(stepAdvantage, progress) };
    return { key, ...sharesOf(judges), signal };
  });
  return { steps: rows.length, trajectories: index.trajectoryCount, groups: index.groupCount, keys };
}

/** What is true of a group that spans trajectories. */
interface Judge {
  readonly mixesStates: boolean;
  readonly distanceSigma: number;
}

/** The group of each row; undefined where it does not span trajectories. */
function judgedRows(
  index: RowIndex,
  partition: Partition,
  semantic: Partition,
  distances: Float64Array,
): readonly (Judge | undefined)[] {
  const judges = new Array<Judge | undefined>(index.rowCount).fill(undefined);
  for (let bucket = 0; bucket < partition.count; bucket++) {
    if (!spansTrajectories(partition, bucket, index)) continue;
    const rows = rowsOfBucket(partition, bucket);
    const judge: Judge = {
      mixesStates: rows.some((row) => semantic.bucketOfRow[row] !== semantic.bucketOfRow[rows[0]!]),
      distanceSigma: populationStd(Float64Array.from(rows, (row) => distances[row]!)),
    };
    for (const row of rows) judges[row] = judge;
  }
  return judges;
}

function sharesOf(judges: readonly (Judge | undefined)[]): Omit<AnchorKeyReport, "key" | "signal"> {
  const covered = judges.filter((judge) => judge !== undefined);
  const mixing = covered.filter(({ distanceSigma }) => distanceSigma > 0);
  return {
    coverage: ratio(covered.length, judges.length),
    mixing: ratio(covered.filter(({ mixesStates }) => mixesStates).length, covered.length),
    mixingDistance: ratio(mixing.length, covered.length),
    distanceSigma: mean(mixing.map(({ distanceSigma }) => distanceSigma)),
  };
}

/** Each value less the mean of its bucket. */
function residual(values: Float64Array, partition: Partition): Float64Array {
  const result = new Float64Array(values.length);
  for (let bucket = 0; bucket < partition.count; bucket++) {
    if (bucketSize(partition, bucket) < 2) continue;
    const rows = rowsOfBucket(partition, bucket);
    const center = mean(Float64Array.from(rows, (row) => values[row]!));
    for (const row of rows) result[row] = values[row]! - center;
  }
  return result;
}

/** Pearson's; 0 where one side does not vary. */
function correlation(a: Float64Array, b: Float64Array): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  const scale = a.length * populationStd(a) * populationStd(b);
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - meanA) * (b[i]! - meanB);
  return ratio(sum, scale);
}

/** 0 of nothing. */
function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
