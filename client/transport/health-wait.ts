// Waits for a server's health service to say SERVING. A listening port is not a server that serves.

import {
  type ChannelCredentials,
  type ClientUnaryCall,
  credentials,
  Metadata,
  makeGenericClientConstructor,
} from "@grpc/grpc-js";
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

/** Where and how a server is asked whether it serves. */
export interface HealthPlace {
  readonly address: string;
  /** Absent: plain text. */
  readonly credentials?: ChannelCredentials;
  /** Name that the server's certificate is held against instead of the address. */
  readonly certificateName?: string;
}

/** @param deadlineMs on the wall clock. @throws {AnchorgymError} DEADLINE_EXCEEDED, SERVER_UNREACHABLE */
export async function awaitServing(place: HealthPlace, deadlineMs: number): Promise<void> {
  const { address, certificateName } = place;
  const channel = certificateName === undefined ? {} : { "grpc.ssl_target_name_override": certificateName };
  const client = new HealthClient(address, place.credentials ?? credentials.createInsecure(), channel);
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
