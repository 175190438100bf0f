// The outgoing side of one Interact stream: answers of one event-loop turn to one request frame share a response frame,
// up to a size; `more` says that others follow. After a write that the transport could not take it waits for `drain`.

import type { ServerDuplexStream } from "@grpc/grpc-js";
import type { InteractRequest } from "../../proto/gen/anchorgym/v1/InteractRequest.ts";
import type { InteractResponseInit } from "../../proto/gen/anchorgym/v1/InteractResponse.ts";

/** Most bytes of a frame that holds more than one outcome. */
const MAX_FRAME_BYTES = 256 * 1_024;

/** One answered item of a frame, encoded when there is room for it. */
export interface SettledItem<Result> {
  /** Upper bound of its encoded size. */
  readonly sizeBytes: number;
  /** What it counts in the stream's window. */
  readonly credit: number;
  readonly encode: () => Result;
}

interface OpenFrame {
  readonly frameId: number;
  readonly respond: (results: unknown[]) => InteractResponseInit;
  /** Items without an answer yet. */
  unanswered: number;
  settled: SettledItem<unknown>[];
}

export interface OutboxEvents {
  /** Before answers are written: what they tell has to be durable. False: it cannot be, and nothing is written. */
  readonly beforeAnswers: () => boolean;
  /** So many items were handed to the transport: their credit is free again. */
  readonly onAnswered: (count: number) => void;
  readonly onStall: () => void;
  readonly onDrain: () => void;
}

export class FrameOutbox {
  readonly #call: ServerDuplexStream<InteractRequest, InteractResponseInit>;
  readonly #events: OutboxEvents;
  /** In order of arrival, so that a session's answers leave in seq order. */
  readonly #frames = new Set<OpenFrame>();
  #singles: InteractResponseInit[] = [];
  #scheduled = false;
  #stalled = false;
  #closed = false;

  constructor(call: ServerDuplexStream<InteractRequest, InteractResponseInit>, events: OutboxEvents) {
    this.#call = call;
    this.#events = events;
    call.on("drain", () => {
      if (!this.#stalled || this.#closed) return;
      this.#stalled = false;
      this.#events.onDrain();
      this.flush();
    });
  }

  /** A frame that answers nothing but itself; leaves now, unless the transport is full. */
  send(response: InteractResponseInit): void {
    if (this.#closed) return;
    if (this.#stalled) this.#singles.push(response);
    else this.#write(response);
  }

  /**
   * Prepares the answer to a frame of `count` items; the returned function is called once per item.
   * @param respond makes the response of some of the results, in order
   */
  expect<Result>(
    frameId: number,
    count: number,
    respond: (results: Result[]) => InteractResponseInit,
  ): (settled: SettledItem<Result>) => void {
    const frame: OpenFrame = {
      frameId,
      respond: respond as (results: unknown[]) => InteractResponseInit,
      unanswered: count,
      settled: [],
    };
    this.#frames.add(frame);
    return (settled) => {
      frame.settled.push(settled);
      this.#schedule();
    };
  }

  /** Writes what has settled, until the transport is full. */
  flush(): void {
    if (!this.#events.beforeAnswers()) return;
    while (!this.#stalled && !this.#closed) {
      const single = this.#singles.shift();
      if (single === undefined) break;
      this.#write(single);
    }
    for (const frame of this.#frames) {
      while (frame.settled.length > 0 && !this.#stalled && !this.#closed) this.#writeChunk(frame);
      if (this.#stalled || this.#closed) return;
    }
  }

  close(): void {
    this.#closed = true;
    this.#frames.clear();
    this.#singles = [];
  }

  #writeChunk(frame: OpenFrame): void {
    const results: unknown[] = [];
    let sizeBytes = 0;
    let credit = 0;
    for (const settled of frame.settled) {
      sizeBytes += settled.sizeBytes;
      if (results.length > 0 && sizeBytes > MAX_FRAME_BYTES) break;
      results.push(settled.encode());
      credit += settled.credit;
    }
    frame.settled = frame.settled.slice(results.length);
    frame.unanswered -= results.length;
    if (frame.unanswered === 0) this.#frames.delete(frame);
    this.#write({ inReplyTo: frame.frameId, more: frame.unanswered > 0, ...frame.respond(results) });
    this.#events.onAnswered(credit);
  }

  #write(response: InteractResponseInit): void {
    if (this.#call.write(response) || this.#stalled) return;
    this.#stalled = true;
    this.#events.onStall();
  }

  #schedule(): void {
    if (this.#scheduled || this.#stalled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.flush();
    });
  }
}
