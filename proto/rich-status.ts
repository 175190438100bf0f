// Errors on the wire: AnchorgymError <-> google.rpc.Status with ErrorInfo, RetryInfo and BadRequest (`protocol.md`
// section 11). Item statuses and call statuses carry the same details; a call puts them into the trailer
// grpc-status-details-bin. Messages of foreign errors are kept, their stacks never travel.

import { Metadata, type ServiceError, type StatusObject, status } from "@grpc/grpc-js";
import { messageType } from "./definition.ts";
import { AnchorgymError, type ErrorIds, fail, GRPC_CODES, isReason, type Reason } from "./errors.ts";
import type { BadRequest, BadRequestInit } from "./gen/google/rpc/BadRequest.ts";
import type { ErrorInfo, ErrorInfoInit } from "./gen/google/rpc/ErrorInfo.ts";
import type { RetryInfo, RetryInfoInit } from "./gen/google/rpc/RetryInfo.ts";
import type { Status, StatusInit } from "./gen/google/rpc/Status.ts";

const DOMAIN = "anchorgym";
const TRAILER = "grpc-status-details-bin";
const TYPE_PREFIX = "type.googleapis.com/";
/** Details stay below 4 KiB in all, so that they fit any proxy's header limit. */
const MAX_SENTENCE_CHARS = 1_000;

const statusType = messageType<StatusInit, Status>("google.rpc.Status");
const errorInfoType = messageType<ErrorInfoInit, ErrorInfo>("google.rpc.ErrorInfo");
const retryInfoType = messageType<RetryInfoInit, RetryInfo>("google.rpc.RetryInfo");
const badRequestType = messageType<BadRequestInit, BadRequest>("google.rpc.BadRequest");

const packAny = (name: string, value: Buffer) => ({ type_url: `${TYPE_PREFIX}google.rpc.${name}`, value });

function clip(text: string): string {
  return text.length > MAX_SENTENCE_CHARS ? `${text.slice(0, MAX_SENTENCE_CHARS - 1)}…` : text;
}

/** A status for one item of an answer. */
export function encodeStatus(error: AnchorgymError): StatusInit {
  const metadata = Object.fromEntries(Object.entries(error.ids).map(([key, value]) => [key, clip(value)]));
  const details = [packAny("ErrorInfo", errorInfoType.serialize({ reason: error.reason, domain: DOMAIN, metadata }))];
  if (error.retryDelayMs !== undefined) {
    const retryDelay = {
      seconds: Math.floor(error.retryDelayMs / 1_000),
      nanos: Math.round(error.retryDelayMs % 1_000) * 1_000_000,
    };
    details.push(packAny("RetryInfo", retryInfoType.serialize({ retryDelay })));
  }
  const field = error.ids["field"];
  if (field !== undefined) {
    const fieldViolations = [{ field, description: clip(error.sentence) }];
    details.push(packAny("BadRequest", badRequestType.serialize({ fieldViolations })));
  }
  return { code: GRPC_CODES[error.code], message: clip(error.sentence), details };
}

/** A status for a whole call. */
export function encodeCallStatus(error: AnchorgymError): Pick<StatusObject, "code" | "details" | "metadata"> {
  const metadata = new Metadata();
  metadata.set(TRAILER, statusType.serialize(encodeStatus(error)));
  return { code: GRPC_CODES[error.code], details: clip(error.sentence), metadata };
}

/** The error behind a status of an item. A status without our ErrorInfo becomes the nearest reason for its code. */
export function decodeStatus(received: Status, ids: ErrorIds = {}): AnchorgymError {
  let info: ErrorInfo | undefined;
  let retryDelayMs: number | undefined;
  for (const detail of received.details) {
    const name = detail.type_url.slice(detail.type_url.lastIndexOf(".") + 1);
    if (name === "ErrorInfo") info = errorInfoType.deserialize(detail.value);
    if (name === "RetryInfo") {
      const delay = retryInfoType.deserialize(detail.value).retryDelay;
      if (delay !== null) retryDelayMs = Number(delay.seconds) * 1_000 + delay.nanos / 1_000_000;
    }
  }
  const reason = info !== undefined && isReason(info.reason) ? info.reason : nearestReason(received.code);
  return fail(reason, received.message, {
    ids: { ...ids, ...info?.metadata },
    ...(retryDelayMs === undefined ? {} : { retryDelayMs }),
  });
}

/** The error behind a failed call: ours where the trailer says so, else what gRPC's own code means for the caller. */
export function decodeCallError(thrown: unknown, ids: ErrorIds = {}): AnchorgymError {
  if (!isServiceError(thrown)) return AnchorgymError.from(thrown);
  const trailer = thrown.metadata?.get(TRAILER)[0];
  if (trailer instanceof Buffer) {
    const decoded = decodeStatus(statusType.deserialize(trailer), ids);
    return fail(decoded.reason, decoded.sentence, {
      ids: decoded.ids,
      cause: thrown,
      ...(decoded.retryDelayMs === undefined ? {} : { retryDelayMs: decoded.retryDelayMs }),
    });
  }
  // A connection that breaks under a call shows as a reset of its HTTP/2 stream, with a code of HTTP/2's own.
  const reason = thrown.details.includes("RST_STREAM") ? "SERVER_UNREACHABLE" : nearestReason(thrown.code);
  return fail(reason, thrown.details || thrown.message, { ids, cause: thrown });
}

function isServiceError(thrown: unknown): thrown is ServiceError {
  return thrown instanceof Error && "code" in thrown && "details" in thrown && typeof thrown.code === "number";
}

/** What a bare gRPC code means: it comes from gRPC itself, a proxy or a foreign server, never from our table. */
function nearestReason(code: number): Reason {
  switch (code) {
    case status.UNAVAILABLE:
      return "SERVER_UNREACHABLE";
    case status.DEADLINE_EXCEEDED:
      return "DEADLINE_EXCEEDED";
    case status.CANCELLED:
      return "CLIENT_CLOSED";
    case status.INVALID_ARGUMENT:
    case status.RESOURCE_EXHAUSTED: // gRPC's own: a message above the size limit, which no retry makes smaller
      return "MESSAGE_INVALID";
    case status.UNAUTHENTICATED:
      return "TOKEN_INVALID";
    case status.PERMISSION_DENIED:
      return "SCOPE_MISSING";
    default:
      return "ANSWER_INVALID";
  }
}
