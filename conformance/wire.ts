// Unary calls as promises, with statuses kept raw: code, reason, domain and metadata as they came, because the kit judges
// them. Every status that passes is recorded for the rule about statuses.

import {
  type ChannelCredentials,
  type Client,
  type ClientOptions,
  credentials,
  Metadata,
  type ServiceError,
} from "@grpc/grpc-js";
import { anchorgymV1, messageType } from "../proto/definition.ts";
import type { ErrorInfo, ErrorInfoInit } from "../proto/gen/google/rpc/ErrorInfo.ts";
import type { Status, StatusInit } from "../proto/gen/google/rpc/Status.ts";
import { Violation } from "./rule.ts";

const CALL_TIMEOUT_MS = 20_000;
const statusType = messageType<StatusInit, Status>("google.rpc.Status");
const errorInfoType = messageType<ErrorInfoInit, ErrorInfo>("google.rpc.ErrorInfo");

/** A status as it came. Reason and domain are empty where it carries no ErrorInfo. */
export interface SeenStatus {
  readonly code: number;
  readonly reason: string;
  readonly domain: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly message: string;
  /** The RPC or the kind of item that it answered. */
  readonly of: string;
}

/** A whole call was refused. */
export class CallRefused extends Error {
  override readonly name = "CallRefused";
  readonly status: SeenStatus;

  constructor(status: SeenStatus, cause: unknown) {
    super(`${status.of} was refused with ${describeStatus(status)}`, { cause });
    this.status = status;
  }
}

export function describeStatus(status: SeenStatus): string {
  return `code ${status.code}, reason ${JSON.stringify(status.reason)}: ${status.message}`;
}

type ServiceName = "CatalogService" | "EnvironmentService" | "VerifierService";

/** How the kit meets the server: in plain text and without a token where nothing is said. */
export interface WireSecurity {
  readonly channel?: ChannelCredentials;
  /** Sent as "authorization: Bearer ..." where a call brings no token of its own. */
  readonly token?: string;
  /** Name that the server's certificate is held against instead of the address. */
  readonly certificateName?: string;
}

export class Wire {
  readonly address: string;
  readonly channel: ChannelCredentials;
  readonly #security: WireSecurity;
  /** Everything refused so far. */
  readonly statuses: SeenStatus[] = [];
  readonly #clients = new Map<string, Client>();
  readonly options: ClientOptions;

  constructor(address: string, security: WireSecurity = {}) {
    const { channel = credentials.createInsecure(), certificateName } = security;
    this.address = address;
    this.channel = channel;
    this.#security = security;
    this.options = {
      "grpc.max_receive_message_length": 1_048_576,
      "grpc.enable_retries": 0,
      "grpc.enable_channelz": 0,
      "grpc.initial_reconnect_backoff_ms": 100,
      "grpc.max_reconnect_backoff_ms": 500,
      "grpc.use_local_subchannel_pool": 1,
      ...(certificateName === undefined ? {} : { "grpc.ssl_target_name_override": certificateName }),
    };
  }

  client(service: ServiceName): Client {
    let client = this.#clients.get(service);
    if (client === undefined) {
      const constructors = anchorgymV1 as unknown as Record<
        string,
        (new (address: string, security: ChannelCredentials, options: ClientOptions) => Client) | undefined
      >;
      const Constructor = constructors[service];
      if (Constructor === undefined) throw new Error(`proto/ declares no ${service}`);
      client = new Constructor(this.address, this.channel, this.options);
      this.#clients.set(service, client);
    }
    return client;
  }

  /** The same server at another address: that of a proxy, for which its certificate is not. */
  through(address: string): Wire {
    const { hostname } = new URL(`tcp://${this.address}`);
    const certificateName = this.#security.certificateName ?? hostname.replace(/^\[|\]$/g, "");
    return new Wire(address, { ...this.#security, certificateName });
  }

  /** @param token instead of the kit's own */
  metadata(token = this.#security.token, waitForReady = false): Metadata {
    const metadata = new Metadata({ waitForReady });
    if (token !== undefined) metadata.set("authorization", `Bearer ${token}`);
    return metadata;
  }

  /** @throws {CallRefused} */
  async call<Response>(service: ServiceName, method: string, request: object, token?: string): Promise<Response> {
    const client = this.client(service) as unknown as Record<string, (...words: unknown[]) => void>;
    const metadata = this.metadata(token, true);
    return new Promise((resolve, reject) => {
      const options = { deadline: Date.now() + CALL_TIMEOUT_MS };
      client[method]?.(request, metadata, options, (error: ServiceError | null, response: Response) => {
        if (error === null) resolve(response);
        else reject(new CallRefused(this.#seenInTrailer(error, method), error));
      });
    });
  }

  /** The status of a call that must be refused. @throws {Violation} when it is answered. */
  async refusal(service: ServiceName, method: string, request: object): Promise<SeenStatus> {
    try {
      await this.call(service, method, request);
    } catch (thrown) {
      if (thrown instanceof CallRefused) return thrown.status;
      throw thrown;
    }
    throw new Violation(`${method} was answered although it had to be refused`);
  }

  /** An item's status, decoded and recorded. */
  seen(status: Status, of: string): SeenStatus {
    const detail = status.details.find(({ type_url }) => type_url.endsWith("google.rpc.ErrorInfo"));
    const info = detail === undefined ? undefined : errorInfoType.deserialize(detail.value);
    const { reason = "", domain = "", metadata = {} } = info ?? {};
    const seen = { code: status.code, reason, domain, metadata, message: status.message, of };
    this.statuses.push(seen);
    return seen;
  }

  seenInError(error: ServiceError, of: string): SeenStatus {
    return this.#seenInTrailer(error, of);
  }

  #seenInTrailer(error: ServiceError, of: string): SeenStatus {
    const trailer = error.metadata?.get("grpc-status-details-bin")[0];
    if (trailer instanceof Buffer) {
      const status = statusType.deserialize(trailer);
      // The code that counts is the one gRPC itself carries.
      return this.seen({ ...status, code: error.code }, of);
    }
    const bare = { code: error.code, reason: "", domain: "", metadata: {}, message: error.details, of };
    this.statuses.push(bare);
    return bare;
  }

  close(): void {
    for (const client of this.#clients.values()) client.close();
  }
}
