// Step advantages over contexts of growing length: for c = 0..K a row is compared with the rows of its group that share
// its current anchor and the c anchors before it, and the comparisons are averaged with weights (c + 2)^alpha. Rows
// younger than c steps have no context of that length. Source: HGPO (arXiv 2602.22817); specs/algorithms.md section 3.

import { bucketSize, type Partition, partitionWithinGroups, rowsOfBucket } from "./partition.ts";
import { type RowIndex, rowsOfTrajectory } from "./rows.ts";
import { type NormalizationRule, normalizerOf } from "./statistics.ts";

export interface ContextRule extends Omit<NormalizationRule, "deviation"> {
  /** K >= 0. */
  readonly history: number;
  readonly alpha: number;
}

/** Contexts of length c as buckets: the bucket of length c - 1, split by the bucket of the row before. */
export function contextPartitions(index: RowIndex, anchors: Partition, history: number): readonly Partition[] {
  const partitions = [anchors];
  const previousRow = previousRows(index);
  for (let c = 1; c <= history; c++) {
    const shorter = partitions[c - 1]!.bucketOfRow;
    // The context of length c of a row is its own anchor and the context of length c - 1 of the row before.
    partitions.push(
      partitionWithinGroups(index, (row) => {
        const previous = previousRow[row]!;
        if (previous < 0 || shorter[previous]! < 0) return undefined;
        return anchors.bucketOfRow[row]! * index.rowCount + shorter[previous]!;
      }),
    );
  }
  return partitions;
}

/**
 * The weighted mean of the context advantages that are not zero; a context of one row and one without spread are zero.
 * @param base episode advantages that join with weight 1, per row; absent: none.
 */
export function contextAdvantages(
  index: RowIndex,
  anchors: Partition,
  stepReturn: Float64Array,
  rule: ContextRule,
  base?: Float64Array,
): Float64Array {
  const sums = new Float64Array(index.rowCount);
  const weights = new Float64Array(index.rowCount);
  const add = (row: number, advantage: number, weight: number) => {
    if (advantage === 0) return;
    sums[row]! += weight * advantage;
    weights[row]! += weight;
  };
  base?.forEach((advantage, row) => {
    add(row, advantage, 1);
  });
  contextPartitions(index, anchors, rule.history).forEach((partition, c) => {
    const weight = (c + 2) ** rule.alpha;
    for (let bucket = 0; bucket < partition.count; bucket++) {
      if (bucketSize(partition, bucket) < 2) continue;
      const rows = rowsOfBucket(partition, bucket);
      const returns = new Float64Array(rows.length);
      for (let k = 0; k < rows.length; k++) returns[k] = stepReturn[rows[k]!]!;
      const relate = normalizerOf(returns, { ...rule, deviation: "population" });
      rows.forEach((row, k) => {
        add(row, relate(returns[k]!), weight);
      });
    }
  });
  return sums.map((sum, row) => (weights[row] === 0 ? 0 : sum / (weights[row]! + rule.epsilon)));
}

/** The row one step earlier in the same trajectory; -1 at the start. */
function previousRows(index: RowIndex): Int32Array {
  const previous = new Int32Array(index.rowCount).fill(-1);
  for (let j = 0; j < index.trajectoryCount; j++) {
    const rows = rowsOfTrajectory(index, j);
    for (let t = 1; t < rows.length; t++) previous[rows[t]!] = rows[t - 1]!;
  }
  return previous;
}
