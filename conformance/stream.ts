// One Interact stream of the kit: sends frames, keeps everything that comes back in order, and waits with a limit.

import type { ClientDuplexStream, Metadata, ServiceError } from "@grpc/grpc-js";
import type { InteractRequestInit } from "../proto/gen/anchorgym/v1/InteractRequest.ts";
import type { InteractResponse } from "../proto/gen/anchorgym/v1/InteractResponse.ts";
import type { StepResult } from "../proto/gen/anchorgym/v1/StepResult.ts";
import { Violation } from "./rule.ts";
import type { SeenStatus, Wire } from "./wire.ts";

const WAIT_MS = 15_000;

export class Stream {
  readonly frames: InteractResponse[] = [];
  /** How it ended: undefined while it lives, "ended" for a proper end. */
  end: "ended" | SeenStatus | undefined;
  readonly #call: ClientDuplexStream<InteractRequestInit, InteractResponse>;
  #wake: () => void = () => undefined;

  constructor(wire: Wire, token?: string) {
    const client = wire.client("EnvironmentService") as unknown as {
      Interact(metadata: Metadata): ClientDuplexStream<InteractRequestInit, InteractResponse>;
    };
    this.#call = client.Interact(wire.metadata(token));
    this.#call.on("data", (frame: InteractResponse) => {
      this.frames.push(frame);
      this.#wake();
    });
    this.#call.on("error", (error: ServiceError) => {
      this.end = wire.seenInError(error, "Interact");
      this.#wake();
    });
    this.#call.on("status", ({ code }) => {
      if (code === 0) this.end ??= "ended";
      this.#wake();
    });
  }

  static async open(wire: Wire, leaseId: string, more: object = {}): Promise<Stream> {
    const stream = new Stream(wire);
    stream.send({ frameId: 1, hello: { clientId: "conformance", leaseId, ...more } });
    await stream.until(() => stream.frames.length > 0, "a Welcome");
    return stream;
  }

  /** As the bearer of an agent token, who has no lease. */
  static async openAsAgent(wire: Wire, token: string): Promise<Stream> {
    const stream = new Stream(wire, token);
    stream.send({ frameId: 1, hello: { clientId: "conformance" } });
    await stream.until(() => stream.frames.length > 0, "a Welcome");
    return stream;
  }

  send(...frames: readonly InteractRequestInit[]): void {
    for (const frame of frames) this.#call.write(frame);
  }

  /** @throws {Violation} when the stream ends or the time is over before. */
  async until(condition: () => boolean, what: string): Promise<void> {
    const endMs = performance.now() + WAIT_MS;
    while (!condition()) {
      if (this.end !== undefined) throw new Violation(`the stream ended (${JSON.stringify(this.end)}) before ${what}`);
      const leftMs = endMs - performance.now();
      if (leftMs <= 0) throw new Violation(`${what} did not come within ${WAIT_MS} ms`);
      await this.#tick(leftMs);
    }
  }

  /** Waits for the end of the stream. */
  async ended(): Promise<"ended" | SeenStatus> {
    const endMs = performance.now() + WAIT_MS;
    while (this.end === undefined) {
      const leftMs = endMs - performance.now();
      if (leftMs <= 0) throw new Violation(`the stream did not end within ${WAIT_MS} ms`);
      await this.#tick(leftMs);
    }
    return this.end;
  }

  /** The status with which the first frame was refused. @throws {Violation} when it was answered */
  async refusal(): Promise<SeenStatus> {
    const endMs = performance.now() + WAIT_MS;
    while (this.end === undefined && this.frames.length === 0 && performance.now() < endMs) {
      await this.#tick(endMs - performance.now());
    }
    if (typeof this.end === "object") return this.end;
    const seen = this.frames[0]?.frame ?? this.end ?? "nothing";
    throw new Violation(`a stream was to be refused with a status, seen ${seen}`);
  }

  answersTo(frameId: number): readonly InteractResponse[] {
    return this.frames.filter(({ inReplyTo }) => inReplyTo === frameId);
  }

  /** All results of a step frame, when its last part has come. */
  async results(frameId: number): Promise<readonly StepResult[]> {
    const isLast = ({ more }: InteractResponse): boolean => !more;
    await this.until(() => this.answersTo(frameId).some(isLast), `the last answer to frame ${frameId}`);
    return this.answersTo(frameId).flatMap(({ step }) => step?.results ?? []);
  }

  halfClose(): void {
    this.#call.end();
  }

  cancel(): void {
    this.#call.on("error", () => undefined);
    this.#call.cancel();
  }

  async #tick(limitMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, limitMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
