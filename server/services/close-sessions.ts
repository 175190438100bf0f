// CloseSessions, for the unary call and for the frame of Interact. Closing what is closed already is no error, so the
// call may be sent again at will and needs no memory of request ids.

import { fail } from "../../proto/errors.ts";
import type { CloseSessionsRequest } from "../../proto/gen/anchorgym/v1/CloseSessionsRequest.ts";
import type { CloseSessionsResponseInit } from "../../proto/gen/anchorgym/v1/CloseSessionsResponse.ts";
import type { CloseSessionsResultInit } from "../../proto/gen/anchorgym/v1/CloseSessionsResult.ts";
import { encodeStatus } from "../../proto/rich-status.ts";
import { invalidField } from "../codec/field-checks.ts";
import type { Session } from "../sessions/session.ts";
import type { ServiceContext } from "./service-context.ts";

const CLOSE_REASONS: readonly unknown[] = [
  "END_REASON_UNSPECIFIED",
  "END_REASON_CANCELLED",
  "END_REASON_CONTEXT_LIMIT",
];

/** @throws {RequestError} MESSAGE_INVALID for a reason that clients may not set, or too many items. */
export function closeSessions(context: ServiceContext, request: CloseSessionsRequest): CloseSessionsResponseInit {
  const { table, limits } = context;
  if (!CLOSE_REASONS.includes(request.reason)) {
    throw invalidField("reason", "must be CANCELLED or CONTEXT_LIMIT; the server sets the others");
  }
  if (request.sessionIds.length + request.groupIds.length > limits.maxBatchItems) {
    throw invalidField("session_ids, group_ids", `must hold at most ${limits.maxBatchItems} ids together`);
  }
  const closeAll = (sessions: readonly Session[]) => ({
    closed: { sessionCount: sessions.filter((session) => table.close(session)).length },
  });
  const results: CloseSessionsResultInit[] = [];
  for (const sessionId of request.sessionIds) {
    const session = table.find(sessionId);
    if (session === undefined) {
      const error = fail("SESSION_NOT_FOUND", "no session of this id was ever here", { ids: { session: sessionId } });
      results.push({ sessionId, status: encodeStatus(error) });
    } else {
      results.push({ sessionId, ...closeAll(session.status === "CLOSED" ? [] : [session as Session]) });
    }
  }
  for (const groupId of request.groupIds) {
    const group = table.findGroup(groupId);
    if (group === undefined) {
      const error = fail("GROUP_NOT_FOUND", "no group of this id was ever here", { ids: { group: groupId } });
      results.push({ groupId, status: encodeStatus(error) });
    } else {
      results.push({ groupId, ...closeAll(group === "closed" ? [] : group.sessions) });
    }
  }
  return { results };
}
