// Operators that move elements and compute nothing: each derivative is the inverse movement.

import { checkSameSize, type GraphBuilder } from "../builder.ts";
import { broadcastShapes, type Dim, int, ints, multiplyDims, type Shape, sameShape, type Value } from "../value.ts";
import { unbroadcast } from "./arithmetic.ts";

export function reshape(b: GraphBuilder, x: Value, shape: Shape): Value {
  if (sameShape(x.shape, shape)) return x;
  checkSameSize("reshape", x, shape);
  return b.emitOne("Reshape", [x, b.shapeTensor(shape, true)], shape, { vjp: ([g]) => [reshape(b, g!, x.shape)] });
}

export function transpose(b: GraphBuilder, x: Value, order: readonly number[]): Value {
  const inverse = order.map((_, axis) => order.indexOf(axis));
  return b.emitOne(
    "Transpose",
    [x],
    order.map((axis) => x.shape[axis] as Dim),
    { attributes: { perm: ints(order) }, vjp: ([g]) => [transpose(b, g!, inverse)] },
  );
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

/** Joins along `axis`; `size` names the joined dimension when it is symbolic. The sizes to split at must be numbers. */
export function concat(b: GraphBuilder, parts: readonly Value[], axis: number, size?: Dim): Value {
  const sizes = parts.map((part) => part.shape[axis] as Dim);
  const joined = size ?? sizes.reduce((sum, dim) => (sum as number) + (dim as number));
  if (size === undefined && !sizes.every((dim) => typeof dim === "number")) {
    throw new Error(`concat along a symbolic axis needs the name of the joined size: [${sizes.join(", ")}]`);
  }
  const shape = (parts[0] as Value).shape.with(axis, joined);
  return b.emitOne("Concat", parts, shape, {
    attributes: { axis: int(axis) },
    ...(sizes.every((dim) => typeof dim === "number") ? { vjp: ([g]) => split(b, g!, axis, sizes as number[]) } : {}),
  });
}

export function split(b: GraphBuilder, x: Value, axis: number, sizes: readonly number[]): Value[] {
  const parts: Value[] = b.emit({
    op: "Split",
    inputs: [x, b.int64s(sizes)],
    outputs: sizes.map((size) => ({ dtype: x.dtype, shape: x.shape.with(axis, size) })),
    attributes: { axis: int(axis) },
    vjp: (gradients) => [
      concat(
        b,
        gradients.map((g, i) => g ?? zerosLike(b, parts[i] as Value)),
        axis,
        x.shape[axis],
      ),
      undefined,
    ],
  });
  return parts;
}

/** Elements [start, end) of an axis whose size is a number. */
export function slice(b: GraphBuilder, x: Value, axis: number, start: number, end: number): Value {
  const size = x.shape[axis];
  if (typeof size !== "number") throw new Error(`slice needs a numeric axis, not ${size}`);
  return b.emitOne(
    "Slice",
    [x, b.int64s([start]), b.int64s([end]), b.int64s([axis])],
    x.shape.with(axis, end - start),
    {
      vjp: ([g]) => {
        const before = x.shape.map((_, i) => (i === axis ? start : 0));
        const after = x.shape.map((_, i) => (i === axis ? size - end : 0));
        return [b.emitOne("Pad", [g!, b.int64s([...before, ...after])], x.shape)];
      },
    },
  );
}

export function zerosLike(b: GraphBuilder, x: Value): Value {
  return expandLike(b, b.scalar(x.dtype, 0), x);
}

/** All axes but the last folded into one row axis. */
export function flattenRows(b: GraphBuilder, x: Value): Value {
  if (x.shape.length === 2) return x;
  return reshape(b, x, [multiplyDims(x.shape.slice(0, -1)), x.shape.at(-1) as Dim]);
}
