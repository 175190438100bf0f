// Returns and generalised advantages along one episode, one backward pass each. No bootstrap unless a value is given.
// Sources: GiGPO (arXiv 2505.10978) Eq. 5; GAE (arXiv 1506.02438).

/** R_t = sum over k >= t of gamma^(k - t) r_k. */
export function discountedReturns(rewards_S: ArrayLike<number>, gamma: number): Float64Array {
  const returns_S = new Float64Array(rewards_S.length);
  let tail = 0;
  for (let t = rewards_S.length - 1; t >= 0; t--) {
    tail = rewards_S[t]! + gamma * tail;
    returns_S[t] = tail;
  }
  return returns_S;
}

export interface GaeInput {
  readonly rewards_S: ArrayLike<number>;
  /** Value of the state before each turn. */
  readonly values_S: ArrayLike<number>;
  readonly gamma: number;
  readonly lambda: number;
  /** Value after the last turn: 0 when it terminated, V of the state reached when it was truncated. */
  readonly bootstrap: number;
}

/** A_t = d_t + gamma lambda A_{t+1}, d_t = r_t + gamma V_{t+1} - V_t; the value target is A_t + V_t. */
export function gaeAcrossTurns(input: GaeInput): {
  readonly advantages_S: Float64Array;
  readonly targets_S: Float64Array;
} {
  const { rewards_S, values_S, gamma, lambda } = input;
  const advantages_S = new Float64Array(rewards_S.length);
  let advantage = 0;
  let nextValue = input.bootstrap;
  for (let t = rewards_S.length - 1; t >= 0; t--) {
    advantage = rewards_S[t]! + gamma * nextValue - values_S[t]! + gamma * lambda * advantage;
    advantages_S[t] = advantage;
    nextValue = values_S[t]!;
  }
  return { advantages_S, targets_S: advantages_S.map((value, t) => value + values_S[t]!) };
}
