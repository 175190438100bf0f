// Rows and elements by index. The derivative of a row lookup is ScatterElements(add) with indices spread over the row:
// ScatterND(add) races on duplicate indices when it runs on several threads (microsoft/onnxruntime#18048) and is not used.

import type { GraphBuilder } from "../builder.ts";
import { type Dim, int, text, type Value } from "../value.ts";
import { expandLike, zerosLike } from "./broadcast.ts";
import { reshape } from "./shape.ts";

/** int32 indices as the int64 that index operators want; no gradient. */
export function toInt64(b: GraphBuilder, x: Value): Value {
  return b.emitOne("Cast", [x], x.shape, { dtype: "int64", attributes: { to: int(7) } });
}

/** Rows of a table [r, d] at int64 indices [n]: [n, d]. Indices may repeat. */
export function gatherRows(b: GraphBuilder, table: Value, rows: Value): Value {
  const [count, width] = [rows.shape[0] as Dim, table.shape[1] as Dim];
  return b.emitOne("Gather", [table, rows], [count, width], {
    attributes: { axis: int(0) },
    vjp: ([g]) => {
      const spread = expandLike(b, reshape(b, rows, [count, 1]), g!);
      return [scatterElements(b, zerosLike(b, table), spread, g!, 0), undefined];
    },
  });
}

/** One element per row of x [n, v] at int64 columns [n]: [n]. */
export function pickPerRow(b: GraphBuilder, x: Value, columns: Value): Value {
  const rows = x.shape[0] as Dim;
  const index = reshape(b, columns, [rows, 1]);
  const picked = b.emitOne("GatherElements", [x, index], [rows, 1], {
    attributes: { axis: int(1) },
    vjp: ([g]) => [scatterElements(b, zerosLike(b, x), index, g!, 1), undefined],
  });
  return reshape(b, picked, [rows]);
}

function scatterElements(b: GraphBuilder, base: Value, indices: Value, updates: Value, axis: number): Value {
  return b.emitOne("ScatterElements", [base, indices, updates], base.shape, {
    attributes: { axis: int(axis), reduction: text("add") },
  });
}
