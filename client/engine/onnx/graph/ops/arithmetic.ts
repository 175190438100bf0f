// Elementwise operators of two and one argument, each with its derivative; g is the gradient of the output y.
// On ties Min and Max send the whole gradient to the first argument, and Clip passes it on the borders: together they
// give PPO's clipped objective the gradient that torch gives.

import type { GraphBuilder } from "../builder.ts";
import { broadcastShapes, type Value } from "../value.ts";
import { unbroadcast } from "./broadcast.ts";

export function add(b: GraphBuilder, x: Value, y: Value): Value {
  return b.emitOne("Add", [x, y], broadcastShapes(x.shape, y.shape), {
    vjp: ([g]) => [unbroadcast(b, g!, x.shape), unbroadcast(b, g!, y.shape)],
  });
}

export function sub(b: GraphBuilder, x: Value, y: Value): Value {
  return b.emitOne("Sub", [x, y], broadcastShapes(x.shape, y.shape), {
    vjp: ([g]) => [unbroadcast(b, g!, x.shape), neg(b, unbroadcast(b, g!, y.shape))],
  });
}

export function mul(b: GraphBuilder, x: Value, y: Value): Value {
  return b.emitOne("Mul", [x, y], broadcastShapes(x.shape, y.shape), {
    vjp: ([g]) => [unbroadcast(b, mul(b, g!, y), x.shape), unbroadcast(b, mul(b, g!, x), y.shape)],
  });
}

export function div(b: GraphBuilder, x: Value, y: Value): Value {
  const quotient: Value = b.emitOne("Div", [x, y], broadcastShapes(x.shape, y.shape), {
    vjp: ([g]) => {
      const perX = div(b, g!, y);
      return [unbroadcast(b, perX, x.shape), neg(b, unbroadcast(b, mul(b, perX, quotient), y.shape))];
    },
  });
  return quotient;
}

export function neg(b: GraphBuilder, x: Value): Value {
  return b.emitOne("Neg", [x], x.shape, { vjp: ([g]) => [neg(b, g!)] });
}

export function exp(b: GraphBuilder, x: Value): Value {
  const y: Value = b.emitOne("Exp", [x], x.shape, { vjp: ([g]) => [mul(b, g!, y)] });
  return y;
}

export function log(b: GraphBuilder, x: Value): Value {
  return b.emitOne("Log", [x], x.shape, { vjp: ([g]) => [div(b, g!, x)] });
}

export function sqrt(b: GraphBuilder, x: Value): Value {
  const y: Value = b.emitOne("Sqrt", [x], x.shape, {
    vjp: ([g]) => [div(b, mul(b, g!, b.scalar(x.dtype, 0.5)), y)],
  });
  return y;
}

/** Sends g to the chosen argument. */
function choice(b: GraphBuilder, g: Value, x: Value, y: Value, takesX: Value): readonly Value[] {
  const zero = b.scalar(g.dtype, 0);
  return [unbroadcast(b, where(b, takesX, g, zero), x.shape), unbroadcast(b, where(b, takesX, zero, g), y.shape)];
}

export function min(b: GraphBuilder, x: Value, y: Value): Value {
  return b.emitOne("Min", [x, y], broadcastShapes(x.shape, y.shape), {
    vjp: ([g]) => choice(b, g!, x, y, compare(b, "LessOrEqual", x, y)),
  });
}

export function max(b: GraphBuilder, x: Value, y: Value): Value {
  return b.emitOne("Max", [x, y], broadcastShapes(x.shape, y.shape), {
    vjp: ([g]) => choice(b, g!, x, y, compare(b, "GreaterOrEqual", x, y)),
  });
}

/** Bounds are scalars (shape []). */
export function clip(b: GraphBuilder, x: Value, low: Value, high: Value): Value {
  const y: Value = b.emitOne("Clip", [x, low, high], x.shape, {
    vjp: ([g]) => [where(b, compare(b, "Equal", x, y), g!, b.scalar(x.dtype, 0)), undefined, undefined],
  });
  return y;
}

export function where(b: GraphBuilder, condition: Value, x: Value, y: Value): Value {
  const shape = broadcastShapes(condition.shape, broadcastShapes(x.shape, y.shape));
  return b.emitOne("Where", [condition, x, y], shape, {
    dtype: x.dtype,
    vjp: ([g]) => {
      const zero = b.scalar(x.dtype, 0);
      return [
        undefined,
        unbroadcast(b, where(b, condition, g!, zero), x.shape),
        unbroadcast(b, where(b, condition, zero, g!), y.shape),
      ];
    },
  });
}

export type Comparison = "Less" | "LessOrEqual" | "Greater" | "GreaterOrEqual" | "Equal";

/** No gradient passes a comparison. */
export function compare(b: GraphBuilder, op: Comparison, x: Value, y: Value): Value {
  return b.emitOne(op, [x, y], broadcastShapes(x.shape, y.shape), { dtype: "bool" });
}
