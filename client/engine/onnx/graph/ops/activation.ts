// The gate of a SwiGLU feed-forward block, y = silu(gate) up with silu(x) = x sigmoid(x), as one rule: its derivative
// reuses the sigmoid and the activated gate of the forward pass.   @see arXiv 2002.05202

import type { GraphBuilder } from "../builder.ts";
import type { Value } from "../value.ts";
import { add, mul, sub } from "./arithmetic.ts";

export function sigmoid(b: GraphBuilder, x: Value): Value {
  const s: Value = b.emitOne("Sigmoid", [x], x.shape, {
    vjp: ([g]) => [mul(b, g!, mul(b, s, sub(b, b.scalar(x.dtype, 1), s)))],
  });
  return s;
}

/** x sigmoid(x). The whole derivative hangs on the product; none flows through its sigmoid, which has no rule. */
export function silu(b: GraphBuilder, x: Value): Value {
  const s = b.emitOne("Sigmoid", [x], x.shape);
  const y: Value = b.emitOne("Mul", [x, s], x.shape, {
    vjp: ([g]) => {
      // silu'(x) = s (1 - y) + y
      const slope = add(b, mul(b, s, sub(b, b.scalar(x.dtype, 1), y)), y);
      return [mul(b, g!, slope), undefined];
    },
  });
  return y;
}

export function swiglu(b: GraphBuilder, gate: Value, up: Value): Value {
  return mul(b, silu(b, gate), up);
}
