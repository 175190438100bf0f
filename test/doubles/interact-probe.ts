// A raw Interact stream for tests: sends frames, keeps what comes back, and waits for conditions on it.

import { type ClientDuplexStream, Metadata, type StatusObject } from "@grpc/grpc-js";
import type { AnchorgymError } from "../../proto/errors.ts";
import type { InteractRequestInit } from "../../proto/gen/anchorgym/v1/InteractRequest.ts";
import type { InteractResponse } from "../../proto/gen/anchorgym/v1/InteractResponse.ts";
import type { StepResult } from "../../proto/gen/anchorgym/v1/StepResult.ts";
import { decodeCallError } from "../../proto/rich-status.ts";
import { environmentClient, onClose } from "./running-server.ts";

export class InteractProbe {
  readonly frames: InteractResponse[] = [];
  readonly stream: ClientDuplexStream<InteractRequestInit, InteractResponse>;
  error: AnchorgymError | undefined;
  status: StatusObject | undefined;
  #wake: () => void = () => undefined;

  constructor(address: string, token?: string) {
    const metadata = new Metadata();
    if (token !== undefined) metadata.set("authorization", `Bearer ${token}`);
    this.stream = environmentClient(address).Interact(metadata);
    this.stream.on("data", (frame: InteractResponse) => {
      this.frames.push(frame);
      this.#wake();
    });
    this.stream.on("error", (thrown) => {
      this.error = decodeCallError(thrown);
      this.#wake();
    });
    this.stream.on("status", (status) => {
      this.status = status;
      this.#wake();
    });
    onClose(() => this.stream.cancel());
  }

  send(...frames: InteractRequestInit[]): void {
    for (const frame of frames) this.stream.write(frame);
  }

  async hello(leaseId = "lease-1", more: object = {}): Promise<InteractResponse> {
    this.send({ frameId: 1, hello: { leaseId, ...more } });
    await this.until(() => this.frames.some((frame) => frame.frame === "welcome"));
    return this.frames[0] as InteractResponse;
  }

  /** Resolves when the condition holds; the test's own timeout is the limit. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  answersTo(frameId: number): readonly InteractResponse[] {
    return this.frames.filter((frame) => frame.inReplyTo === frameId);
  }

  /** All step results of a frame, once it is answered completely. */
  async results(frameId: number): Promise<readonly StepResult[]> {
    await this.until(() => this.answersTo(frameId).some((frame) => !frame.more));
    return this.answersTo(frameId).flatMap((frame) => frame.step?.results ?? []);
  }
}
