// MT19937 (Matsumoto and Nishimura, 1998): the 32-bit generator below Python's `random` and numpy's legacy streams. Only for
// generators that reproduce a named upstream system; everything of our own draws from `core/random.ts`.

const N = 624;
const M = 397;

/** The generator itself. Mutable: a generator holds one for the length of a function. */
export class MersenneTwister {
  readonly #words = new Uint32Array(N);
  #index = N;

  /** The reference's `init_genrand`: numpy's legacy `seed(n)` for n below 2^32. */
  static fromWord(seed: number): MersenneTwister {
    const twister = new MersenneTwister();
    twister.#initialize(seed);
    return twister;
  }

  /** The reference's `init_by_array`: Python's `random.seed(n)` over the little-endian words of |n|. */
  static fromKey(key: readonly number[]): MersenneTwister {
    const twister = new MersenneTwister();
    const words = twister.#words;
    twister.#initialize(19650218);
    let i = 1;
    let j = 0;
    for (let k = Math.max(N, key.length); k > 0; k--) {
      const previous = words[i - 1]!;
      words[i] = (words[i]! ^ Math.imul(previous ^ (previous >>> 30), 1664525)) + key[j]! + j;
      if (++i >= N) {
        words[0] = words[N - 1]!;
        i = 1;
      }
      if (++j >= key.length) j = 0;
    }
    for (let k = N - 1; k > 0; k--) {
      const previous = words[i - 1]!;
      words[i] = (words[i]! ^ Math.imul(previous ^ (previous >>> 30), 1566083941)) - i;
      if (++i >= N) {
        words[0] = words[N - 1]!;
        i = 1;
      }
    }
    words[0] = 0x80000000;
    return twister;
  }

  #initialize(seed: number): void {
    const words = this.#words;
    words[0] = seed;
    for (let i = 1; i < N; i++) {
      const previous = words[i - 1]!;
      words[i] = Math.imul(1812433253, previous ^ (previous >>> 30)) + i;
    }
    this.#index = N;
  }

  /** The next 32 bits, as an integer in [0, 2^32). */
  uint32(): number {
    if (this.#index >= N) this.#twist();
    let y = this.#words[this.#index++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  #twist(): void {
    const words = this.#words;
    for (let k = 0; k < N; k++) {
      const y = (words[k]! & 0x80000000) | (words[(k + 1) % N]! & 0x7fffffff);
      words[k] = words[(k + M) % N]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.#index = 0;
  }

  /** A real in [0, 1) with 53 bits, as both Python and numpy make it. */
  real53(): number {
    const a = this.uint32() >>> 5;
    const b = this.uint32() >>> 6;
    return (a * 67108864 + b) / 9007199254740992;
  }
}
