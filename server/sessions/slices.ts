// Long work in the event loop, cut into slices: I/O gets its turn between two of them.

/** Working time between two visits of the event loop, in milliseconds. */
const SLICE_MS = 5;

/** Yields to I/O when the current slice is over. */
export class Slices {
  readonly #nowMs: () => number;
  #endMs: number;

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
    this.#endMs = this.#nowMs() + SLICE_MS;
  }

  /** Undefined: the slice is not over yet, go on. */
  pause(): Promise<void> | undefined {
    if (this.#nowMs() < this.#endMs) return undefined;
    return new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      this.#endMs = this.#nowMs() + SLICE_MS;
    });
  }
}
