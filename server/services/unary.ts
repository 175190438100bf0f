// The one capture point of unary calls: a handler returns or throws, and every throw leaves as a typed status. A call
// without a deadline is refused: nobody would ever stop waiting for it.

import type { handleUnaryCall, ServerUnaryCall } from "@grpc/grpc-js";
import { AnchorgymError } from "../../proto/errors.ts";
import { encodeCallStatus } from "../../proto/rich-status.ts";
import { invalidField } from "../codec/field-checks.ts";
import type { ServiceContext } from "./service-context.ts";

export interface CallContext {
  /** On the clock of `ServiceContext.nowMs`. */
  readonly deadlineMs: number;
}

/** Milliseconds until the caller's deadline; undefined when it set none. */
function remainingMs(call: ServerUnaryCall<unknown, unknown>): number | undefined {
  const deadline = call.getDeadline();
  const remaining = (deadline instanceof Date ? deadline.getTime() : deadline) - Date.now();
  return Number.isFinite(remaining) ? remaining : undefined;
}

export function unary<Request, Response>(
  name: string,
  context: ServiceContext,
  handler: (request: Request, call: CallContext) => Response | Promise<Response>,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    const refuse = (thrown: unknown): void => {
      const error = AnchorgymError.from(thrown);
      if (error.reason === "INTERNAL_FAULT") context.logger.error({ call: name, err: error }, "a call broke");
      else context.logger.debug({ call: name, reason: error.reason }, "a call was refused");
      callback(encodeCallStatus(error));
    };
    const callersMs = remainingMs(call);
    let answer: Response | Promise<Response>;
    try {
      if (callersMs === undefined) throw invalidField("deadline", "must be set: a call without one may wait for ever");
      const deadlineMs = context.nowMs() + callersMs;
      answer = handler(call.request, { deadlineMs });
    } catch (thrown) {
      refuse(thrown);
      return;
    }
    if (!(answer instanceof Promise)) {
      callback(null, answer);
      return;
    }
    // The deadline itself is kept by gRPC: a late answer is not sent.
    answer.then((value) => callback(null, value), refuse);
  };
}
