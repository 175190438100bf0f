// The log of a session, fetched in pages and sent back for a replay.

import type { ActionLog } from "../proto/gen/anchorgym/v1/ActionLog.ts";
import type { GetTrajectoryResponse } from "../proto/gen/anchorgym/v1/GetTrajectoryResponse.ts";
import type { LogEntry } from "../proto/gen/anchorgym/v1/LogEntry.ts";
import type { ReplayTrajectoryResponse } from "../proto/gen/anchorgym/v1/ReplayTrajectoryResponse.ts";
import { Violation } from "./rule.ts";
import type { Subject } from "./subject.ts";

/** @throws {Violation} when a page makes no progress. */
export async function fetchLog(subject: Subject, sessionId: string): Promise<ActionLog> {
  const entries: LogEntry[] = [];
  for (;;) {
    const request = { sessionId, fromSeq: entries.length, maxSteps: 0, detail: "DETAIL_FULL" };
    const answer = await subject.wire.call<GetTrajectoryResponse>("EnvironmentService", "GetTrajectory", request);
    if (answer.log == null) throw new Violation("GetTrajectory answers no log");
    entries.push(...answer.log.entries);
    if (!answer.more) return { ...answer.log, entries };
    if (answer.log.entries.length === 0) throw new Violation("a page of GetTrajectory is empty and promises more");
  }
}

export async function replayLog(subject: Subject, log: ActionLog): Promise<ReplayTrajectoryResponse> {
  return subject.wire.call<ReplayTrajectoryResponse>("EnvironmentService", "ReplayTrajectory", { log });
}
