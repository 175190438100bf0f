// Operators that move elements and compute nothing: each derivative is the inverse movement.

import type { GraphBuilder } from "../builder.ts";
import { type Dim, int, ints, type Value } from "../value.ts";
import { zerosLike } from "./broadcast.ts";

export function transpose(b: GraphBuilder, x: Value, order: readonly number[]): Value {
  const inverse = order.map((_, axis) => order.indexOf(axis));
  return b.emitOne(
    "Transpose",
    [x],
    order.map((axis) => x.shape[axis] as Dim),
    { attributes: { perm: ints(order) }, vjp: ([g]) => [transpose(b, g!, inverse)] },
  );
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
