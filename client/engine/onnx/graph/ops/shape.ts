// Operators that change a shape and move nothing: each derivative is the inverse change.

import { checkSameSize, type GraphBuilder } from "../builder.ts";
import { type Dim, multiplyDims, type Shape, sameShape, type Value } from "../value.ts";

export function reshape(b: GraphBuilder, x: Value, shape: Shape): Value {
  if (sameShape(x.shape, shape)) return x;
  checkSameSize("reshape", x, shape);
  return b.emitOne("Reshape", [x, b.shapeTensor(shape, true)], shape, { vjp: ([g]) => [reshape(b, g!, x.shape)] });
}

export function squeeze(b: GraphBuilder, x: Value, axis: number): Value {
  if (x.shape[axis] !== 1) throw new Error(`cannot squeeze axis ${axis} of [${x.shape.join(", ")}]`);
  return b.emitOne("Squeeze", [x, b.int64s([axis])], x.shape.toSpliced(axis, 1), {
    vjp: ([g]) => [unsqueeze(b, g!, axis)],
  });
}

export function unsqueeze(b: GraphBuilder, x: Value, axis: number): Value {
  return b.emitOne("Unsqueeze", [x, b.int64s([axis])], x.shape.toSpliced(axis, 0, 1), {
    vjp: ([g]) => [squeeze(b, g!, axis)],
  });
}

/** All axes but the last folded into one row axis. */
export function flattenRows(b: GraphBuilder, x: Value): Value {
  if (x.shape.length === 2) return x;
  return reshape(b, x, [multiplyDims(x.shape.slice(0, -1)), x.shape.at(-1) as Dim]);
}
