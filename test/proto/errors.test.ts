import { describe, expect, it } from "vitest";
import { messageType } from "../../proto/definition.ts";
import {
  AnchorgymError,
  CapacityError,
  fail,
  GRPC_CODES,
  isAnchorgymError,
  REASONS,
  type Reason,
  SessionError,
} from "../../proto/errors.ts";
import type { Status, StatusInit } from "../../proto/gen/google/rpc/Status.ts";
import { decodeCallError, decodeStatus, encodeCallStatus, encodeStatus } from "../../proto/rich-status.ts";

const statusType = messageType<StatusInit, Status>("google.rpc.Status");
const overTheWire = (error: AnchorgymError): AnchorgymError =>
  decodeStatus(statusType.deserialize(statusType.serialize(encodeStatus(error))));

describe("errors", () => {
  it("every reason survives the wire with its class, code, retry, ids and sentence", () => {
    for (const reason of Object.keys(REASONS) as Reason[]) {
      const sent = fail(reason, "a sentence", { ids: { session: "s", seq: "3" } });
      const received = overTheWire(sent);
      expect(received.reason).toBe(reason);
      expect(received.constructor).toBe(sent.constructor);
      expect(received.name).toBe(REASONS[reason].kind);
      expect(received.retryable).toBe(REASONS[reason].retryable);
      expect(received.ids).toEqual({ session: "s", seq: "3" });
      expect(received.message).toBe(`[${reason}] a sentence (session=s, seq=3)`);
      expect(encodeStatus(sent).code).toBe(GRPC_CODES[REASONS[reason].code]);
    }
  });

  it("a retry delay and a violated field travel in details of their own", () => {
    expect(overTheWire(fail("CAPACITY_EXHAUSTED", "full", { retryDelayMs: 1_250 })).retryDelayMs).toBe(1_250);
    const names = encodeStatus(fail("MESSAGE_INVALID", "must be 1", { ids: { field: "items[0].seq" } })).details?.map(
      (detail) => ("type_url" in detail ? detail.type_url : ""),
    );
    expect(names).toEqual(["type.googleapis.com/google.rpc.ErrorInfo", "type.googleapis.com/google.rpc.BadRequest"]);
  });

  it("details stay below 4 KiB however long the sentence is", () => {
    const sentence = "x".repeat(100_000);
    expect(statusType.serialize(encodeStatus(fail("ENV_FAULT", sentence))).length).toBeLessThan(4_096);
  });

  it("a failed call carries the same error in its trailer", () => {
    const { code, details, metadata } = encodeCallStatus(fail("DRAINING", "shutting down", { retryDelayMs: 1_000 }));
    const thrown = Object.assign(new Error(details), { code, details, metadata });
    const received = decodeCallError(thrown);
    expect(received).toBeInstanceOf(CapacityError);
    expect(received.reason).toBe("DRAINING");
    expect(received.retryDelayMs).toBe(1_000);
  });

  it("codes of gRPC itself become the nearest reason", () => {
    const bare = (code: number, details = "") => decodeCallError(Object.assign(new Error("x"), { code, details }));
    expect(bare(GRPC_CODES.UNAVAILABLE).reason).toBe("SERVER_UNREACHABLE");
    expect(bare(GRPC_CODES.DEADLINE_EXCEEDED).reason).toBe("DEADLINE_EXCEEDED");
    expect(bare(GRPC_CODES.INTERNAL, "Received RST_STREAM with code 2").reason).toBe("SERVER_UNREACHABLE");
    expect(bare(GRPC_CODES.UNKNOWN).reason).toBe("ANSWER_INVALID");
    expect(decodeCallError(new TypeError("odd")).reason).toBe("INTERNAL_FAULT");
  });

  it("from() passes typed errors unchanged and wraps everything else with its cause", () => {
    const typed = fail("SEQ_GAP", "gap");
    expect(AnchorgymError.from(typed)).toBe(typed);
    const cause = new Error("plain");
    const wrapped = AnchorgymError.from(cause, "ENV_FAULT");
    expect(wrapped.reason).toBe("ENV_FAULT");
    expect(wrapped.cause).toBe(cause);
    expect(isAnchorgymError(cause)).toBe(false);
    expect(typed).toBeInstanceOf(SessionError);
  });
});
