// Sums over axes and their inverse, broadcasting to a larger shape: each is the other's derivative. Gradients are always
// expanded to the full shape, because not every consumer of a gradient broadcasts.

import type { GraphBuilder } from "../builder.ts";
import { broadcastShapes, int, type Shape, sameShape, type Value } from "../value.ts";
import { reshape } from "./shape.ts";

export function reducedShape(shape: Shape, axes: readonly number[], keep: boolean): Shape {
  return shape.flatMap((dim, axis) => (axes.includes(axis) ? (keep ? [1] : []) : [dim]));
}

/** A reduced gradient back over the axes that were summed. */
export function spread(b: GraphBuilder, g: Value, x: Value, axes: readonly number[]): Value {
  return expandLike(b, reshape(b, g, reducedShape(x.shape, axes, true)), x);
}

export function reduceSum(b: GraphBuilder, x: Value, axes: readonly number[], keep: boolean): Value {
  return b.emitOne("ReduceSum", [x, b.int64s(axes)], reducedShape(x.shape, axes, keep), {
    attributes: { keepdims: int(keep ? 1 : 0) },
    vjp: ([g]) => [spread(b, g!, x, axes)],
  });
}

/** Sums a gradient over the axes that broadcasting added or stretched, back to `shape`. */
export function unbroadcast(b: GraphBuilder, g: Value, shape: Shape): Value {
  if (sameShape(g.shape, shape)) return g;
  const added = g.shape.length - shape.length;
  const leading = Array.from({ length: added }, (_, axis) => axis);
  const summed = added > 0 ? reduceSum(b, g, leading, false) : g;
  const stretched = shape.flatMap((dim, axis) => (dim === 1 && summed.shape[axis] !== 1 ? [axis] : []));
  return stretched.length > 0 ? reduceSum(b, summed, stretched, true) : summed;
}

/** Broadcasts x to the shape of another value, whatever its symbols are. */
export function expandLike(b: GraphBuilder, x: Value, like: Value): Value {
  if (sameShape(x.shape, like.shape)) return x;
  const shape = broadcastShapes(x.shape, like.shape);
  if (!sameShape(shape, like.shape))
    throw new Error(`[${x.shape.join(", ")}] does not expand to [${shape.join(", ")}]`);
  const target = b.emitOne("Shape", [like], [like.shape.length], { dtype: "int64" });
  return b.emitOne("Expand", [x, target], shape, { vjp: ([g]) => [unbroadcast(b, g!, x.shape)] });
}

/** Broadcasts x to a shape of numbers and symbols that inputs tell. */
export function expand(b: GraphBuilder, x: Value, shape: Shape): Value {
  if (sameShape(x.shape, shape)) return x;
  return b.emitOne("Expand", [x, b.shapeTensor(shape)], broadcastShapes(x.shape, shape), {
    vjp: ([g]) => [unbroadcast(b, g!, x.shape)],
  });
}

export function zerosLike(b: GraphBuilder, x: Value): Value {
  return expandLike(b, b.scalar(x.dtype, 0), x);
}
