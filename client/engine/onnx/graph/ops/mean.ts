// The mean over axes. Its derivative is the gradient spread over them and divided by their size.

import type { GraphBuilder } from "../builder.ts";
import { int, type Value } from "../value.ts";
import { div } from "./arithmetic.ts";
import { reducedShape, spread } from "./broadcast.ts";

export function reduceMean(b: GraphBuilder, x: Value, axes: readonly number[], keep: boolean): Value {
  const y: Value = b.emitOne("ReduceMean", [x, b.int64s(axes)], reducedShape(x.shape, axes, keep), {
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
