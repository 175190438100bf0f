// The constants of AdamW (Loshchilov and Hutter, arXiv 1711.05101) that no run has had a reason to change.

export const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;
