// The element types of stored tensors, and their conversion to and from float32, the type of every weight in memory.
// float16 and bfloat16 become float32 exactly (each of their values is a float32); the way back rounds to the nearest, a tie
// to the even one. Integers are not weights: refused.

const BYTES_PER_ELEMENT = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E5M2: 1,
  F8_E4M3: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  I64: 8,
  U64: 8,
  F64: 8,
} as const;

/** Names as safetensors writes them. */
export type TensorDtype = keyof typeof BYTES_PER_ELEMENT;

/** What weights can be written as, by the name that config.json gives it. */
export const WEIGHT_DTYPES = { float32: "F32", bfloat16: "BF16", float16: "F16" } as const;
export type WeightDtype = keyof typeof WEIGHT_DTYPES;

export function isTensorDtype(value: unknown): value is TensorDtype {
  return typeof value === "string" && Object.hasOwn(BYTES_PER_ELEMENT, value);
}

export function bytesPerElement(dtype: TensorDtype): number {
  return BYTES_PER_ELEMENT[dtype];
}

/**
 * The elements of a stored tensor as float32. F32 data that is aligned is viewed, not copied; everything else is a copy.
 * @throws {Error} for dtypes that hold no weights (integers, booleans, float8).
 */
export function toFloat32(tensor: { readonly dtype: TensorDtype; readonly data: Uint8Array }): Float32Array {
  const { dtype, data } = tensor;
  switch (dtype) {
    case "F32":
      return data.byteOffset % 4 === 0
        ? new Float32Array(data.buffer, data.byteOffset, data.byteLength / 4)
        : new Float32Array(data.slice().buffer);
    case "F64":
      return Float32Array.from(new Float64Array(data.slice().buffer));
    case "F16":
      return float16ToFloat32(new Uint16Array(data.slice().buffer));
    case "BF16":
      return bfloat16ToFloat32(new Uint16Array(data.slice().buffer));
    default:
      throw new Error(`a tensor of dtype ${dtype} cannot be read as float32; weights are F32, F16, BF16 or F64`);
  }
}

/**
 * As `toFloat32`, into an array that is there already.
 * @param bytes elements of `dtype`, as many as `out` has; may start anywhere
 * @throws {Error} for dtypes that hold no weights
 */
export function decodeInto(dtype: TensorDtype, bytes: Uint8Array, out: Float32Array): void {
  if (dtype === "F32") {
    new Uint8Array(out.buffer, out.byteOffset, out.byteLength).set(bytes);
    return;
  }
  const isAligned = bytes.byteOffset % BYTES_PER_ELEMENT[dtype] === 0;
  const aligned = isAligned ? bytes : bytes.slice();
  const words = new Uint32Array(out.buffer, out.byteOffset, out.length);
  switch (dtype) {
    case "F64":
      out.set(new Float64Array(aligned.buffer, aligned.byteOffset, out.length));
      return;
    case "BF16": {
      const bits = new Uint16Array(aligned.buffer, aligned.byteOffset, out.length);
      for (let i = 0; i < bits.length; i++) words[i] = bits[i]! << 16;
      return;
    }
    case "F16": {
      const bits = new Uint16Array(aligned.buffer, aligned.byteOffset, out.length);
      for (let i = 0; i < bits.length; i++) words[i] = float16Word(bits[i]!);
      return;
    }
    default:
      throw new Error(`a tensor of dtype ${dtype} cannot be read as float32; weights are F32, F16, BF16 or F64`);
  }
}

/** bfloat16 is the upper half of a float32. */
export function bfloat16ToFloat32(bits: Uint16Array): Float32Array {
  const words = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) words[i] = bits[i]! << 16;
  return new Float32Array(words.buffer);
}

/** IEEE 754 binary16: 1 sign, 5 exponent (bias 15), 10 fraction bits; subnormals, infinities and NaN included. */
export function float16ToFloat32(bits: Uint16Array): Float32Array {
  const words = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) words[i] = float16Word(bits[i]!);
  return new Float32Array(words.buffer);
}

function float16Word(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return sign | 0x7f800000 | (fraction << 13);
  if (exponent !== 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
  if (fraction === 0) return sign;
  // Subnormal: shift the leading one into place; each shift lowers the exponent by one.
  const shift = Math.clz32(fraction) - 21;
  return sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13);
}

/** The bytes of finite numbers; those of float32 are a view. A number beyond float16's 65504 becomes infinite. */
export function encodeFloats(values: Float32Array, dtype: WeightDtype): Uint8Array {
  if (dtype === "float32") return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(values.length);
  const half = dtype === "bfloat16" ? bfloat16Half : float16Half;
  for (let i = 0; i < words.length; i++) halves[i] = half(words[i]!);
  return new Uint8Array(halves.buffer);
}

function bfloat16Half(word: number): number {
  return (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
}

function float16Half(word: number): number {
  const sign = (word >>> 16) & 0x8000;
  const exponent = ((word >>> 23) & 0xff) - 112;
  if (exponent > 30) return sign | 0x7c00;
  // A subnormal counts units of 2^-24, to which the whole 24-bit significand is shifted down; below half of one it is 0.
  const isSubnormal = exponent <= 0;
  if (exponent < -10) return sign;
  const significand = isSubnormal ? (word & 0x7fffff) | 0x800000 : word & 0x7fffff;
  const shift = isSubnormal ? 14 - exponent : 13;
  const rounded = roundedShift(significand, shift);
  // A significand that rounds up to the next power of two carries into the exponent, up to infinity: as it should.
  return sign | ((isSubnormal ? 0 : exponent << 10) + rounded);
}

/** value / 2^shift to the nearest integer, ties to even. */
function roundedShift(value: number, shift: number): number {
  const odd = (value >>> shift) & 1;
  return (value + (1 << (shift - 1)) - 1 + odd) >>> shift;
}
