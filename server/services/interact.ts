// Interact: the unary messages, pipelined over one stream per client process (`protocol.md` section 10). Outcomes of
// one event-loop turn share a frame per request frame, no timer involved; an item's error never ends the stream. When
// the client reads too slowly the stream stops reading, so that memory is bounded by its window.

import type { handleBidiStreamingCall, ServerDuplexStream } from "@grpc/grpc-js";
import { AnchorgymError, fail } from "../../proto/errors.ts";
import type { BranchItem } from "../../proto/gen/anchorgym/v1/BranchItem.ts";
import type { BranchResultInit } from "../../proto/gen/anchorgym/v1/BranchResult.ts";
import type { BranchStepRequest } from "../../proto/gen/anchorgym/v1/BranchStepRequest.ts";
import type { CommitBranchRequest } from "../../proto/gen/anchorgym/v1/CommitBranchRequest.ts";
import type { CommitItem } from "../../proto/gen/anchorgym/v1/CommitItem.ts";
import type { Hello } from "../../proto/gen/anchorgym/v1/Hello.ts";
import type { InteractRequest } from "../../proto/gen/anchorgym/v1/InteractRequest.ts";
import type { InteractResponseInit } from "../../proto/gen/anchorgym/v1/InteractResponse.ts";
import type { StepItem } from "../../proto/gen/anchorgym/v1/StepItem.ts";
import type { StepRequest } from "../../proto/gen/anchorgym/v1/StepRequest.ts";
import type { StepResultInit } from "../../proto/gen/anchorgym/v1/StepResult.ts";
import { encodeCallStatus, encodeStatus } from "../../proto/rich-status.ts";
import { boundBranchBytes, encodeBranchResult } from "../codec/branch-codec.ts";
import { encodeLimits } from "../codec/catalog-codec.ts";
import { checkClientId, decodeDuration, encodeDuration, invalidField } from "../codec/field-checks.ts";
import { encodeLease } from "../codec/group-codec.ts";
import { boundAnswerBytes, decodeDetail, encodeStepResult } from "../codec/step-codec.ts";
import type { BranchAnswer, StepAnswer } from "../sessions/session-items.ts";
import { checkBranches, tooLarge } from "./branch.ts";
import { closeSessions } from "./close-sessions.ts";
import { FrameOutbox } from "./frame-outbox.ts";
import { renewLease } from "./renew-lease.ts";
import type { ServiceContext } from "./service-context.ts";
import { checkBatch, submitBranchItem, submitCommitItem, submitItem } from "./step.ts";

type Call = ServerDuplexStream<InteractRequest, InteractResponseInit>;

export const SERVER_VERSION = "0.1.0";

/** The open streams of a server, by lease: supersession and the goodbye of a drain. */
export class InteractStreams {
  readonly #byLease = new Map<string, InteractStream>();
  #emptyWaiters: (() => void)[] = [];

  /** Registers a stream and ends the one that it supersedes. */
  open(leaseId: string, stream: InteractStream): InteractStream | undefined {
    const former = this.#byLease.get(leaseId);
    this.#byLease.set(leaseId, stream);
    return former;
  }

  remove(leaseId: string, stream: InteractStream): void {
    if (this.#byLease.get(leaseId) !== stream) return;
    this.#byLease.delete(leaseId);
    if (this.#byLease.size === 0) for (const wake of this.#emptyWaiters.splice(0)) wake();
  }

  get size(): number {
    return this.#byLease.size;
  }

  /** Unanswered items over all streams. */
  get inFlightItems(): number {
    let items = 0;
    for (const stream of this.#byLease.values()) items += stream.inFlightItems;
    return items;
  }

  /** Says goodbye on every stream; each ends when its client half-closes. */
  drain(graceMs: number): void {
    for (const stream of this.#byLease.values()) stream.drain(graceMs);
  }

  /** Ends what is still open with DRAINING; unanswered steps were had or not, and their answers are lost. */
  end(): void {
    for (const stream of [...this.#byLease.values()]) stream.cut();
  }

  /** Resolves when no stream is open. */
  async empty(): Promise<void> {
    if (this.#byLease.size === 0) return;
    await new Promise<void>((resolve) => this.#emptyWaiters.push(resolve));
  }
}

class InteractStream {
  readonly #context: ServiceContext;
  readonly #streams: InteractStreams;
  readonly #call: Call;
  readonly #outbox: FrameOutbox;
  #leaseId: string | undefined;
  #maxInFlight: number;
  #inFlight = 0;
  #halfClosed = false;
  #over = false;

  constructor(context: ServiceContext, streams: InteractStreams, call: Call) {
    this.#context = context;
    this.#streams = streams;
    this.#call = call;
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
    if (this.#over) return;
    this.#forget();
    this.#call.emit("error", encodeCallStatus(fail("DRAINING", "this server has shut down", { retryDelayMs: 1_000 })));
  }

  /** Another stream has the lease: answers still due go to whoever asks again. */
  supersede(): void {
    if (this.#over) return;
    this.#outbox.send({ goAway: { reason: "GO_AWAY_REASON_SUPERSEDED" } });
    this.#end();
  }

  #receive(frame: InteractRequest): void {
    if (this.#over) return;
    if (this.#leaseId === undefined) {
      this.#greet(frame);
      return;
    }
    const { frameId } = frame;
    try {
      this.#context.table.leases.renew(this.#leaseId, undefined, this.#context.nowMs());
      switch (frame.frame) {
        case "step":
          if (frame.step != null) this.#step(frameId, frame.step);
          return;
        case "branchStep":
          if (frame.branchStep != null) this.#branch(frameId, frame.branchStep);
          return;
        case "commitBranch":
          if (frame.commitBranch != null) this.#commit(frameId, frame.commitBranch);
          return;
        case "closeSessions":
          if (frame.closeSessions != null) {
            this.#outbox.send({ inReplyTo: frameId, closeSessions: closeSessions(this.#context, frame.closeSessions) });
          }
          return;
        case "renewLease":
          if (frame.renewLease != null) {
            this.#outbox.send({ inReplyTo: frameId, renewLease: renewLease(this.#context, frame.renewLease) });
          }
          return;
        case "hello":
          throw invalidField("hello", "must be the first frame only");
        default:
          throw invalidField("frame", "must be set to a frame that this version knows");
      }
    } catch (thrown) {
      const error = AnchorgymError.from(thrown);
      if (error.reason === "INTERNAL_FAULT") this.#context.logger.error({ err: error }, "a frame broke");
      this.#outbox.send({ inReplyTo: frameId, problem: encodeStatus(error) });
    }
  }

  #greet(frame: InteractRequest): void {
    try {
      if (frame.frame !== "hello" || frame.hello == null) throw invalidField("hello", "must be the first frame");
      this.#hello(frame.frameId, frame.hello);
    } catch (thrown) {
      this.#over = true;
      this.#call.emit("error", encodeCallStatus(AnchorgymError.from(thrown)));
    }
  }

  #hello(frameId: number, hello: Hello): void {
    const { counters, limits, logger, nowMs, table, isDraining } = this.#context;
    const leaseId = checkClientId(hello.leaseId, "hello.lease_id");
    const ttlMs = decodeDuration(hello.leaseTtl, "hello.lease_ttl");
    if (isDraining()) throw fail("DRAINING", "this server shuts down", { retryDelayMs: 1_000 });
    const lease = table.leases.renew(leaseId, ttlMs, nowMs());
    this.#leaseId = leaseId;
    const asked = hello.maxInFlightItems;
    if (asked > 0) this.#maxInFlight = Math.min(asked, limits.maxInFlightItems);
    counters.streams_opened_total++;
    const former = this.#streams.open(leaseId, this);
    if (former !== undefined) {
      counters.streams_superseded_total++;
      former.supersede();
    }
    logger.debug({ sessions: lease.sessions.size, superseded: former !== undefined }, "a stream opened");
    this.#outbox.send({
      inReplyTo: frameId,
      welcome: {
        limits: encodeLimits(limits, this.#context.journal.durability, this.#maxInFlight),
        lease: encodeLease(lease, table.suspendedOf(leaseId).size, nowMs(), Date.now()),
        serverVersion: SERVER_VERSION,
      },
    });
  }

  #step(frameId: number, request: StepRequest): void {
    const { items } = request;
    checkBatch(this.#context, items);
    const detail = decodeDetail(request.detail);
    this.#effects<StepItem, StepResultInit, StepAnswer>(frameId, items, {
      creditOf: () => 1,
      respond: (results) => ({ step: { results } }),
      submit: (item, index, settle) => submitItem(this.#context, item, index, settle),
      sizeOf: (answer) => boundAnswerBytes(answer, detail),
      encode: ({ sessionId, seq }, answer) => encodeStepResult(sessionId, seq, answer, detail),
    });
  }

  #commit(frameId: number, request: CommitBranchRequest): void {
    const { items } = request;
    checkBatch(this.#context, items);
    const detail = decodeDetail(request.detail);
    this.#effects<CommitItem, StepResultInit, StepAnswer>(frameId, items, {
      creditOf: () => 1,
      respond: (results) => ({ commitBranch: { results } }),
      submit: (item, index, settle) => submitCommitItem(this.#context, item, index, settle),
      sizeOf: (answer) => boundAnswerBytes(answer, detail),
      encode: ({ sessionId, seq }, answer) => encodeStepResult(sessionId, seq, answer, detail),
    });
  }

  #branch(frameId: number, request: BranchStepRequest): void {
    checkBranches(this.#context, request);
    const detail = decodeDetail(request.detail);
    const { maxMessageBytes } = this.#context.limits;
    this.#effects<BranchItem, BranchResultInit, BranchAnswer>(frameId, request.items, {
      creditOf: ({ candidates }) => Math.max(1, candidates.length),
      respond: (results) => ({ branchStep: { results } }),
      submit: (item, index, settle) => submitBranchItem(this.#context, item, index, settle),
      sizeOf: (answer) => boundBranchBytes(answer, detail),
      encode: ({ sessionId, seq }, answer) => {
        const fits = boundBranchBytes(answer, detail) <= maxMessageBytes;
        const sent = fits ? answer : { error: tooLarge(sessionId, maxMessageBytes) };
        return encodeBranchResult(sessionId, seq, sent, detail);
      },
    });
  }

  /** One frame of effects: each item is admitted while the window has room, and answered when it has settled. */
  #effects<Item extends { sessionId: string; seq: number }, Result, Answer>(
    frameId: number,
    items: readonly Item[],
    effect: {
      readonly creditOf: (item: Item) => number;
      readonly respond: (results: Result[]) => InteractResponseInit;
      readonly submit: (
        item: Item,
        index: number,
        settle: (answer: Answer | { readonly error: AnchorgymError }) => void,
      ) => void;
      readonly sizeOf: (answer: Answer | { readonly error: AnchorgymError }) => number;
      readonly encode: (item: Item, answer: Answer | { readonly error: AnchorgymError }) => Result;
    },
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

  #endWhenAnswered(): void {
    if (this.#halfClosed && this.#inFlight === 0) this.#end();
  }

  #end(): void {
    if (this.#over) return;
    this.#forget();
    this.#call.end();
  }

  #forget(): void {
    this.#over = true;
    this.#outbox.close();
    if (this.#leaseId !== undefined) this.#streams.remove(this.#leaseId, this);
  }
}

export function interactHandler(
  context: ServiceContext,
  streams: InteractStreams,
): handleBidiStreamingCall<InteractRequest, InteractResponseInit> {
  return (call) => {
    new InteractStream(context, streams, call);
  };
}
