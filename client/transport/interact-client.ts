// All steps of this process on one server, over one stream. Steps asked for in one turn of the event loop share a frame;
// at most a window of them is unanswered. A lost stream is rebuilt and what was unanswered is sent again: the server
// applies each (session, seq) once. Every step settles: with an outcome, or a typed error when the server stays away,
// stays silent, or says goodbye.
// It does not resume sessions; `session-recovery.ts` does.

import type { ClientDuplexStream } from "@grpc/grpc-js";
import { anchorgymV1 } from "../../proto/definition.ts";
import { type AnchorgymError, fail } from "../../proto/errors.ts";
import type { EnvironmentServiceClient } from "../../proto/gen/anchorgym/v1/EnvironmentService.ts";
import type { GoAway } from "../../proto/gen/anchorgym/v1/GoAway.ts";
import type { InteractRequestInit } from "../../proto/gen/anchorgym/v1/InteractRequest.ts";
import type { InteractResponse } from "../../proto/gen/anchorgym/v1/InteractResponse.ts";
import type { Outcome } from "../../proto/gen/anchorgym/v1/Outcome.ts";
import type { StepResult } from "../../proto/gen/anchorgym/v1/StepResult.ts";
import { decodeCallError, decodeStatus } from "../../proto/rich-status.ts";
import { backoffMs, STREAM_CHANNEL, type TransportTimeouts } from "./channel-options.ts";
import {
  ANONYMOUS_CLIENT,
  type ClientIdentity,
  callMetadata,
  channelCredentials,
  identityOptions,
} from "./client-identity.ts";
import { type PendingStep, PendingSteps, type StepItem } from "./pending-steps.ts";

type Stream = ClientDuplexStream<InteractRequestInit, InteractResponse>;

/** Items of one frame: keeps frames far below the message limit and the server's batch limit. */
const MAX_FRAME_ITEMS = 256;
/** Statuses of an item that mean "send it again", nothing else. */
const RESENT_REASONS: ReadonlySet<string> = new Set(["STEP_PENDING", "WINDOW_EXCEEDED"]);
const WATCH_PERIOD_MS = 250;

export interface InteractSettings {
  readonly address: string;
  readonly leaseId: string;
  readonly timeouts: TransportTimeouts;
  readonly identity?: ClientIdentity;
  /** Unanswered items that this client allows itself; the server may allow fewer. */
  readonly maxInFlightItems?: number;
}

/** What happened on the wire, for logs and tests; each count only grows. */
export interface InteractCounters {
  framesSent: number;
  itemsSent: number;
  itemsResent: number;
  reconnects: number;
  stepsGivenUp: number;
}

export class InteractClient {
  readonly counters: InteractCounters = { framesSent: 0, itemsSent: 0, itemsResent: 0, reconnects: 0, stepsGivenUp: 0 };
  readonly #settings: InteractSettings;
  #grpc: EnvironmentServiceClient;
  readonly #pending = new PendingSteps();
  /** Items of each unanswered frame, for the answer that refuses a frame as a whole. */
  readonly #frames = new Map<number, readonly PendingStep[]>();
  #stream: Stream | undefined;
  #welcomed = false;
  #goingAway = false;
  #writable = true;
  #window: number;
  #nextFrameId = 1;
  #flushScheduled = false;
  #failures = 0;
  #firstFailureAtMs = 0;
  #lastHeardAtMs = 0;
  #retryTimer: NodeJS.Timeout | undefined;
  #watch: NodeJS.Timeout | undefined;
  #renewal: NodeJS.Timeout | undefined;
  #closed = false;
  #isDurable = false;

  constructor(settings: InteractSettings) {
    this.#settings = settings;
    this.#window = settings.maxInFlightItems ?? 4_096;
    this.#grpc = this.#connect();
  }

  /**
   * One step.
   * @throws {AnchorgymError} the item's own status; SERVER_UNREACHABLE, DEADLINE_EXCEEDED, DRAINING (all retryable);
   *   CLIENT_CLOSED; MESSAGE_INVALID when this (session, seq) is being stepped already
   */
  async step(item: StepItem): Promise<Outcome> {
    if (this.#closed) throw this.#error("CLIENT_CLOSED", "this client is closed", item);
    if (this.#goingAway) throw this.#error("DRAINING", "the server shuts down and takes no new steps", item);
    return new Promise<Outcome>((resolve, reject) => {
      const overdueAtMs = performance.now() + this.#settings.timeouts.stepTimeoutMs;
      if (!this.#pending.add({ item, overdueAtMs, resolve, reject })) {
        reject(this.#error("MESSAGE_INVALID", "this seq of the session is being stepped already", item));
        return;
      }
      this.#startWatch();
      this.open();
      this.#scheduleFlush();
    });
  }

  /** The server keeps a log: its sessions can be resumed after its process died. Known from the first welcome on. */
  get isDurable(): boolean {
    return this.#isDurable;
  }

  /** Opens the stream, which from then on keeps the lease alive; without effect while one is open. */
  open(): void {
    if (this.#stream !== undefined || this.#retryTimer !== undefined || this.#closed) return;
    const stream: Stream = this.#grpc.Interact(callMetadata(this.#settings.identity ?? ANONYMOUS_CLIENT));
    this.#stream = stream;
    this.#welcomed = false;
    this.#goingAway = false;
    this.#writable = true;
    this.#lastHeardAtMs = performance.now();
    stream.on("data", (frame: InteractResponse) => {
      if (this.#stream === stream) this.#receive(frame);
    });
    stream.on("error", (thrown) => this.#lost(stream, decodeCallError(thrown)));
    stream.on("end", () => this.#lost(stream, undefined));
    stream.on("drain", () => {
      this.#writable = true;
      this.#scheduleFlush();
    });
    const { leaseId, timeouts, maxInFlightItems } = this.#settings;
    const leaseTtl = { seconds: Math.ceil(timeouts.leaseTtlMs / 1_000) };
    const hello = { clientId: `pid-${process.pid}`, leaseId, leaseTtl, maxInFlightItems: maxInFlightItems ?? 0 };
    this.#write({ frameId: this.#nextFrameId++, hello });
    this.#renewal ??= setInterval(() => this.#renewLease(), timeouts.leaseTtlMs / 3).unref();
  }

  /** Ends the stream; steps still waiting reject with CLIENT_CLOSED. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#rejectAll((step) => this.#error("CLIENT_CLOSED", "the client was closed", step.item));
    clearTimeout(this.#retryTimer);
    clearInterval(this.#renewal);
    this.#stopWatch();
    const stream = this.#stream;
    this.#stream = undefined;
    stream?.end();
    this.#grpc.close();
  }

  #connect(): EnvironmentServiceClient {
    const { address, identity = ANONYMOUS_CLIENT } = this.#settings;
    const options = { ...STREAM_CHANNEL, ...identityOptions(identity) };
    return new anchorgymV1.EnvironmentService(address, channelCredentials(identity), options);
  }

  #receive(frame: InteractResponse): void {
    this.#lastHeardAtMs = performance.now();
    switch (frame.frame) {
      case "welcome":
        this.#welcomed = true;
        this.#failures = 0;
        this.#window = frame.welcome?.limits?.maxInFlightItems || this.#window;
        this.#isDurable = ["DURABILITY_LOG", "DURABILITY_SYNC"].includes(String(frame.welcome?.limits?.durability));
        this.#scheduleFlush();
        return;
      case "step":
        if (!frame.more) this.#frames.delete(frame.inReplyTo);
        for (const result of frame.step?.results ?? []) this.#settle(result);
        this.#afterAnswers();
        return;
      case "problem": {
        const refused = this.#frames.get(frame.inReplyTo) ?? [];
        this.#frames.delete(frame.inReplyTo);
        const error = frame.problem == null ? undefined : decodeStatus(frame.problem, this.#place());
        for (const { item } of refused) {
          const step = this.#pending.settle(item.sessionId, item.seq);
          step?.reject(error ?? this.#error("ANSWER_INVALID", "a frame was refused without a status", item));
        }
        this.#afterAnswers();
        return;
      }
      case "goAway":
        this.#goAway(frame.goAway ?? null);
        return;
      default:
        return; // answers to renewals, and frames of later versions
    }
  }

  #settle(result: StepResult): void {
    const step = this.#pending.settle(result.sessionId, result.seq);
    if (step === undefined) return; // given up earlier; the caller knows
    if (result.result === "outcome" && result.outcome != null) {
      if (result.outcome.seq === result.seq) step.resolve(result.outcome);
      else step.reject(this.#error("ANSWER_INVALID", `the outcome has seq ${result.outcome.seq}`, step.item));
      return;
    }
    if (result.status == null) {
      step.reject(this.#error("ANSWER_INVALID", "the answer holds neither an outcome nor a status", step.item));
      return;
    }
    const error = decodeStatus(result.status, this.#place());
    if (!RESENT_REASONS.has(error.reason)) {
      step.reject(error);
      return;
    }
    this.counters.itemsResent++;
    setTimeout(() => {
      if (this.#closed) step.reject(this.#error("CLIENT_CLOSED", "the client was closed", step.item));
      else if (this.#pending.add(step)) this.#scheduleFlush();
    }, error.retryDelayMs ?? 10);
  }

  #afterAnswers(): void {
    if (this.#pending.unsentCount > 0) this.#scheduleFlush();
    if (this.#pending.size === 0) this.#stopWatch();
    if (this.#goingAway && this.#pending.sentCount === 0) this.#stream?.end();
  }

  #goAway(goAway: GoAway | null): void {
    this.#goingAway = true;
    if (goAway?.reason === "GO_AWAY_REASON_SUPERSEDED") {
      const sentence = "another stream took this client's lease; give each client process a lease of its own";
      this.#rejectAll((step) => this.#error("CLIENT_CLOSED", sentence, step.item));
    }
    // What was not sent yet never reaches this server; what was sent is still answered.
    while (this.#pending.unsentCount > 0) {
      for (const { item } of this.#pending.takeUnsent(this.#pending.unsentCount)) {
        const step = this.#pending.settle(item.sessionId, item.seq);
        step?.reject(this.#error("DRAINING", "the server shuts down and takes no new steps", item));
      }
    }
    this.#afterAnswers();
  }

  /** The stream broke or ended. What is unanswered is sent again as soon as there is another one. */
  #lost(stream: Stream, error: AnchorgymError | undefined): void {
    if (this.#stream !== stream) return;
    this.#stream = undefined;
    this.#welcomed = false;
    this.#goingAway = false;
    this.#frames.clear();
    this.counters.itemsResent += this.#pending.sentCount;
    this.#pending.unsendAll();
    if (this.#closed || this.#pending.size === 0) return;
    const nowMs = performance.now();
    if (this.#failures++ === 0) this.#firstFailureAtMs = nowMs;
    // What the server refuses on purpose stays refused; everything else may be a connection that broke.
    const isFatal = error?.name === "RequestError";
    if (isFatal || nowMs - this.#firstFailureAtMs >= this.#settings.timeouts.reconnectMs) {
      this.#failures = 0;
      this.#rejectAll(({ item }) => {
        if (isFatal) return error;
        const sentence = `the server is gone: ${error?.sentence ?? "it ended the stream"}`;
        return this.#error("SERVER_UNREACHABLE", sentence, item, error);
      });
      return;
    }
    this.#retryTimer = setTimeout(
      () => {
        this.#retryTimer = undefined;
        this.counters.reconnects++;
        this.open();
      },
      backoffMs(this.#failures - 1),
    );
  }

  #scheduleFlush(): void {
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    setImmediate(() => {
      this.#flushScheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    while (this.#welcomed && this.#writable && this.#pending.unsentCount > 0) {
      const credit = Math.min(MAX_FRAME_ITEMS, this.#window - this.#pending.sentCount);
      if (credit <= 0) return;
      const steps = this.#pending.takeUnsent(credit);
      if (steps.length === 0) continue;
      const frameId = this.#nextFrameId++;
      this.#frames.set(frameId, steps);
      this.counters.framesSent++;
      this.counters.itemsSent += steps.length;
      this.#write({ frameId, step: { items: steps.map(({ item }) => item), detail: "DETAIL_FULL" } });
    }
  }

  #write(frame: InteractRequestInit): void {
    if (this.#stream?.write(frame) === false) this.#writable = false;
  }

  #renewLease(): void {
    if (this.#stream === undefined) {
      if (this.#retryTimer === undefined) this.open(); // lost while idle: the lease still wants its signs of life
      return;
    }
    if (this.#welcomed && !this.#goingAway) {
      this.#write({ frameId: this.#nextFrameId++, renewLease: { leaseId: this.#settings.leaseId } });
    }
  }

  /** While steps wait: finds overdue steps and a silent stream. Nothing here keeps an idle process alive. */
  #startWatch(): void {
    this.#watch ??= setInterval(() => {
      const nowMs = performance.now();
      const { stepTimeoutMs, leaseTtlMs } = this.#settings.timeouts;
      for (const step of this.#pending.takeOverdue(nowMs)) {
        this.counters.stepsGivenUp++;
        step.reject(this.#error("DEADLINE_EXCEEDED", `no answer within ${stepTimeoutMs} ms`, step.item));
      }
      if (this.#pending.size === 0) {
        this.#stopWatch();
        return;
      }
      const stream = this.#stream;
      if (stream !== undefined && nowMs - this.#lastHeardAtMs > leaseTtlMs / 2) {
        const silence = fail("SERVER_UNREACHABLE", `the server was silent for ${leaseTtlMs / 2} ms`);
        this.#lost(stream, silence);
        stream.cancel();
        // The connection under the stream may be as dead, and would not say so: the next stream gets another one.
        this.#grpc.close();
        this.#grpc = this.#connect();
      }
    }, WATCH_PERIOD_MS);
  }

  #stopWatch(): void {
    clearInterval(this.#watch);
    this.#watch = undefined;
  }

  #rejectAll(errorOf: (step: PendingStep) => AnchorgymError): void {
    this.#frames.clear();
    for (const step of this.#pending.takeAll()) step.reject(errorOf(step));
    this.#stopWatch();
  }

  #place(): { readonly endpoint: string } {
    return { endpoint: this.#settings.address };
  }

  #error(reason: Parameters<typeof fail>[0], sentence: string, item: StepItem, cause?: unknown): AnchorgymError {
    const ids = { session: item.sessionId, seq: String(item.seq), ...this.#place() };
    return fail(reason, sentence, cause === undefined ? { ids } : { ids, cause });
  }
}
