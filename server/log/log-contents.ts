// What of the log file is still needed: sessions that are not closed, and the requests that made them. The bytes of all
// other lines are what a compaction gives back.

import type { JournaledRequest } from "../sessions/journal.ts";
import type { Session } from "../sessions/session.ts";
import { LOG_FORMAT, lineOf, type SessionFacts, sessionLines } from "./log-lines.ts";

interface KeptSession {
  readonly session: Session;
  sizeBytes: number;
  /** `sizeBytes` at the last freeze. */
  frozenBytes: number;
  request: KeptRequest | undefined;
}

interface KeptRequest {
  readonly request: JournaledRequest;
  sizeBytes: number;
  /** Sessions of it that are not closed; without one it is of no use. */
  open: number;
}

/** The needed contents of one moment; they do not change while the sessions go on. */
export interface FrozenContents {
  readonly sessions: readonly SessionFacts[];
  readonly requests: readonly JournaledRequest[];
}

export interface ContentLine {
  readonly text: string;
  /** Undefined: the line belongs to none. */
  readonly sessionId: string | undefined;
}

/** The lines of a file that holds these contents and nothing else. A child is told by its parent where that is kept. */
export function* contentLines({ sessions, requests }: FrozenContents): Generator<ContentLine, void> {
  yield { text: lineOf({ t: "format", format: LOG_FORMAT }), sessionId: undefined };
  const written = new Set<string>();
  for (const session of sessions) {
    const { sessionId, parent } = session;
    for (const text of sessionLines(session, written.has(parent?.sessionId ?? ""))) yield { text, sessionId };
    written.add(sessionId);
  }
  for (const request of requests) yield { text: lineOf({ t: "request", ...request }), sessionId: undefined };
}

export class LogContents {
  /** In order of creation, so that parents come before their children. */
  readonly #sessions = new Map<string, KeptSession>();
  readonly #requests = new Set<KeptRequest>();
  #neededBytes = 0;

  /** Bytes of the lines that would have to be written again. */
  get neededBytes(): number {
    return this.#neededBytes;
  }

  add(session: Session, sizeBytes: number): void {
    this.#sessions.set(session.sessionId, { session, sizeBytes, frozenBytes: 0, request: undefined });
    this.#neededBytes += sizeBytes;
  }

  /** The session has another line. */
  grew(sessionId: string, sizeBytes: number): void {
    const kept = this.#sessions.get(sessionId);
    if (kept === undefined) return;
    kept.sizeBytes += sizeBytes;
    this.#neededBytes += sizeBytes;
  }

  closed(sessionId: string): void {
    const kept = this.#sessions.get(sessionId);
    if (kept === undefined) return;
    this.#sessions.delete(sessionId);
    this.#neededBytes -= kept.sizeBytes;
    const { request } = kept;
    if (request === undefined || --request.open > 0) return;
    this.#requests.delete(request);
    this.#neededBytes -= request.sizeBytes;
  }

  request(request: JournaledRequest, sizeBytes: number): void {
    const kept: KeptRequest = { request, sizeBytes, open: 0 };
    for (const id of request.items.flatMap(({ sessionIds = [] }) => sessionIds)) {
      const session = this.#sessions.get(id);
      if (session === undefined) continue;
      session.request = kept;
      kept.open++;
    }
    if (kept.open === 0) return;
    this.#requests.add(kept);
    this.#neededBytes += sizeBytes;
  }

  freeze(): FrozenContents {
    const sessions = [...this.#sessions.values()].map((kept): SessionFacts => {
      kept.frozenBytes = kept.sizeBytes;
      const { sessionId, groupId, leaseId, principal, replicaIndex, start, parent, history, epoch, hasFailed } =
        kept.session;
      return { sessionId, groupId, leaseId, principal, replicaIndex, start, parent, history, epoch, hasFailed };
    });
    return { sessions, requests: [...this.#requests].map(({ request }) => request) };
  }

  /** The frozen contents were written anew. @param sizes bytes by session id */
  rewritten(sizes: ReadonlyMap<string, number>): void {
    for (const [sessionId, kept] of this.#sessions) {
      const sizeBytes = sizes.get(sessionId);
      if (sizeBytes === undefined) continue;
      const changeBytes = sizeBytes - kept.frozenBytes;
      kept.sizeBytes += changeBytes;
      this.#neededBytes += changeBytes;
    }
  }
}
