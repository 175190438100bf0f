// A row of logits as a distribution, in float64: for holding entropies and restricted distributions against references.

export interface Distribution {
  /** Natural logs; -Infinity where nothing is left. */
  readonly logprobs: Float64Array;
  readonly entropyNat: number;
  /** Tokens with mass. */
  readonly kept: number;
}

export function distributionOf(logits: Float32Array, temperature: number): Distribution {
  return normalised(Float64Array.from(logits, (logit) => logit / temperature));
}

/**
 * Temperature, then the k most probable tokens, then of the renormalised rest those with less than `topP` strictly above.
 * @param topK at least 1
 */
export function restrictedDistribution(
  logits: Float32Array,
  temperature: number,
  topK: number,
  topP: number,
): Distribution {
  const tempered = Float64Array.from(logits, (logit) => logit / temperature);
  const order = Array.from(tempered.keys()).sort((a, b) => (tempered[b] as number) - (tempered[a] as number));
  const afterK = new Float64Array(tempered.length).fill(Number.NEGATIVE_INFINITY);
  for (const token of order.slice(0, topK)) afterK[token] = tempered[token] as number;
  const { logprobs } = normalised(afterK);
  const left = new Float64Array(tempered.length).fill(Number.NEGATIVE_INFINITY);
  let above = 0;
  for (const token of order.slice(0, topK)) {
    if (above < topP) left[token] = tempered[token] as number;
    above += Math.exp(logprobs[token] as number);
  }
  return normalised(left);
}

function normalised(logits: Float64Array): Distribution {
  const highest = logits.reduce((max, logit) => Math.max(max, logit), Number.NEGATIVE_INFINITY);
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit - highest), 0);
  const logprobs = logits.map((logit) => logit - highest - Math.log(total));
  let [entropyNat, kept] = [0, 0];
  for (const logprob of logprobs) {
    if (logprob === Number.NEGATIVE_INFINITY) continue;
    entropyNat -= Math.exp(logprob) * logprob;
    kept += 1;
  }
  return { logprobs, entropyNat, kept };
}
