// Channel settings and time limits of the transport, in one place. The numbers are defaults that a caller may override;
// `protocol.md` section 13 says why the switches are as they are.

import type { ChannelOptions } from "@grpc/grpc-js";

/** Both ends limit both directions: gRPC's own defaults are 4 MiB received and no bound sent. */
export const MAX_MESSAGE_BYTES = 1_048_576;

export interface TransportTimeouts {
  /** Until a server that starts up answers its first call. */
  readonly connectTimeoutMs: number;
  /** One unary call, retries included. */
  readonly callTimeoutMs: number;
  /** One step, reconnects included; beyond it the step rejects with DEADLINE_EXCEEDED. */
  readonly stepTimeoutMs: number;
  /** How long a broken stream is rebuilt before its steps reject with SERVER_UNREACHABLE. */
  readonly reconnectMs: number;
  /**
   * How long steps and creating calls wait for a server with a log to come back: what it acknowledged is not lost with
   * its process. A server without a log gets `reconnectMs`.
   */
  readonly recoverMs: number;
  /** Ttl of the lease: the server suspends the sessions of a client that was silent for so long. */
  readonly leaseTtlMs: number;
}

export const DEFAULT_TIMEOUTS: TransportTimeouts = {
  connectTimeoutMs: 15_000,
  callTimeoutMs: 30_000,
  stepTimeoutMs: 30_000,
  reconnectMs: 3_000,
  recoverMs: 60_000,
  leaseTtlMs: 60_000,
};

const COMMON: ChannelOptions = {
  "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
  "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
  "grpc.enable_channelz": 0,
  "grpc.enable_retries": 0, // retries are ours: they know which calls are safe
  "grpc.keepalive_time_ms": 60_000,
  "grpc.initial_reconnect_backoff_ms": 100,
  "grpc.min_reconnect_backoff_ms": 100,
  "grpc.max_reconnect_backoff_ms": 1_000,
};

export const UNARY_CHANNEL: ChannelOptions = COMMON;

/** A connection of its own: unary calls never queue behind the frames of the stream. */
export const STREAM_CHANNEL: ChannelOptions = { ...COMMON, "grpc.use_local_subchannel_pool": 1 };

/** Waits before the n-th retry, in milliseconds: doubling from 50, at most 1,000. No jitter: one client, few servers. */
export function backoffMs(attempt: number): number {
  return Math.min(1_000, 50 * 2 ** attempt);
}

export async function sleep(durationMs: number): Promise<void> {
  await new Promise<void>((resolve) => setTimeout(resolve, durationMs));
}
