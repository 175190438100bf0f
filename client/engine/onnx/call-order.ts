// In which order an engine's calls go, so that every completion is drawn from one set of weights. Sampling calls go side by
// side, and beside training and scoring, which leave the weights alone: they take turns run by run. All others go one after
// the other, as they came. What changes the weights waits for the sampling that came before it and holds up what comes
// after, so neither can starve the other.

export class CallOrder {
  /** Sampling calls not answered yet; never rejecting. */
  readonly #draws = new Set<Promise<void>>();
  /** Ends when the calls that are no sampling have; never rejecting. */
  #others: Promise<void> = Promise.resolve();
  /** Ends when the weights are as the newest call that changes them leaves them; never rejecting. */
  #weights: Promise<void> = Promise.resolve();

  /** A sampling call. */
  draw<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#weights.then(work);
    const ended = settled(result);
    this.#draws.add(ended);
    void ended.then(() => this.#draws.delete(ended));
    return result;
  }

  /** A call that only reads the weights. */
  read<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#others.then(work);
    this.#others = settled(result);
    return result;
  }

  /** A call that changes the weights, or ends them. */
  change<T>(work: () => Promise<T>): Promise<T> {
    const drawn = Promise.all(this.#draws);
    const result = this.#others.then(() => drawn).then(work);
    this.#others = settled(result);
    this.#weights = this.#others;
    return result;
  }
}

function settled(work: Promise<unknown>): Promise<void> {
  return work.then(
    () => {},
    () => {},
  );
}
