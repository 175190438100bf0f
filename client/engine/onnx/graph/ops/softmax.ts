// Softmax and log-softmax over the last axis, with their derivatives.

import type { GraphBuilder } from "../builder.ts";
import { int, type Value } from "../value.ts";
import { exp, mul, sub } from "./arithmetic.ts";
import { reduceSum } from "./broadcast.ts";

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

export function logSoftmax(b: GraphBuilder, x: Value): Value {
  const last = x.shape.length - 1;
  const y: Value = b.emitOne("LogSoftmax", [x], x.shape, {
    attributes: { axis: int(-1) },
    vjp: ([g]) => [sub(b, g!, mul(b, exp(b, y), reduceSum(b, g!, [last], true)))],
  });
  return y;
}
