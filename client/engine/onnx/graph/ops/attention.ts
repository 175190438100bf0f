// Scaled dot-product attention, softmax(q kᵀ + mask) v. Queries of one key-value head stand beside each other, so grouped
// attention repeats nothing. Axis suffixes: B row, H key-value head, Q query head per key-value head, M query, S token in
// reach, E head width.

import type { GraphBuilder } from "../builder.ts";
import { type Dim, multiplyDims, type Value } from "../value.ts";
import { add } from "./arithmetic.ts";
import { concat, slice, split } from "./layout.ts";
import { matMulTransposed } from "./matmul.ts";
import { reshape } from "./shape.ts";
import { softmaxMix } from "./softmax.ts";

export interface Reach {
  /** [B, H, S, E] each. */
  readonly keys: Value;
  readonly values: Value;
  /** [B or 1, 1, 1, M, S]: 0 where a query may look, hugely negative where not. */
  readonly mask: Value;
}

/** @param queries [B, H, Q, M, E], scaled @returns the mixtures, of the same shape */
export function attend(b: GraphBuilder, queries: Value, { keys, values, mask }: Reach): Value {
  const [B, H, Q, M, E] = queries.shape as readonly [Dim, Dim, Dim, Dim, Dim];
  const S = keys.shape[2] as Dim;
  const rows = multiplyDims([Q, M]);
  const scores = matMulTransposed(b, reshape(b, queries, [B, H, rows, E]), keys);
  const masked = reshape(b, add(b, reshape(b, scores, [B, H, Q, M, S]), mask), [B, H, rows, S]);
  return reshape(b, softmaxMix(b, masked, values), [B, H, Q, M, E]);
}

/** A number of tokens that is cut into equal parts. */
export interface Parts {
  readonly count: number;
  /** Tokens of one part; count * size are all. */
  readonly size: Dim;
}

/**
 * The same where queries are the tokens in reach and none looks behind itself: each part of the queries meets the tokens up
 * to its own end alone. P parts take (P + 1) / 2P of the time and memory of the scores.
 */
export function attendCausally(b: GraphBuilder, queries: Value, reach: Reach, { count, size }: Parts): Value {
  const [B, H, Q, M, E] = queries.shape as readonly [Dim, Dim, Dim, Dim, Dim];
  if (count === 1) return attend(b, queries, reach);
  const queryParts = split(b, reshape(b, queries, [B, H, Q, count, size, E]), 3, new Array<number>(count).fill(1));
  const maskParts = reshape(b, reach.mask, [1, 1, 1, count, size, count, size]);
  const mixtures: Value[] = [];
  let [keys, values] = [reach.keys, reach.values].map((side) => reshape(b, side, [B, H, count, size, E])) as [
    Value,
    Value,
  ];
  // From the last part to the first, so that each cuts what the one behind it has cut, and gradients are added as they grow.
  for (let part = count - 1; part >= 0; part--) {
    const seen = part + 1;
    keys = seen === count ? keys : slice(b, keys, 2, 0, seen);
    values = seen === count ? values : slice(b, values, 2, 0, seen);
    const S = multiplyDims([seen, size]);
    const ownMask = slice(b, slice(b, maskParts, 3, part, seen), 5, 0, seen);
    const mixture = attend(b, reshape(b, queryParts[part] as Value, [B, H, Q, size, E]), {
      keys: reshape(b, keys, [B, H, S, E]),
      values: reshape(b, values, [B, H, S, E]),
      mask: reshape(b, ownMask, [1, 1, 1, size, S]),
    });
    mixtures.unshift(reshape(b, mixture, [B, H, Q, 1, size, E]));
  }
  return reshape(b, concat(b, mixtures, 3), [B, H, Q, M, E]);
}
