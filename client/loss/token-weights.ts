// How the losses of tokens become one number, as a weight per token: every aggregation is a weighted sum, so the result
// is the same however a mini-batch is split into micro-batches. A sequence without unmasked tokens weighs nothing.
// Source: specs/algorithms.md 1.3, specs/gigpo.md section 4.

export type Aggregation = "tokenMean" | "sequenceMeanTokenSum" | "sequenceMeanTokenMean" | "constantNorm";

/**
 * @param mask_BT 1 where a token carries loss; ragged
 * @param constant divisor per sequence of `constantNorm`, above 0
 * @returns weights of the same shape; all 0 when nothing is unmasked
 */
export function aggregationWeights(
  mask_BT: readonly ArrayLike<number>[],
  aggregation: Aggregation,
  constant = 1,
): readonly Float64Array[] {
  const counts_B = mask_BT.map((mask_T) => {
    let count = 0;
    for (let t = 0; t < mask_T.length; t++) if (mask_T[t]) count++;
    return count;
  });
  const tokenCount = counts_B.reduce((a, b) => a + b, 0);
  const sequenceCount = mask_BT.length;
  return mask_BT.map((mask_T, b) => {
    const weight = tokenWeight(aggregation, { tokenCount, sequenceCount, ownCount: counts_B[b]!, constant });
    return Float64Array.from(mask_T, (unmasked) => (unmasked ? weight : 0));
  });
}

function tokenWeight(
  aggregation: Aggregation,
  of: { tokenCount: number; sequenceCount: number; ownCount: number; constant: number },
): number {
  if (of.ownCount === 0) return 0;
  switch (aggregation) {
    case "tokenMean":
      return 1 / of.tokenCount;
    case "sequenceMeanTokenSum":
      return 1 / of.sequenceCount;
    case "sequenceMeanTokenMean":
      return 1 / (of.sequenceCount * of.ownCount);
    case "constantNorm":
      return 1 / (of.sequenceCount * of.constant);
  }
}
