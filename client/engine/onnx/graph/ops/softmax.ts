// Softmax and log-softmax over the last axis, with their derivatives.

import type { GraphBuilder } from "../builder.ts";
import { type Dim, int, type Value } from "../value.ts";
import { exp, mul, neg, sub } from "./arithmetic.ts";
import { reduceSum } from "./broadcast.ts";
import { addElements } from "./gather.ts";
import { matMulTransposed, transposedMatMul } from "./matmul.ts";
import { reshape } from "./shape.ts";

export function softmax(b: GraphBuilder, x: Value): Value {
  const last = x.shape.length - 1;
  const y: Value = b.emitOne("Softmax", [x], x.shape, {
    attributes: { axis: int(-1) },
    vjp: ([g]) => {
      const weighted = mul(b, g!, y);
      // y (g - sum g y), written so that the product g y is used twice.
      return [sub(b, weighted, mul(b, y, reduceSum(b, weighted, [last], true)))];
    },
  });
  return y;
}

/**
 * softmax(x) y, the mixture that attention makes of x [..., m, s] and y [..., s, e]. Its derivative takes the sum over s
 * that a softmax needs from the narrower product with the mixture, over e: sum_s p dp = sum_e g (p y).
 * @see FlashAttention (arXiv 2205.14135), appendix B.2
 */
export function softmaxMix(b: GraphBuilder, x: Value, y: Value): Value {
  const shares = softmax(b, x);
  const mixed: Value = b.emitOne("MatMul", [shares, y], [...x.shape.slice(0, -1), y.shape.at(-1) as Dim], {
    captures: [x],
    vjp: ([g]) => {
      const pull = reduceSum(b, mul(b, g!, mixed), [x.shape.length - 1], true);
      const dx = mul(b, shares, sub(b, matMulTransposed(b, g!, y), pull));
      return [undefined, transposedMatMul(b, shares, g!), dx];
    },
  });
  return mixed;
}

export function logSoftmax(b: GraphBuilder, x: Value): Value {
  const last = x.shape.length - 1;
  const y: Value = b.emitOne("LogSoftmax", [x], x.shape, {
    attributes: { axis: int(-1) },
    vjp: ([g]) => [sub(b, g!, mul(b, exp(b, y), reduceSum(b, g!, [last], true)))],
  });
  return y;
}

/**
 * log softmax(x) [n, v], and of each row its element at an int64 column, [n]. The derivative of the latter goes to x in one
 * step, g (onehot - softmax(x)): through the former it would be a matrix of zeros with one number a row.
 */
export function logSoftmaxAt(
  b: GraphBuilder,
  x: Value,
  columns: Value,
): { readonly distribution: Value; readonly picked: Value } {
  const distribution = logSoftmax(b, x);
  const rows = x.shape[0] as Dim;
  const index = reshape(b, columns, [rows, 1]);
  const picked = b.emitOne("GatherElements", [distribution, index], [rows, 1], {
    attributes: { axis: int(1) },
    captures: [x],
    vjp: ([g]) => {
      const spread = mul(b, exp(b, distribution), neg(b, g!));
      return [undefined, undefined, addElements(b, spread, index, g!, 1)];
    },
  });
  return { distribution, picked: reshape(b, picked, [rows]) };
}
