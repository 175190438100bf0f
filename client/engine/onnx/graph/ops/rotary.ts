// Rotary position embedding, rotate-half form, as the runtime's fused operator: rows of the host-made cosine and sine
// tables are taken by position id, so lengths and packings stay symbolic. The map is linear, y = R x, and R's transpose is
// the rotation by the negative angle: its derivative is itself with the sines negated. Tables that carry a factor (the
// attention scale) carry it into the derivative as well.   @see arXiv 2104.09864

import type { GraphBuilder } from "../builder.ts";
import type { Value } from "../value.ts";
import { neg } from "./arithmetic.ts";

/** Tables [P, headDim / 2]; row p belongs to position p. */
export interface RotaryTables {
  readonly cos: Value;
  readonly sin: Value;
}

/**
 * @param x [B, T, heads * headDim], head by head
 * @param positions int64 [B, T]
 */
export function rotary(b: GraphBuilder, x: Value, positions: Value, tables: RotaryTables): Value {
  return b.emitOne("RotaryEmbedding", [x, positions, tables.cos, tables.sin], x.shape, {
    domain: "com.microsoft",
    vjp: ([g]) => [
      rotary(b, g!, positions, { cos: tables.cos, sin: neg(b, tables.sin) }),
      undefined,
      undefined,
      undefined,
    ],
  });
}
