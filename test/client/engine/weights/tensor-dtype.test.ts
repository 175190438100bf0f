import { describe, expect, test } from "vitest";
import {
  bfloat16ToFloat32,
  encodeFloats,
  float16ToFloat32,
  toFloat32,
  WEIGHT_DTYPES,
} from "../../../../client/engine/weights/tensor-dtype.ts";
import { RandomStream } from "../../../../client/random.ts";

/** IEEE 754 binary16 by its definition, in floating point: the independent reading of the bits. */
function float16Value(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Digits of a significand, and the exponent of the smallest normal number. */
const FORMATS = { float16: { digits: 11, lowest: -14 }, bfloat16: { digits: 8, lowest: -126 } } as const;

/** The nearest number of a format, a tie to the even one, by arithmetic in float64. */
function nearest(value: number, { digits, lowest }: (typeof FORMATS)[keyof typeof FORMATS]): number {
  if (value === 0) return value;
  const exponent = Math.max(lowest, Math.floor(Math.log2(Math.abs(value))));
  const unit = 2 ** (exponent - digits + 1);
  const units = Math.abs(value) / unit;
  const below = Math.floor(units);
  const isUp = units - below > 0.5 || (units - below === 0.5 && below % 2 === 1);
  return Math.sign(value) * (below + (isUp ? 1 : 0)) * unit;
}

describe("tensor dtypes", () => {
  test.each(["float16", "bfloat16"] as const)("%s is written as the nearest number, a tie as the even one", (dtype) => {
    const stream = new RandomStream(5);
    const ties = [1 + 2 ** -11, 1 + 3 * 2 ** -11, 1 + 2 ** -8, 1 + 3 * 2 ** -8, 2 ** -25, 3 * 2 ** -25, 2047.5, 65_519];
    const values = Float32Array.from([
      ...[...ties, 0, 1, 2 ** -14, 2 ** -24, 2 ** -26].flatMap((value) => [value, -value]),
      ...Array.from({ length: 20_000 }, () => stream.normal() * 2 ** (stream.int(44) - 30)),
    ]);
    const data = encodeFloats(values, dtype);
    const decoded = toFloat32({ dtype: WEIGHT_DTYPES[dtype], data });
    const wrong = [...values].filter((value, i) => !Object.is(decoded[i], nearest(value, FORMATS[dtype])));
    expect(wrong).toEqual([]);
  });

  test("every finite half is written as itself, and what no half holds as infinity", () => {
    const halves = Uint16Array.from({ length: 65536 }, (_, i) => i);
    for (const [dtype, widen] of [["float16", float16ToFloat32] as const, ["bfloat16", bfloat16ToFloat32] as const]) {
      const floats = widen(halves);
      const finite = halves.filter((_, i) => Number.isFinite(floats[i]));
      expect(Buffer.from(encodeFloats(widen(finite), dtype)).equals(Buffer.from(finite.buffer))).toBe(true);
    }
    expect([
      ...float16ToFloat32(new Uint16Array(encodeFloats(Float32Array.of(65_520, -1e9), "float16").buffer)),
    ]).toEqual([Infinity, -Infinity]);
  });

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
