// The advertised address of several workers on one machine (`protocol.md` section 2, placement). It creates on the
// workers, refers sessions to them by `Session.endpoint`, and forwards unary calls: correct, but slow; the hot path goes
// straight to a worker. It holds no session and knows no caller: workers are told who called and decide. Interact is
// served by workers alone.

import type { ServerUnaryCall, sendUnaryData } from "@grpc/grpc-js";
import { anchorgymV1 } from "../../proto/definition.ts";
import { AnchorgymError, fail } from "../../proto/errors.ts";
import { encodeCallStatus } from "../../proto/rich-status.ts";
import { dialable, GrpcPort } from "../grpc-port.ts";
import { pinnedCredentials, proofOfConnection } from "../security/forwarding.ts";
import { serverCredentials, type TlsSettings } from "../security/transport-security.ts";
import { type ForwardedCall, type ServiceName, type WorkerAddress, Workers } from "./forward.ts";
import { FORWARDS, type Forward } from "./routes.ts";

export interface FrontOptions {
  readonly host: string;
  readonly port: number;
  /** Must stay the same when a worker is replaced. */
  readonly workers: readonly WorkerAddress[];
  /** What workers know their front by. */
  readonly forwardKey: string;
  /** Of the front and of its workers alike. Absent: plain text. */
  readonly tls: TlsSettings | undefined;
  /** Workers ask who calls. */
  readonly authenticates: boolean;
  readonly maxMessageBytes: number;
}

export interface RunningFront {
  readonly address: string;
  /** NOT_SERVING, then the end of the port; workers are drained by whoever started them. */
  drain(): Promise<void>;
}

type Handler = (call: ServerUnaryCall<never, unknown>, callback: sendUnaryData<unknown>) => void;

function handlerOf(workers: Workers, service: ServiceName, method: string, forward: Forward): Handler {
  return (incoming, callback) => {
    const proof = proofOfConnection(incoming.metadata, incoming.getAuthContext());
    const call: ForwardedCall = { service, method, proof, deadline: incoming.getDeadline() };
    forward(workers, call, incoming.request).then(
      (response) => callback(null, response),
      (thrown: unknown) => callback(isServiceError(thrown) ? thrown : encodeCallStatus(AnchorgymError.from(thrown))),
    );
  };
}

/** @throws {ConfigError} CONFIG_INVALID when the address cannot be had, or for tls that is none */
export async function createFront(options: FrontOptions): Promise<RunningFront> {
  const { host, tls } = options;
  const workers = new Workers(options.workers, options.forwardKey, pinnedCredentials(tls));
  const port = new GrpcPort(options.maxMessageBytes);
  for (const [service, forwards] of Object.entries(FORWARDS) as [ServiceName, Readonly<Record<string, Forward>>][]) {
    const handlers: Record<string, unknown> = {};
    for (const [method, forward] of Object.entries(forwards)) {
      handlers[method] = handlerOf(workers, service, method, forward);
    }
    if (service === "EnvironmentService") {
      handlers["Interact"] = (stream: { emit(event: "error", error: unknown): void }) => {
        const sentence = "this address creates and refers; open the stream at Session.endpoint";
        const ids = { endpoint: workers.addresses.join(",") };
        stream.emit("error", encodeCallStatus(fail("WRONG_ENDPOINT", sentence, { ids })));
      };
    }
    port.addService(anchorgymV1[service].service, handlers as never);
  }
  const bound = await port.listen(host, options.port, serverCredentials(host, tls, options.authenticates));
  port.setHealth("SERVING");
  return {
    address: dialable(host, bound),
    drain: async () => {
      port.setHealth("NOT_SERVING");
      await port.stop(1_000);
      workers.close();
    },
  };
}

/** A worker's own refusal: its code, sentence and details travel on unchanged. */
function isServiceError(thrown: unknown): thrown is { code: number; details: string } {
  return thrown instanceof Error && "code" in thrown && "details" in thrown;
}
