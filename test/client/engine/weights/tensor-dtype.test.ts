import { describe, expect, test } from "vitest";
import { bfloat16ToFloat32, float16ToFloat32, toFloat32 } from "../../../../client/engine/weights/tensor-dtype.ts";

/** IEEE 754 binary16 by its definition, in floating point: the independent reading of the bits. */
function float16Value(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

describe("tensor dtypes", () => {
  test("all 65,536 float16 values convert to their exact float32", () => {
    const halves = Uint16Array.from({ length: 65536 }, (_, i) => i);
    const floats = float16ToFloat32(halves);
    const wrong = [...halves].filter((half) => !Object.is(floats[half], float16Value(half)));
    expect(wrong).toEqual([]);
  });

  test("bfloat16 is the upper half of a float32", () => {
    const floats = Float32Array.of(1, -2.5, 0, -0, Infinity, 3.140625, 2 ** -130);
    const upper = Uint16Array.from(new Uint32Array(floats.buffer), (word) => word >>> 16);
    expect(bfloat16ToFloat32(upper)).toEqual(floats);
  });

  test("float32 data is read at any alignment, as a view where it is aligned", () => {
    const bytes = new Uint8Array(12);
    new DataView(bytes.buffer).setFloat32(5, 1.5, true);
    expect([...toFloat32({ dtype: "F32", data: bytes.subarray(5, 9) })]).toEqual([1.5]);
    expect(toFloat32({ dtype: "F32", data: bytes.subarray(4, 8) }).buffer).toBe(bytes.buffer);
  });

  test("integers are not weights", () => {
    expect(() => toFloat32({ dtype: "I64", data: new Uint8Array(8) })).toThrow(/I64 cannot be read as float32/);
  });
});
