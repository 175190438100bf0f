// The one capture point of unary calls: a handler returns or throws, and every throw leaves as a typed status. A call
// without a deadline gets the server's default one, so that none waits for ever.

import type { handleUnaryCall, ServerUnaryCall } from "@grpc/grpc-js";
import { AnchorgymError, fail } from "../../proto/errors.ts";
import { encodeCallStatus } from "../../proto/rich-status.ts";
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
    const deadlineMs = context.nowMs() + (callersMs ?? context.limits.defaultDeadlineMs);
    let answer: Response | Promise<Response>;
    try {
      answer = handler(call.request, { deadlineMs });
    } catch (thrown) {
      refuse(thrown);
      return;
    }
    if (!(answer instanceof Promise)) {
      callback(null, answer);
      return;
    }
    let answered = false;
    const once = (act: () => void): void => {
      if (answered) return;
      answered = true;
      clearTimeout(timer);
      act();
    };
    // A caller's own deadline is kept by gRPC; only the missing one is ours to keep.
    const sentence = `no answer within the default deadline of ${context.limits.defaultDeadlineMs} ms`;
    const timer =
      callersMs === undefined
        ? setTimeout(() => once(() => refuse(fail("DEADLINE_EXCEEDED", sentence))), context.limits.defaultDeadlineMs)
        : undefined;
    answer.then(
      (value) => once(() => callback(null, value)),
      (thrown: unknown) => once(() => refuse(thrown)),
    );
  };
}
