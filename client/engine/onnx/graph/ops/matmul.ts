// Matrix products. A linear layer's weight gradient is one Gemm over all rows: a batched product followed by a sum would
// hold one weight gradient per row.

import type { GraphBuilder } from "../builder.ts";
import { broadcastShapes, type Dim, int, type Shape, type Value } from "../value.ts";
import { unbroadcast } from "./broadcast.ts";
import { transpose } from "./layout.ts";
import { flattenRows } from "./shape.ts";

function swapLastTwo(b: GraphBuilder, x: Value): Value {
  const order = x.shape.map((_, axis) => axis);
  const rank = order.length;
  return transpose(b, x, [...order.slice(0, rank - 2), rank - 1, rank - 2]);
}

/** Batched product [..., m, k] x [..., k, n]; leading axes broadcast. */
export function matMul(b: GraphBuilder, x: Value, y: Value): Value {
  return b.emitOne("MatMul", [x, y], productShape(x, y, -1, -2), {
    vjp: ([g]) => [
      unbroadcast(b, matMulTransposed(b, g!, y), x.shape),
      unbroadcast(b, transposedMatMul(b, x, g!), y.shape),
    ],
  });
}

/** x yᵀ, batched: [..., m, k] x [..., n, k]. The runtime turns y while it packs it: nothing is moved. */
export function matMulTransposed(b: GraphBuilder, x: Value, y: Value): Value {
  const shape = productShape(x, y, -1, -1);
  if (x.dtype !== "float32") return matMul(b, x, swapLastTwo(b, y));
  return b.emitOne("FusedMatMul", [x, y], shape, {
    domain: "com.microsoft",
    attributes: { transB: int(1) },
    vjp: ([g]) => [unbroadcast(b, matMul(b, g!, y), x.shape), unbroadcast(b, transposedMatMul(b, g!, x), y.shape)],
  });
}

/** xᵀ y, batched: [..., k, m] x [..., k, n]. Derivatives are made of it, and it has none. */
export function transposedMatMul(b: GraphBuilder, x: Value, y: Value): Value {
  const shape = productShape(x, y, -2, -2);
  if (x.dtype !== "float32") return matMul(b, swapLastTwo(b, x), y);
  return b.emitOne("FusedMatMul", [x, y], shape, {
    domain: "com.microsoft",
    attributes: { transA: int(1) },
  });
}

/** @param sumX the axis of x that is summed over, -1 or -2 @param sumY that of y */
function productShape(x: Value, y: Value, sumX: -1 | -2, sumY: -1 | -2): Shape {
  if (x.shape.at(sumX) !== y.shape.at(sumY)) {
    throw new Error(`inner sizes differ: [${x.shape.join(", ")}] x [${y.shape.join(", ")}]`);
  }
  const batch = broadcastShapes(x.shape.slice(0, -2), y.shape.slice(0, -2));
  return [...batch, x.shape.at(-3 - sumX) as Dim, y.shape.at(-3 - sumY) as Dim];
}

/** xᵀ y over all rows: [r, m], [r, n] -> [m, n]. */
export function gemmTransposedA(b: GraphBuilder, x: Value, y: Value): Value {
  const [m, n] = [x.shape[1] as Dim, y.shape[1] as Dim];
  if (typeof m === "number" && typeof n === "number" && m < n && x.dtype === "float32") {
    // The runtime packs its second operand whole: the narrower one is cheaper, and turning the small result costs nothing.
    // As a Gemm it would be turned back into the slower product by the runtime's own fusion.
    return transpose(b, transposedMatMul(b, y, x), [1, 0]);
  }
  return b.emitOne("Gemm", [x, y], [m, n], { attributes: { transA: int(1) } });
}

/** Rows of x [..., k] times a weight [k, n]. */
export function linear(b: GraphBuilder, x: Value, weight: Value): Value {
  if (x.shape.at(-1) !== weight.shape[0]) {
    throw new Error(`linear: [${x.shape.join(", ")}] x [${weight.shape.join(", ")}]`);
  }
  return b.emitOne("MatMul", [x, weight], [...x.shape.slice(0, -1), weight.shape[1] as Dim], {
    vjp: ([g]) => [matMulTransposed(b, g!, weight), gemmTransposedA(b, flattenRows(b, x), flattenRows(b, g!))],
  });
}

/** Rows of x [r, k] times the transpose of a weight [n, k], as a tied head has it. */
export function linearTransposed(b: GraphBuilder, x: Value, weight: Value): Value {
  return b.emitOne("Gemm", [x, weight], [x.shape[0] as Dim, weight.shape[0] as Dim], {
    attributes: { transB: int(1) },
    vjp: ([g]) => [b.emitOne("MatMul", [g!, weight], x.shape), gemmTransposedA(b, g!, x)],
  });
}
