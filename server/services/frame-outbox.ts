// The outgoing side of one Interact stream: answers of one event-loop turn to one request frame share a response frame,
// up to a size; `more` says that others follow. After a write that the transport could not take it waits for `drain`.

import type { ServerDuplexStream } from "@grpc/grpc-js";
import type { InteractRequest } from "../../proto/gen/anchorgym/v1/InteractRequest.ts";
import type { InteractResponseInit } from "../../proto/gen/anchorgym/v1/InteractResponse.ts";
import type { StepResultInit } from "../../proto/gen/anchorgym/v1/StepResult.ts";
import { boundAnswerBytes, type Detail, encodeStepResult } from "../codec/step-codec.ts";
import type { StepAnswer } from "../sessions/session.ts";

/** Most bytes of a frame that holds more than one outcome. */
const MAX_FRAME_BYTES = 256 * 1_024;

interface Settled {
  readonly sessionId: string;
  readonly seq: number;
  readonly answer: StepAnswer;
}

interface OpenFrame {
  readonly frameId: number;
  readonly detail: Detail;
  /** Items without an answer yet. */
  unanswered: number;
  settled: Settled[];
}

export interface OutboxEvents {
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

  /** Prepares the answer to a frame of `count` items; the returned function is called once per item. */
  expect(frameId: number, count: number, detail: Detail): (sessionId: string, seq: number, answer: StepAnswer) => void {
    const frame: OpenFrame = { frameId, detail, unanswered: count, settled: [] };
    this.#frames.add(frame);
    return (sessionId, seq, answer) => {
      frame.settled.push({ sessionId, seq, answer });
      this.#schedule();
    };
  }

  /** Writes what has settled, until the transport is full. */
  flush(): void {
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
    const results: StepResultInit[] = [];
    let sizeBytes = 0;
    for (const { sessionId, seq, answer } of frame.settled) {
      sizeBytes += boundAnswerBytes(answer, frame.detail);
      if (results.length > 0 && sizeBytes > MAX_FRAME_BYTES) break;
      results.push(encodeStepResult(sessionId, seq, answer, frame.detail));
    }
    frame.settled = frame.settled.slice(results.length);
    frame.unanswered -= results.length;
    if (frame.unanswered === 0) this.#frames.delete(frame);
    this.#write({ inReplyTo: frame.frameId, more: frame.unanswered > 0, step: { results } });
    this.#events.onAnswered(results.length);
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
