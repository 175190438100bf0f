// testcontainers wait strategy: a container is ready when its gRPC health service says SERVING, which a listening port
// does not promise. The library exports the interface and not its base class, so the time-out accessors are written out.

import { credentials, Metadata, makeGenericClientConstructor } from "@grpc/grpc-js";
import { service } from "grpc-health-check";
import type { BoundPorts, WaitStrategy } from "testcontainers";

const Health = makeGenericClientConstructor(service, "Health");

/** "SERVING", another status, or why there is none. */
export async function healthOf(address: string, deadlineMs = 1_000): Promise<string> {
  const client = new Health(address, credentials.createInsecure(), { "grpc.use_local_subchannel_pool": 1 });
  try {
    return await new Promise((resolve) => {
      const metadata = new Metadata({ waitForReady: true });
      const options = { deadline: Date.now() + deadlineMs };
      client["check"]?.({ service: "" }, metadata, options, (error: Error | null, answer?: { status: unknown }) => {
        const status = String(answer?.status);
        resolve(error?.message ?? (status === "1" ? "SERVING" : status));
      });
    });
  } finally {
    client.close();
  }
}

export class GrpcHealthWait implements WaitStrategy {
  readonly #containerPort: number;
  #timeoutMs = 60_000;
  #isSet = false;

  constructor(containerPort: number) {
    this.#containerPort = containerPort;
  }

  withStartupTimeout(timeoutMs: number): this {
    this.#timeoutMs = timeoutMs;
    this.#isSet = true;
    return this;
  }

  isStartupTimeoutSet(): boolean {
    return this.#isSet;
  }

  getStartupTimeout(): number {
    return this.#timeoutMs;
  }

  async waitUntilReady(_container: unknown, ports: BoundPorts): Promise<void> {
    await untilServing(`127.0.0.1:${ports.getBinding(this.#containerPort)}`, this.#timeoutMs);
  }
}

/** @throws {Error} with the last answer when the time is over. */
export async function untilServing(address: string, timeoutMs: number): Promise<void> {
  const endMs = Date.now() + timeoutMs;
  let last = "no answer";
  while (Date.now() < endMs) {
    last = await healthOf(address);
    if (last === "SERVING") return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`health of ${address} is not SERVING after ${timeoutMs} ms: ${last}`);
}
