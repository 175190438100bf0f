// Rows bucketed inside their groups by a key, in O(rows): anchor groups, contexts, similarity clusters. Buckets never
// cross a group, and keys are compared as they are, never joined into one text. Members keep canonical order.

import type { RowIndex } from "./rows.ts";

/** Buckets as one array of rows: bucket b is rows[starts[b]] .. rows[starts[b + 1] - 1]. */
export interface Partition {
  readonly count: number;
  /** Bucket of each row; -1: the row is in none. */
  readonly bucketOfRow: Int32Array;
  readonly starts: Int32Array;
  readonly rows: Int32Array;
}

/** @param keyOf the row's key inside its group; undefined leaves the row out. */
export function partitionWithinGroups<Key extends string | number>(
  index: RowIndex,
  keyOf: (row: number) => Key | undefined,
): Partition {
  const bucketOfRow = new Int32Array(index.rowCount).fill(-1);
  const sizes: number[] = [];
  let buckets = new Map<Key, number>();
  let group = -1;
  for (let position = 0; position < index.rowCount; position++) {
    const row = index.order[position]!;
    if (index.groupOfRow[row] !== group) {
      group = index.groupOfRow[row]!;
      buckets = new Map();
    }
    const key = keyOf(row);
    if (key === undefined) continue;
    let bucket = buckets.get(key);
    if (bucket === undefined) {
      bucket = sizes.length;
      buckets.set(key, bucket);
      sizes.push(0);
    }
    bucketOfRow[row] = bucket;
    sizes[bucket]!++;
  }
  return fillBuckets(index, bucketOfRow, sizes);
}

function fillBuckets(index: RowIndex, bucketOfRow: Int32Array, sizes: readonly number[]): Partition {
  const starts = new Int32Array(sizes.length + 1);
  for (let bucket = 0; bucket < sizes.length; bucket++) starts[bucket + 1] = starts[bucket]! + sizes[bucket]!;
  const next = starts.slice();
  const rows = new Int32Array(starts[sizes.length]!);
  for (let position = 0; position < index.rowCount; position++) {
    const row = index.order[position]!;
    const bucket = bucketOfRow[row]!;
    if (bucket >= 0) rows[next[bucket]!++] = row;
  }
  return { count: sizes.length, bucketOfRow, starts, rows };
}

/** The rows of a bucket in canonical order; a view. */
export function rowsOfBucket(partition: Partition, bucket: number): Int32Array {
  return partition.rows.subarray(partition.starts[bucket]!, partition.starts[bucket + 1]!);
}

/** Whether rows of at least two trajectories meet in the bucket. Trajectories are contiguous in canonical order. */
export function spansTrajectories(partition: Partition, bucket: number, index: RowIndex): boolean {
  const rows = rowsOfBucket(partition, bucket);
  return rows.length > 0 && index.trajectoryOfRow[rows[0]!] !== index.trajectoryOfRow[rows[rows.length - 1]!];
}

/** Number of rows of a bucket. */
export function bucketSize(partition: Partition, bucket: number): number {
  return partition.starts[bucket + 1]! - partition.starts[bucket]!;
}

/** Share of rows that are alone in their bucket or in none; 0 of no rows. */
export function loneRowFraction(partition: Partition): number {
  const rowCount = partition.bucketOfRow.length;
  let lone = rowCount - partition.rows.length;
  for (let bucket = 0; bucket < partition.count; bucket++) if (bucketSize(partition, bucket) === 1) lone++;
  return rowCount === 0 ? 0 : lone / rowCount;
}

/** Share of rows whose key no other row of their group has, without building the buckets; 0 of no rows. */
export function loneKeyFraction(index: RowIndex, keyOf: (row: number) => string): number {
  let lone = 0;
  let isShared = new Map<string, boolean>();
  let group = -1;
  for (let position = 0; position < index.rowCount; position++) {
    const row = index.order[position]!;
    if (index.groupOfRow[row] !== group) {
      group = index.groupOfRow[row]!;
      isShared = new Map();
    }
    const key = keyOf(row);
    const shared = isShared.get(key);
    if (shared === undefined) {
      isShared.set(key, false);
      lone++;
    } else if (!shared) {
      isShared.set(key, true);
      lone--;
    }
  }
  return index.rowCount === 0 ? 0 : lone / index.rowCount;
}
