// Waits for a server's health service to say SERVING. A listening port is not a server that serves.

import { type ClientUnaryCall, credentials, Metadata, makeGenericClientConstructor } from "@grpc/grpc-js";
import { service } from "grpc-health-check";
import { decodeCallError } from "../../proto/rich-status.ts";
import { sleep } from "./channel-options.ts";

const HealthClient = makeGenericClientConstructor(service, "Health");
type Check = (
  request: { service: string },
  metadata: Metadata,
  options: { deadline: number },
  callback: (error: Error | null, reply?: { status?: string | number }) => void,
) => ClientUnaryCall;

/** @param deadlineMs on the wall clock. @throws {AnchorgymError} DEADLINE_EXCEEDED, SERVER_UNREACHABLE */
export async function awaitServing(address: string, deadlineMs: number): Promise<void> {
  const client = new HealthClient(address, credentials.createInsecure());
  try {
    const check = client["check"]?.bind(client) as Check;
    for (;;) {
      const isServing = await new Promise<boolean>((resolve, reject) => {
        check({ service: "" }, new Metadata({ waitForReady: true }), { deadline: deadlineMs }, (error, reply) => {
          if (error !== null) reject(decodeCallError(error, { endpoint: address }));
          else resolve(reply?.status === "SERVING" || reply?.status === 1);
        });
      });
      if (isServing) return;
      await sleep(50);
    }
  } finally {
    client.close();
  }
}
