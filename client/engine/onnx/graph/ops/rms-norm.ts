// Root-mean-square norm over the last axis, y = x inv w with inv = 1 / sqrt(mean x² + eps), as the fused operator that
// also returns inv. Its derivative, with s = sum over the axis of g w x and n its size:
//   dx = inv (g w - x inv² s / n),   dw = sum over rows of g x inv.   @see arXiv 1910.07467

import type { GraphBuilder } from "../builder.ts";
import { type Dim, float, int, type Value } from "../value.ts";
import { mul, sub } from "./arithmetic.ts";
import { flattenRows, reshape } from "./shape.ts";

/** Normalises rows of x [..., n] and scales by weight [n]. */
export function rmsNorm(b: GraphBuilder, x: Value, weight: Value, epsilon: number): Value {
  const width = weight.shape[0] as number;
  const [y, inverse] = b.emit({
    op: "SimplifiedLayerNormalization",
    inputs: [x, weight],
    outputs: [
      { dtype: x.dtype, shape: x.shape },
      { dtype: x.dtype, shape: x.shape.with(-1, 1) },
    ],
    attributes: { axis: int(-1), epsilon: float(epsilon), stash_type: int(x.dtype === "float64" ? 11 : 1) },
    vjp: ([g]) => {
      const inv = flattenRows(b, inverse as Value);
      const rows = inv.shape[0] as Dim;
      const [gFlat, xFlat] = [flattenRows(b, g!), flattenRows(b, x)];
      const gx = mul(b, gFlat, xFlat);
      const perWidth = mul(b, reshape(b, weight, [width, 1]), b.scalar(x.dtype, 1 / width));
      const mean = b.emitOne("MatMul", [gx, perWidth], [rows, 1]);
      const pull = mul(b, mul(b, mul(b, inv, inv), inv), mean);
      const dx = sub(b, mul(b, mul(b, gFlat, weight), inv), mul(b, xFlat, pull));
      const dw = b.emitOne("Gemm", [inv, gx], [1, width], { attributes: { transA: int(1) } });
      return [reshape(b, dx, x.shape), reshape(b, dw, [width])];
    },
  });
  return y as Value;
}
