// Matrix products. A linear layer's weight gradient is one Gemm over all rows: a batched product followed by a sum would
// hold one weight gradient per row.

import type { GraphBuilder } from "../builder.ts";
import { broadcastShapes, type Dim, int, type Value } from "../value.ts";
import { unbroadcast } from "./broadcast.ts";
import { transpose } from "./layout.ts";
import { flattenRows } from "./shape.ts";

export function swapLastTwo(b: GraphBuilder, x: Value): Value {
  const order = x.shape.map((_, axis) => axis);
  const rank = order.length;
  return transpose(b, x, [...order.slice(0, rank - 2), rank - 1, rank - 2]);
}

/** Batched product [..., m, k] x [..., k, n]; leading axes broadcast. */
export function matMul(b: GraphBuilder, x: Value, y: Value): Value {
  const [k1, k2] = [x.shape.at(-1), y.shape.at(-2)];
  if (k1 !== k2) throw new Error(`inner sizes differ: [${x.shape.join(", ")}] x [${y.shape.join(", ")}]`);
  const batch = broadcastShapes(x.shape.slice(0, -2), y.shape.slice(0, -2));
  return b.emitOne("MatMul", [x, y], [...batch, x.shape.at(-2) as Dim, y.shape.at(-1) as Dim], {
    vjp: ([g]) => [
      unbroadcast(b, matMul(b, g!, swapLastTwo(b, y)), x.shape),
      unbroadcast(b, matMul(b, swapLastTwo(b, x), g!), y.shape),
    ],
  });
}

/** xᵀ y over all rows: [r, m], [r, n] -> [m, n]. */
export function gemmTransposedA(b: GraphBuilder, x: Value, y: Value): Value {
  const [m, n] = [x.shape[1] as Dim, y.shape[1] as Dim];
  if (typeof m === "number" && typeof n === "number" && m < n && x.dtype === "float32") {
    // The runtime packs its second operand whole: the narrower one is cheaper, and turning the small result costs nothing.
    // As a Gemm it would be turned back into the slower product by the runtime's own fusion.
    const turned = b.emitOne("FusedMatMul", [y, x], [n, m], {
      domain: "com.microsoft",
      attributes: { transA: int(1) },
    });
    return transpose(b, turned, [1, 0]);
  }
  return b.emitOne("Gemm", [x, y], [m, n], { attributes: { transA: int(1) } });
}

/** Rows of x [..., k] times a weight [k, n]. */
export function linear(b: GraphBuilder, x: Value, weight: Value): Value {
  if (x.shape.at(-1) !== weight.shape[0]) {
    throw new Error(`linear: [${x.shape.join(", ")}] x [${weight.shape.join(", ")}]`);
  }
  return b.emitOne("MatMul", [x, weight], [...x.shape.slice(0, -1), weight.shape[1] as Dim], {
    vjp: ([g]) => [linear(b, g!, swapLastTwo(b, weight)), gemmTransposedA(b, flattenRows(b, x), flattenRows(b, g!))],
  });
}

/** Rows of x [r, k] times the transpose of a weight [n, k], as a tied head has it. */
export function linearTransposed(b: GraphBuilder, x: Value, weight: Value): Value {
  return b.emitOne("Gemm", [x, weight], [x.shape[0] as Dim, weight.shape[0] as Dim], {
    attributes: { transB: int(1) },
    vjp: ([g]) => [b.emitOne("MatMul", [g!, weight], x.shape), gemmTransposedA(b, g!, x)],
  });
}
