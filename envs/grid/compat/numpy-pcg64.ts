// numpy's `default_rng`: PCG64 (O'Neill, 2014; XSL-RR output, 128-bit state) seeded through SeedSequence. The state is a value:
// worlds that draw while they are played keep it in their own state, so that forks and replays share their randomness.

const MASK_128 = (1n << 128n) - 1n;
const MASK_64 = (1n << 64n) - 1n;
const MULTIPLIER = 0x2360ed051fc65da44385df649fccf645n;

/** Position of a stream: state, increment, and the unused upper half of the last 64-bit word, if a 32-bit draw left one. */
export interface Pcg64State {
  readonly state: bigint;
  readonly increment: bigint;
  readonly half: number | undefined;
}

/** The words that SeedSequence(seed) makes, 64 bits each. @param seed an integer in [0, 2^53) */
export function seedSequenceWords(seed: number, count: number): bigint[] {
  if (!Number.isSafeInteger(seed) || seed < 0) throw new RangeError(`seed ${seed} is not an integer in [0, 2^53)`);
  const high = Math.floor(seed / 2 ** 32);
  const pool = mixEntropy(high === 0 ? [seed >>> 0] : [seed >>> 0, high]);
  let hashConst = 0x8b51f9dd;
  const words: number[] = [];
  for (let i = 0; i < count * 2; i++) {
    let value = pool[i % pool.length]! ^ hashConst;
    hashConst = Math.imul(hashConst, 0x58f38ded);
    value = Math.imul(value, hashConst);
    words.push((value ^ (value >>> 16)) >>> 0);
  }
  return Array.from({ length: count }, (_, i) => BigInt(words[2 * i]!) | (BigInt(words[2 * i + 1]!) << 32n));
}

function mixEntropy(entropy: readonly number[]): Uint32Array {
  const pool = new Uint32Array(4);
  let hashConst = 0x43b0d7e5;
  const hashmix = (word: number): number => {
    let value = word ^ hashConst;
    hashConst = Math.imul(hashConst, 0x931e8875);
    value = Math.imul(value, hashConst);
    return value ^ (value >>> 16);
  };
  const mix = (x: number, y: number): number => {
    const value = (Math.imul(0xca01f9dd, x) - Math.imul(0x4973f715, y)) | 0;
    return value ^ (value >>> 16);
  };
  for (let i = 0; i < 4; i++) pool[i] = hashmix(entropy[i] ?? 0);
  for (let from = 0; from < 4; from++) {
    for (let to = 0; to < 4; to++) if (from !== to) pool[to] = mix(pool[to]!, hashmix(pool[from]!));
  }
  return pool;
}

/** The stream `numpy.random.default_rng(seed)`, before its first draw. */
export function pcg64FromSeed(seed: number): Pcg64State {
  const [a, b, c, d] = seedSequenceWords(seed, 4) as [bigint, bigint, bigint, bigint];
  const increment = ((((c << 64n) | d) << 1n) | 1n) & MASK_128;
  const advance = (state: bigint) => (state * MULTIPLIER + increment) & MASK_128;
  return { state: advance((advance(0n) + ((a << 64n) | b)) & MASK_128), increment, half: undefined };
}

/** The next state of the 128-bit generator. */
function advance(stream: Pcg64State): bigint {
  return (stream.state * MULTIPLIER + stream.increment) & MASK_128;
}

function output(state: bigint): bigint {
  const high = state >> 64n;
  const word = high ^ (state & MASK_64);
  const rotation = high >> 58n;
  return ((word >> rotation) | (word << (64n - rotation))) & MASK_64;
}

/** A real in [0, 1) and the stream after it; a kept half word stays. */
export function drawReal(stream: Pcg64State): { readonly value: number; readonly stream: Pcg64State } {
  const state = advance(stream);
  return {
    value: Number(output(state) >> 11n) / 9007199254740992,
    stream: { state, increment: stream.increment, half: stream.half },
  };
}

/** The stream's place in a canonical state: hexadecimal words, and the kept half or null. */
export function canonicalPcg64(stream: Pcg64State): {
  readonly s: string;
  readonly i: string;
  readonly h: number | null;
} {
  // The increment of a stream never changes, so that of the stream asked about last is usually asked about again.
  if (stream.increment !== lastIncrement) {
    lastIncrementText = hexOf(stream.increment);
    lastIncrement = stream.increment;
  }
  return { s: hexOf(stream.state), i: lastIncrementText, h: stream.half ?? null };
}

let lastIncrement = 0n;
let lastIncrementText = hexOf(0n);

function hexOf(word: bigint): string {
  return word.toString(16).padStart(32, "0");
}

/** A cursor over a stream for generators, which draw much and keep nothing. */
export class Pcg64 {
  #stream: Pcg64State;

  constructor(start: number | Pcg64State) {
    this.#stream = typeof start === "number" ? pcg64FromSeed(start) : start;
  }

  get stream(): Pcg64State {
    return this.#stream;
  }

  uint64(): bigint {
    const state = advance(this.#stream);
    this.#stream = { ...this.#stream, state };
    return output(state);
  }

  random(): number {
    const draw = drawReal(this.#stream);
    this.#stream = draw.stream;
    return draw.value;
  }

  /** The low half of a fresh word; its high half answers the next call. */
  uint32(): number {
    const kept = this.#stream.half;
    if (kept !== undefined) {
      this.#stream = { ...this.#stream, half: undefined };
      return kept;
    }
    const word = this.uint64();
    this.#stream = { ...this.#stream, half: Number(word >> 32n) };
    return Number(word & 0xffffffffn);
  }

  /** An integer in [0, bound), bound at most 2^32 - 1, by Lemire's method; a bound of 1 draws nothing. */
  integers(bound: number): number {
    if (bound === 1) return 0;
    let product = BigInt(this.uint32()) * BigInt(bound);
    let low = Number(product & 0xffffffffn);
    if (low < bound) {
      const threshold = (2 ** 32 - bound) % bound;
      while (low < threshold) {
        product = BigInt(this.uint32()) * BigInt(bound);
        low = Number(product & 0xffffffffn);
      }
    }
    return Number(product >> 32n);
  }
}
