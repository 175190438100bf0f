// Step-relative advantages: a return is compared with the others of its anchor group (same group, same anchor).
// A lone row is 0, a group without spread is 0 under `meanStd`. Source: GiGPO (arXiv 2505.10978) Eq. 4, 6, 7;
// `hierarchical` is ours: the finest anchor at which two trajectories meet.

import { bucketSize, type Partition, rowsOfBucket, spansTrajectories } from "./partition.ts";
import type { RowIndex } from "./rows.ts";
import { hasNoSpread, type NormalizationRule, normalizerOf } from "./statistics.ts";

export interface StepRule extends NormalizationRule {
  /** `first`: only a trajectory's first visit enters mean and deviation; every visit is related to them. */
  readonly repeatedVisits: "all" | "first";
}

export interface StepAdvantages {
  readonly stepAdvantage: Float64Array;
  /** Buckets of several rows whose returns are all equal. */
  readonly zeroSpreadBucketCount: number;
}

/** @param stepReturn R_t per row, from `penalizedReturns`. */
export function stepAdvantages(
  index: RowIndex,
  partition: Partition,
  stepReturn: Float64Array,
  rule: StepRule,
): StepAdvantages {
  const stepAdvantage = new Float64Array(index.rowCount);
  let zeroSpreadBucketCount = 0;
  for (let bucket = 0; bucket < partition.count; bucket++) {
    if (bucketSize(partition, bucket) < 2) continue;
    const rows = rowsOfBucket(partition, bucket);
    const sample = rule.repeatedVisits === "first" ? firstVisits(rows, index) : rows;
    if (sample.length < 2) continue;
    const returns = new Float64Array(sample.length);
    for (let k = 0; k < sample.length; k++) returns[k] = stepReturn[sample[k]!]!;
    if (hasNoSpread(returns)) zeroSpreadBucketCount++;
    const relate = normalizerOf(returns, rule);
    for (let k = 0; k < rows.length; k++) stepAdvantage[rows[k]!] = relate(stepReturn[rows[k]!]!);
  }
  return { stepAdvantage, zeroSpreadBucketCount };
}

/** Members are in canonical order, so a trajectory's first visit is where the trajectory changes. */
function firstVisits(rows: Int32Array, index: RowIndex): Int32Array {
  return rows.filter((row, k) => k === 0 || index.trajectoryOfRow[rows[k - 1]!] !== index.trajectoryOfRow[row]);
}

/** Which anchor judged a row. */
export interface HierarchicalStepAdvantages extends StepAdvantages {
  readonly fullRowCount: number;
  readonly semanticRowCount: number;
  /** Rows that met no other trajectory under either anchor: step advantage 0. */
  readonly unmatchedRowCount: number;
}

/** The full-state group of a row if it spans at least two trajectories, else the semantic group if that does, else 0. */
export function hierarchicalStepAdvantages(
  index: RowIndex,
  full: Partition,
  semantic: Partition,
  stepReturn: Float64Array,
  rule: StepRule,
): HierarchicalStepAdvantages {
  const byFull = stepAdvantages(index, full, stepReturn, rule);
  const bySemantic = stepAdvantages(index, semantic, stepReturn, rule);
  const fullSpans = spans(full, index);
  const semanticSpans = spans(semantic, index);
  const stepAdvantage = new Float64Array(index.rowCount);
  let fullRowCount = 0;
  let semanticRowCount = 0;
  for (let row = 0; row < index.rowCount; row++) {
    if (fullSpans[full.bucketOfRow[row]!]) {
      stepAdvantage[row] = byFull.stepAdvantage[row]!;
      fullRowCount++;
    } else if (semanticSpans[semantic.bucketOfRow[row]!]) {
      stepAdvantage[row] = bySemantic.stepAdvantage[row]!;
      semanticRowCount++;
    }
  }
  return {
    stepAdvantage,
    zeroSpreadBucketCount: byFull.zeroSpreadBucketCount + bySemantic.zeroSpreadBucketCount,
    fullRowCount,
    semanticRowCount,
    unmatchedRowCount: index.rowCount - fullRowCount - semanticRowCount,
  };
}

function spans(partition: Partition, index: RowIndex): Uint8Array {
  return Uint8Array.from({ length: partition.count }, (_, bucket) =>
    spansTrajectories(partition, bucket, index) ? 1 : 0,
  );
}
