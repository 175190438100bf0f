// Losses that regress log-ratios of whole sequences on rewards instead of following a gradient of the policy.
// REBEL (arXiv 2404.16767): all pairs of siblings. A*-PO (arXiv 2505.20686): one sample against a value estimated once,
// offline. Log-ratios are log pi - log pi_reference of a sequence, natural logs.

/** Mean over all pairs of ((1/eta) (lr_i - lr_j) - (r_i - r_j))^2; 0 for fewer than two siblings. */
export function rebelLoss(logRatios: ArrayLike<number>, rewards: ArrayLike<number>, eta: number): number {
  let sum = 0;
  let pairs = 0;
  for (let i = 0; i < logRatios.length; i++) {
    for (let j = i + 1; j < logRatios.length; j++) {
      sum += ((logRatios[i]! - logRatios[j]!) / eta - (rewards[i]! - rewards[j]!)) ** 2;
      pairs++;
    }
  }
  return pairs === 0 ? 0 : sum / pairs;
}

/** V* = beta1 log mean exp(r / beta1) over rewards of the reference policy, at least one. */
export function optimalValue(offlineRewards: ArrayLike<number>, beta1: number): number {
  let highest = -Infinity;
  for (let i = 0; i < offlineRewards.length; i++) highest = Math.max(highest, offlineRewards[i]!);
  let sum = 0;
  for (let i = 0; i < offlineRewards.length; i++) sum += Math.exp((offlineRewards[i]! - highest) / beta1);
  return highest + beta1 * Math.log(sum / offlineRewards.length);
}

/** (beta2 log-ratio - (r - V*))^2. */
export function aStarLoss(logRatio: number, reward: number, value: number, beta2: number): number {
  return (beta2 * logRatio - (reward - value)) ** 2;
}
