// One Interact stream: the unary messages, pipelined (`protocol.md` section 10). Outcomes of one event-loop turn share a
// frame per request frame, no timer involved; an item's error never ends the stream. When the client reads too slowly
// the stream stops reading, so that memory is bounded by its window. What frames may ask for is their plane's business:
// `control-frames.ts` for a client, `agent-frames.ts` for the bearer of an agent token.

import type { ServerDuplexStream } from "@grpc/grpc-js";
import { AnchorgymError, fail } from "../../proto/errors.ts";
import type { Hello } from "../../proto/gen/anchorgym/v1/Hello.ts";
import type { InteractRequest } from "../../proto/gen/anchorgym/v1/InteractRequest.ts";
import type { InteractResponseInit } from "../../proto/gen/anchorgym/v1/InteractResponse.ts";
import type { LeaseInit } from "../../proto/gen/anchorgym/v1/Lease.ts";
import { encodeCallStatus, encodeStatus } from "../../proto/rich-status.ts";
import { encodeLimits } from "../codec/catalog-codec.ts";
import { encodeDuration, invalidField } from "../codec/field-checks.ts";
import { FrameOutbox } from "./frame-outbox.ts";
import type { InteractStreams, OpenStream } from "./interact-streams.ts";
import type { ServiceContext } from "./service-context.ts";

export type InteractCall = ServerDuplexStream<InteractRequest, InteractResponseInit>;

export const SERVER_VERSION = "0.1.0";

/** How one kind of effect goes through a stream. */
export interface Effect<Item, Result, Answer> {
  /** What the item counts in the window. */
  readonly creditOf: (item: Item) => number;
  readonly respond: (results: Result[]) => InteractResponseInit;
  readonly submit: (
    item: Item,
    index: number,
    settle: (answer: Answer | { readonly error: AnchorgymError }) => void,
  ) => void;
  readonly sizeOf: (answer: Answer | { readonly error: AnchorgymError }) => number;
  readonly encode: (item: Item, answer: Answer | { readonly error: AnchorgymError }) => Result;
}

/** The stream as its plane uses it. */
export interface FrameAnswers {
  /** Answers a frame at once. */
  send(response: InteractResponseInit): void;
  /** One frame of effects: each item is admitted while the window has room, and answered when it has settled. */
  effects<Item extends { sessionId: string; seq: number }, Result, Answer>(
    frameId: number,
    items: readonly Item[],
    effect: Effect<Item, Result, Answer>,
  ): void;
  /** Ends the stream with this status when all that is due was answered; frames that come later are not read. */
  leave(error: AnchorgymError): void;
}

/** What the frames of a stream may ask for. */
export interface FramePlane {
  /** Checks the first frame and opens the stream. @throws why it is refused */
  open(hello: Hello, frames: FrameAnswers): OpenedPlane;
}

export interface OpenedPlane {
  /** A second stream of the same key supersedes this one. */
  readonly key: string;
  /** Of the Welcome. */
  readonly lease?: LeaseInit;
  /** Any frame after the first. @throws what is answered as its problem */
  receive(frame: InteractRequest): void;
  /** The stream is over. */
  close(): void;
}

class InteractStream implements OpenStream, FrameAnswers {
  readonly #context: ServiceContext;
  readonly #streams: InteractStreams;
  readonly #call: InteractCall;
  readonly #plane: FramePlane;
  readonly #outbox: FrameOutbox;
  #opened: OpenedPlane | undefined;
  #maxInFlight: number;
  #inFlight = 0;
  #halfClosed = false;
  #leaving: AnchorgymError | undefined;
  #over = false;

  constructor(context: ServiceContext, streams: InteractStreams, call: InteractCall, plane: FramePlane) {
    this.#context = context;
    this.#streams = streams;
    this.#call = call;
    this.#plane = plane;
    this.#maxInFlight = context.limits.maxInFlightItems;
    this.#outbox = new FrameOutbox(call, {
      beforeAnswers: () => context.journal.commit(),
      onAnswered: (count) => {
        this.#inFlight -= count;
        this.#endWhenAnswered();
      },
      onStall: () => {
        context.counters.stream_write_stalls_total++;
        call.pause();
      },
      onDrain: () => call.resume(),
    });
    call.on("data", (frame: InteractRequest) => this.#receive(frame));
    call.on("end", () => {
      this.#halfClosed = true;
      this.#endWhenAnswered();
    });
    call.on("cancelled", () => this.#forget());
    call.on("error", () => this.#forget());
  }

  get inFlightItems(): number {
    return this.#inFlight;
  }

  drain(graceMs: number): void {
    this.#outbox.send({ goAway: { reason: "GO_AWAY_REASON_DRAINING", deadline: encodeDuration(graceMs) } });
  }

  cut(): void {
    this.#endWith(fail("DRAINING", "this server has shut down", { retryDelayMs: 1_000 }));
  }

  /** Another stream has the key: answers still due go to whoever asks again. */
  supersede(): void {
    if (this.#over) return;
    this.#outbox.send({ goAway: { reason: "GO_AWAY_REASON_SUPERSEDED" } });
    this.#end();
  }

  send(response: InteractResponseInit): void {
    this.#outbox.send(response);
  }

  leave(error: AnchorgymError): void {
    this.#leaving ??= error;
    this.#endWhenAnswered();
  }

  effects<Item extends { sessionId: string; seq: number }, Result, Answer>(
    frameId: number,
    items: readonly Item[],
    effect: Effect<Item, Result, Answer>,
  ): void {
    const answer = this.#outbox.expect(frameId, items.length, effect.respond);
    let room = this.#maxInFlight - this.#inFlight;
    for (const item of items) this.#inFlight += effect.creditOf(item);
    items.forEach((item, index) => {
      const credit = effect.creditOf(item);
      const settle = (settled: Answer | { readonly error: AnchorgymError }): void => {
        answer({ credit, sizeBytes: effect.sizeOf(settled), encode: () => effect.encode(item, settled) });
      };
      if (credit <= room) {
        room -= credit;
        effect.submit(item, index, settle);
        return;
      }
      room = 0; // what follows must not overtake what was refused
      const ids = { session: item.sessionId, seq: String(item.seq), max_in_flight_items: String(this.#maxInFlight) };
      const sentence = "more items are unanswered than this stream's window allows";
      settle({ error: fail("WINDOW_EXCEEDED", sentence, { ids, retryDelayMs: 10 }) });
    });
    this.#context.queue.run();
  }

  #receive(frame: InteractRequest): void {
    if (this.#over || this.#leaving !== undefined) return;
    if (this.#opened === undefined) {
      this.#greet(frame);
      return;
    }
    try {
      if (frame.frame === "hello") throw invalidField("hello", "must be the first frame only");
      this.#opened.receive(frame);
    } catch (thrown) {
      const error = AnchorgymError.from(thrown);
      if (error.reason === "INTERNAL_FAULT") this.#context.logger.error({ err: error }, "a frame broke");
      this.#outbox.send({ inReplyTo: frame.frameId, problem: encodeStatus(error) });
    }
  }

  #greet(frame: InteractRequest): void {
    try {
      if (frame.frame !== "hello" || frame.hello == null) throw invalidField("hello", "must be the first frame");
      this.#open(frame.frameId, frame.hello);
    } catch (thrown) {
      this.#endWith(AnchorgymError.from(thrown));
    }
  }

  #open(frameId: number, hello: Hello): void {
    const { counters, journal, limits, logger, isDraining } = this.#context;
    if (isDraining()) throw fail("DRAINING", "this server shuts down", { retryDelayMs: 1_000 });
    const opened = this.#plane.open(hello, this);
    this.#opened = opened;
    const asked = hello.maxInFlightItems;
    if (asked > 0) this.#maxInFlight = Math.min(asked, limits.maxInFlightItems);
    counters.streams_opened_total++;
    const former = this.#streams.open(opened.key, this);
    if (former !== undefined) {
      counters.streams_superseded_total++;
      former.supersede();
    }
    logger.debug({ superseded: former !== undefined }, "a stream opened");
    this.#outbox.send({
      inReplyTo: frameId,
      welcome: {
        limits: encodeLimits(limits, journal.durability, this.#maxInFlight),
        ...(opened.lease === undefined ? {} : { lease: opened.lease }),
        serverVersion: SERVER_VERSION,
      },
    });
  }

  #endWhenAnswered(): void {
    if (this.#inFlight > 0) return;
    if (this.#leaving !== undefined) this.#endWith(this.#leaving);
    else if (this.#halfClosed) this.#end();
  }

  #end(): void {
    if (this.#over) return;
    this.#forget();
    this.#call.end();
  }

  #endWith(error: AnchorgymError): void {
    if (this.#over) return;
    this.#forget();
    this.#call.emit("error", encodeCallStatus(error));
  }

  #forget(): void {
    this.#over = true;
    this.#outbox.close();
    if (this.#opened === undefined) return;
    this.#opened.close();
    this.#streams.remove(this.#opened.key, this);
  }
}

/** Serves one call of Interact until it ends. */
export function openStream(
  context: ServiceContext,
  streams: InteractStreams,
  call: InteractCall,
  plane: FramePlane,
): void {
  new InteractStream(context, streams, call, plane);
}
