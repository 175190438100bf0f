// Original file: anchorgym/v1/catalog.proto

import type { Long } from '@grpc/proto-loader';

/**
 * Pass e over a split of n tasks orders them by H("sample", [seed, e, task_id]), ascending in bytes; position p is
 * element p mod n of pass p div n. So a curriculum is one seed and one integer, and no pass repeats a task. An
 * unbounded split generates position p as task number derive_seed(seed, "task/" + p) mod 2^32.
 */
export interface SampleTasksRequestInit {
  /**
   * Environment.name.
   */
  'environment'?: (string);
  /**
   * Split.name. TASK_NOT_FOUND (an RPC status) when the environment has no such split, or the split is empty.
   */
  'split'?: (string);
  /**
   * Names the curriculum; below 2^53.
   */
  'seed'?: (number | string | Long);
  /**
   * The first position.
   */
  'offset'?: (number);
  /**
   * Number of positions. 0: none, and the answer is empty. More than Limits.max_batch_items: MESSAGE_INVALID.
   */
  'count'?: (number);
  /**
   * Optional pin: fails with CATALOGUE_CHANGED when the split's digest is another one.
   */
  'splitDigest'?: (Buffer | Uint8Array | string);
}

/**
 * Pass e over a split of n tasks orders them by H("sample", [seed, e, task_id]), ascending in bytes; position p is
 * element p mod n of pass p div n. So a curriculum is one seed and one integer, and no pass repeats a task. An
 * unbounded split generates position p as task number derive_seed(seed, "task/" + p) mod 2^32.
 */
export interface SampleTasksRequest {
  /**
   * Environment.name.
   */
  'environment': (string);
  /**
   * Split.name. TASK_NOT_FOUND (an RPC status) when the environment has no such split, or the split is empty.
   */
  'split': (string);
  /**
   * Names the curriculum; below 2^53.
   */
  'seed': (string);
  /**
   * The first position.
   */
  'offset': (number);
  /**
   * Number of positions. 0: none, and the answer is empty. More than Limits.max_batch_items: MESSAGE_INVALID.
   */
  'count': (number);
  /**
   * Optional pin: fails with CATALOGUE_CHANGED when the split's digest is another one.
   */
  'splitDigest': (Buffer);
}
