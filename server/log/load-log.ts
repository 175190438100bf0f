// What a log file says is left: its lines applied in order. Worlds are not looked at here; `restore.ts` does that.

import { fail } from "../../proto/errors.ts";
import type { JournaledRequest } from "../sessions/journal.ts";
import { type HistoryNode, nodeAt } from "../sessions/session-history.ts";
import { LOG_FORMAT, readLines, readNode, type SessionLine } from "./log-lines.ts";

export interface LoggedSession {
  readonly line: SessionLine;
  leaseId: string;
  epoch: number;
  failed: boolean;
  history: HistoryNode;
}

export interface LoadedLog {
  /** Those that were not closed, in order of creation. */
  readonly sessions: readonly LoggedSession[];
  readonly requests: readonly JournaledRequest[];
  /** Of a last line that a crash tore; it was never answered. */
  readonly tornBytes: number;
}

function historyOf(line: SessionLine, sessions: ReadonlyMap<string, LoggedSession>): HistoryNode | undefined {
  if (line.nodes !== undefined) {
    let node: HistoryNode | undefined;
    for (const each of line.nodes) node = readNode(each, node);
    return node;
  }
  const parent = sessions.get(line.parent?.sessionId ?? "");
  const at = parent === undefined ? undefined : nodeAt(parent.history, line.parent?.seq ?? -1);
  return at === undefined || line.last === undefined ? undefined : readNode(line.last, at.before);
}

/** @throws {ConfigError} CONFIG_INVALID when the file is damaged before its last line, or of another format */
export function loadLog(path: string): LoadedLog {
  const sessions = new Map<string, LoggedSession>();
  const requests: JournaledRequest[] = [];
  let tornBytes = 0;
  const damaged = (what: string): never => {
    throw fail("CONFIG_INVALID", `${path}: ${what}; restore it or move it away`);
  };
  const known = (id: string): LoggedSession => sessions.get(id) ?? damaged(`a line names ${id}, which no line made`);
  for (const line of readLines(path, (sizeBytes) => (tornBytes = sizeBytes))) {
    switch (line.t) {
      case "format":
        if (line.format !== LOG_FORMAT) damaged(`it is of format ${line.format}, this server reads ${LOG_FORMAT}`);
        break;
      case "session": {
        const history = historyOf(line, sessions) ?? damaged(`session ${line.id} has no past`);
        const { lease, epoch, failed = false } = line;
        sessions.set(line.id, { line, leaseId: lease, epoch, failed, history });
        break;
      }
      case "step": {
        const session = known(line.s);
        if (line.q !== session.history.seq + 1) damaged(`step ${line.q} of ${line.s} follows ${session.history.seq}`);
        session.history = readNode(line, session.history);
        break;
      }
      case "resume": {
        const session = known(line.s);
        session.epoch = line.e;
        session.leaseId = line.l;
        break;
      }
      case "fail":
        known(line.s).failed = true;
        break;
      case "close":
        sessions.delete(line.s);
        break;
      case "request": {
        const { t: _kind, ...request } = line;
        requests.push(request);
        break;
      }
    }
  }
  return { sessions: [...sessions.values()], requests, tornBytes };
}
