// Sums and means over axes, with their derivatives: the gradient spread over the summed axes, for a mean divided by
// their size. The gradient is expanded to the full shape, because not every consumer of a gradient broadcasts.

import type { GraphBuilder } from "../builder.ts";
import { int, type Shape, type Value } from "../value.ts";
import { div } from "./arithmetic.ts";
import { expandLike, reshape } from "./layout.ts";

function reduced(shape: Shape, axes: readonly number[], keep: boolean): Shape {
  return shape.flatMap((dim, axis) => (axes.includes(axis) ? (keep ? [1] : []) : [dim]));
}

function spread(b: GraphBuilder, g: Value, x: Value, axes: readonly number[]): Value {
  return expandLike(b, reshape(b, g, reduced(x.shape, axes, true)), x);
}

export function reduceSum(b: GraphBuilder, x: Value, axes: readonly number[], keep: boolean): Value {
  return b.emitOne("ReduceSum", [x, b.int64s(axes)], reduced(x.shape, axes, keep), {
    attributes: { keepdims: int(keep ? 1 : 0) },
    vjp: ([g]) => [spread(b, g!, x, axes)],
  });
}

export function reduceMean(b: GraphBuilder, x: Value, axes: readonly number[], keep: boolean): Value {
  const y: Value = b.emitOne("ReduceMean", [x, b.int64s(axes)], reduced(x.shape, axes, keep), {
    attributes: { keepdims: int(keep ? 1 : 0) },
    vjp: ([g]) => [div(b, spread(b, g!, x, axes), elementsPerOutput(b, x, y))],
  });
  return y;
}

/** How many elements of x went into one of y, as a scalar of x's type. */
function elementsPerOutput(b: GraphBuilder, x: Value, y: Value): Value {
  const sizes = [x, y].map((value) => b.emitOne("Size", [value], [], { dtype: "int64" }));
  const count = b.emitOne("Div", sizes, []);
  return b.emitOne("Cast", [count], [], { dtype: x.dtype, attributes: { to: int(x.dtype === "float64" ? 11 : 1) } });
}
