// Rows and elements by index. The derivative of a row lookup is ScatterElements(add) with indices spread over the row:
// ScatterND(add) races on duplicate indices when it runs on several threads (microsoft/onnxruntime#18048) and is not used.

import type { GraphBuilder } from "../builder.ts";
import { type Dim, int, text, type Value } from "../value.ts";
import { expand, expandLike, zerosLike } from "./broadcast.ts";
import { gemmTransposedA } from "./matmul.ts";
import { reshape } from "./shape.ts";

/** int32 indices as the int64 that index operators want; no gradient. */
export function toInt64(b: GraphBuilder, x: Value): Value {
  return b.emitOne("Cast", [x], x.shape, { dtype: "int64", attributes: { to: int(7) } });
}

/**
 * Tables of at most so many rows get their gradient from a product with one-hot rows: above, adding row by row is cheaper,
 * although the runtime adds element by element with a look-up for each.
 */
const MAX_ONE_HOT_ROWS = 1024;

/** Rows of a table [r, d] at int64 indices [n]: [n, d]. Indices may repeat. */
export function gatherRows(b: GraphBuilder, table: Value, rows: Value): Value {
  const [size, width] = table.shape as readonly [Dim, Dim];
  const count = rows.shape[0] as Dim;
  return b.emitOne("Gather", [table, rows], [count, width], {
    attributes: { axis: int(0) },
    vjp: ([g]) => {
      if (typeof size === "number" && size <= MAX_ONE_HOT_ROWS && table.dtype === "float32") {
        // Rows of the identity: whole rows are copied, where the runtime's own one-hot writes element by element.
        const zeros = expand(b, b.scalar(table.dtype, 0), [size, size]);
        const identity = b.emitOne("EyeLike", [zeros], [size, size]);
        const oneHot = b.emitOne("Gather", [identity, rows], [count, size], { attributes: { axis: int(0) } });
        return [gemmTransposedA(b, oneHot, g!), undefined];
      }
      const spread = expandLike(b, reshape(b, rows, [count, 1]), g!);
      return [addElements(b, zerosLike(b, table), spread, g!, 0), undefined];
    },
  });
}

/**
 * As `gatherRows` for indices of which each counts once: where one repeats, all but the first are copies whose gradient is
 * zero. The derivative then moves whole rows: it looks up, for each row of x, the gradient that belongs to it, or a zero row.
 */
export function pickRows(b: GraphBuilder, x: Value, rows: Value): Value {
  const [size, width] = x.shape as readonly [Dim, Dim];
  const count = rows.shape[0] as Dim;
  return b.emitOne("Gather", [x, rows], [count, width], {
    attributes: { axis: int(0) },
    vjp: ([g]) => {
      const sizeOf = (value: Value) =>
        b.emitOne("Shape", [value], [1], { dtype: "int64", attributes: { start: int(0), end: int(1) } });
      const none = sizeOf(g!); // the index of the zero row behind the gradients
      const range = [b.scalar("int64", 0), b.emitOne("Squeeze", [none], []), b.scalar("int64", 1)];
      const places = b.emitOne("Range", range, [count]);
      const nowhere = b.emitOne("Expand", [none, sizeOf(x)], [size]);
      const source = b.emitOne("ScatterElements", [nowhere, rows, places], [size], {
        attributes: { axis: int(0), reduction: text("min") },
      });
      const zero = expand(b, b.scalar(x.dtype, 0), [1, width]);
      const withNone = b.emitOne("Concat", [g!, zero], [`${count}+1`, width], { attributes: { axis: int(0) } });
      return [b.emitOne("Gather", [withNone, source], [size, width], { attributes: { axis: int(0) } }), undefined];
    },
  });
}

/** Slabs of axis 0 of any tensor at int64 indices [n], without gradient. */
export function gatherSlabs(b: GraphBuilder, x: Value, slabs: Value): Value {
  return b.emitOne("Gather", [x, slabs], [slabs.shape[0] as Dim, ...x.shape.slice(1)], {
    attributes: { axis: int(0) },
  });
}

/** One element per row of x [n, v] at int64 columns [n], without gradient: [n]. */
export function pickPerRow(b: GraphBuilder, x: Value, columns: Value): Value {
  const rows = x.shape[0] as Dim;
  const index = reshape(b, columns, [rows, 1]);
  return reshape(b, b.emitOne("GatherElements", [x, index], [rows, 1], { attributes: { axis: int(1) } }), [rows]);
}

/** x with `addends` added at int64 indices along an axis, of the shape of the addends. */
export function addElements(b: GraphBuilder, x: Value, indices: Value, addends: Value, axis: number): Value {
  return b.emitOne("ScatterElements", [x, indices, addends], x.shape, {
    attributes: { axis: int(axis), reduction: text("add") },
  });
}
