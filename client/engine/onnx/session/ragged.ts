// Ragged lists as one flat array with offsets: what crosses to the worker. Cloning thousands of small typed arrays would
// cost more than the model; a few large ones are transferred for nothing.

type NumberArray = Int32Array | Float32Array | Float64Array | Uint8Array;

/** Item i is values[offsets[i], offsets[i + 1]). */
export interface Ragged<A extends NumberArray> {
  readonly values: A;
  readonly offsets: Int32Array;
}

/** Items of which some are absent; absent ones hold no values. */
export interface OptionalRagged<A extends NumberArray> extends Ragged<A> {
  readonly isPresent: Uint8Array;
}

export function packRagged<A extends NumberArray>(items: readonly A[], make: (length: number) => A): Ragged<A> {
  const offsets = new Int32Array(items.length + 1);
  items.forEach((item, i) => {
    offsets[i + 1] = (offsets[i] as number) + item.length;
  });
  const values = make(offsets[items.length] as number);
  items.forEach((item, i) => {
    values.set(item, offsets[i]);
  });
  return { values, offsets };
}

/** Views, not copies. */
export function unpackRagged<A extends NumberArray>(ragged: Ragged<A>): A[] {
  return Array.from(
    { length: ragged.offsets.length - 1 },
    (_, i) => ragged.values.subarray(ragged.offsets[i], ragged.offsets[i + 1]) as A,
  );
}

export function packOptional<A extends NumberArray>(
  items: readonly (A | null | undefined)[],
  make: (length: number) => A,
): OptionalRagged<A> {
  const isPresent = Uint8Array.from(items, (item) => (item === null || item === undefined ? 0 : 1));
  const empty = make(0);
  return {
    ...packRagged(
      items.map((item) => item ?? empty),
      make,
    ),
    isPresent,
  };
}

export function unpackOptional<A extends NumberArray>(ragged: OptionalRagged<A>): (A | null)[] {
  return unpackRagged(ragged).map((item, i) => (ragged.isPresent[i] === 1 ? item : null));
}

export const int32s = (length: number): Int32Array => new Int32Array(length);
export const float32s = (length: number): Float32Array => new Float32Array(length);
export const float64s = (length: number): Float64Array => new Float64Array(length);
export const uint8s = (length: number): Uint8Array => new Uint8Array(length);

/** The buffers of all arrays inside a message, each once: they are moved, and the sender's views become empty. */
export function buffersOf(message: unknown): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  const visit = (value: unknown): void => {
    if (ArrayBuffer.isView(value)) buffers.add(value.buffer as ArrayBuffer);
    else if (typeof value === "object" && value !== null) for (const part of Object.values(value)) visit(part);
  };
  visit(message);
  return [...buffers];
}
