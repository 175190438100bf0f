// The numbers that estimators share: means, deviations and the functions F that relate a value to its group. Float64,
// two-pass deviations. A group without spread gives exactly 0 under `meanStd`; a lone member is the caller's decision.
// Sources: specs/gigpo.md 1.2, 1.3, 1.5; specs/algorithms.md 1.2.

type Values = ArrayLike<number>;

/** How a value is related to its group: (x - mean) / (std + epsilon), or x - mean. */
export type Normalization = "meanStd" | "mean";
/** Divisor of the variance: n - 1 or n. */
export type Deviation = "sample" | "population";

export interface NormalizationRule {
  readonly normalization: Normalization;
  /** Added to the deviation, outside the root. */
  readonly epsilon: number;
  /** Default: sample. */
  readonly deviation?: Deviation;
}

/** Arithmetic mean; 0 of no values. */
export function mean(values: Values): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return values.length === 0 ? 0 : sum / values.length;
}

function squaredDeviations(values: Values, center: number): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i]! - center) ** 2;
  return sum;
}

/** Deviation with divisor n - 1; 0 of fewer than two values. */
export function sampleStd(values: Values): number {
  return values.length < 2 ? 0 : Math.sqrt(squaredDeviations(values, mean(values)) / (values.length - 1));
}

/** Deviation with divisor n; 0 of no values. */
export function populationStd(values: Values): number {
  return values.length === 0 ? 0 : Math.sqrt(squaredDeviations(values, mean(values)) / values.length);
}

/** Smallest difference that counts as one among values of this size: 1e-12 * max(1, |max|, |min|). */
export function noSpreadBound(values: Values): number {
  let size = 1;
  for (let i = 0; i < values.length; i++) if (Math.abs(values[i]!) > size) size = Math.abs(values[i]!);
  return 1e-12 * size;
}

/** max - min is at most the bound: the values are equal but for rounding. */
export function hasNoSpread(values: Values, bound = noSpreadBound(values)): boolean {
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return values.length === 0 || high - low <= bound;
}

/**
 * F(x; X) of gigpo.md 1.2 with X = `group`, at least one value. Differences below the no-spread bound are exactly 0, and
 * under `meanStd` so is everything when X has no spread, whether or not x is in X.
 */
export function normalizerOf(group: Values, rule: NormalizationRule): (value: number) => number {
  const center = mean(group);
  const bound = noSpreadBound(group);
  if (rule.normalization === "mean") return (value) => (Math.abs(value - center) <= bound ? 0 : value - center);
  if (hasNoSpread(group, bound)) return () => 0;
  const divisor = rule.deviation === "population" ? group.length : group.length - 1;
  const scale = Math.sqrt(squaredDeviations(group, center) / divisor) + rule.epsilon;
  return (value) => (Math.abs(value - center) <= bound ? 0 : (value - center) / scale);
}

/** Each value against its group; exact zeros for a lone value or without spread. */
export function standardize(values: Values, epsilon = 1e-6): Float64Array {
  return normalized(values, { normalization: "meanStd", epsilon });
}

/** value - mean; exact zeros for a lone value or without spread. */
export function center(values: Values): Float64Array {
  return normalized(values, { normalization: "mean", epsilon: 0 });
}

/** The members of a group related to the whole group by `rule`. */
export function normalized(values: Values, rule: NormalizationRule): Float64Array {
  return values.length === 0 ? new Float64Array() : Float64Array.from(values, normalizerOf(values, rule));
}

/** value - mean of the others = n / (n - 1) * (value - mean), RLOO (arXiv 2402.14740); 0 for a lone value. */
export function leaveOneOut(values: Values): Float64Array {
  const factor = values.length < 2 ? 0 : values.length / (values.length - 1);
  return center(values).map((difference) => factor * difference);
}

/**
 * (x - mean) / sqrt(sample variance + epsilon) over all unmasked tokens of the batch; 0 where masked, and everywhere when
 * fewer than two tokens are unmasked. Whitening is global: call it before a batch is split.
 * @param tokens_BT ragged
 * @param mask_BT 1 where a token counts, same shape
 */
export function whiten(
  tokens_BT: readonly Values[],
  mask_BT: readonly Values[],
  epsilon = 1e-8,
): readonly Float64Array[] {
  const unmasked: number[] = [];
  tokens_BT.forEach((tokens_T, b) => {
    for (let t = 0; t < tokens_T.length; t++) if (mask_BT[b]![t]) unmasked.push(tokens_T[t]!);
  });
  const center = mean(unmasked);
  const variance = sampleStd(unmasked) ** 2;
  const scale = unmasked.length < 2 ? 0 : 1 / Math.sqrt(variance + epsilon);
  return tokens_BT.map((tokens_T, b) =>
    Float64Array.from(tokens_T, (x, t) => (mask_BT[b]![t] ? (x - center) * scale : 0)),
  );
}
