// Interval of a success rate from a few hundred episodes. Wilson's score interval stays inside [0, 1] and keeps its coverage
// near the ends, where the normal approximation fails. Wilson, J. Am. Stat. Assoc. 22 (1927) 209.

/** Two-sided 95 % point of the standard normal distribution. */
const Z_95 = 1.959963984540054;

/**
 * 95 % interval of the success probability.
 * @param successes in [0, trials]
 * @param trials 0 gives [0, 1]: nothing is known
 */
export function wilson95(successes: number, trials: number): readonly [low: number, high: number] {
  if (!Number.isInteger(successes) || !Number.isInteger(trials) || successes < 0 || successes > trials)
    throw new RangeError(`${successes} successes in ${trials} trials are no count`);
  if (trials === 0) return [0, 1];
  const rate = successes / trials;
  const z2 = Z_95 * Z_95;
  const scale = 1 + z2 / trials;
  const center = (rate + z2 / (2 * trials)) / scale;
  const half = (Z_95 / scale) * Math.sqrt((rate * (1 - rate)) / trials + z2 / (4 * trials * trials));
  return [successes === 0 ? 0 : center - half, successes === trials ? 1 : center + half];
}
