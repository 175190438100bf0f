// The open streams of one principal: supersession, and the goodbye of a drain. Streams of a client and of its agents are
// told apart by their keys and never meet.

/** A stream as others see it. */
export interface OpenStream {
  /** Items that are not answered yet. */
  readonly inFlightItems: number;
  /** Says that the server shuts down; the stream goes on until its client half-closes. */
  drain(graceMs: number): void;
  /** Ends it with DRAINING; unanswered steps were had or not, and their answers are lost. */
  cut(): void;
  /** Another stream took its key: ends it. */
  supersede(): void;
}

export class InteractStreams {
  readonly #byKey = new Map<string, OpenStream>();
  #emptyWaiters: (() => void)[] = [];

  /** Registers a stream. @returns the one that it supersedes */
  open(key: string, stream: OpenStream): OpenStream | undefined {
    const former = this.#byKey.get(key);
    this.#byKey.set(key, stream);
    return former;
  }

  remove(key: string, stream: OpenStream): void {
    if (this.#byKey.get(key) !== stream) return;
    this.#byKey.delete(key);
    if (this.#byKey.size === 0) for (const wake of this.#emptyWaiters.splice(0)) wake();
  }

  get size(): number {
    return this.#byKey.size;
  }

  /** Unanswered items over all streams. */
  get inFlightItems(): number {
    let items = 0;
    for (const stream of this.#byKey.values()) items += stream.inFlightItems;
    return items;
  }

  /** Says goodbye on every stream; each ends when its client half-closes. */
  drain(graceMs: number): void {
    for (const stream of this.#byKey.values()) stream.drain(graceMs);
  }

  /** Ends what is still open. */
  end(): void {
    for (const stream of [...this.#byKey.values()]) stream.cut();
  }

  /** Resolves when no stream is open. */
  async empty(): Promise<void> {
    if (this.#byKey.size === 0) return;
    await new Promise<void>((resolve) => this.#emptyWaiters.push(resolve));
  }
}
