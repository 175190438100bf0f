// Where effects are written before their answers leave (`protocol.md` section 6). `log/action-log.ts` writes them to
// disk; durability MEMORY writes nothing. Sessions and services know this contract alone.

import type { Session } from "./session.ts";
import type { HistoryNode } from "./session-history.ts";

export type Durability = "MEMORY" | "LOG" | "SYNC";

/** The remembered answer of a creating call, by ids: enough to answer a retry after a crash. */
export interface JournaledRequest {
  readonly kind: "create" | "fork";
  readonly principal: string;
  readonly requestId: string;
  readonly digest: string;
  readonly items: readonly JournaledItem[];
}
export interface JournaledItem {
  /** GroupSpec.group_key or ForkItem.session_id. */
  readonly key: string;
  readonly groupId?: string;
  readonly replicaSeeds?: "SHARED" | "DERIVED";
  readonly sessionIds?: readonly string[];
  readonly error?: { readonly reason: string; readonly sentence: string };
}

export interface Journal {
  readonly durability: Durability;
  /** Sessions that begin to exist, with everything that they are made of. */
  sessions(sessions: readonly Session[]): void;
  step(sessionId: string, node: HistoryNode): void;
  resumed(sessionId: string, epoch: number, leaseId: string): void;
  failed(sessionId: string): void;
  closed(sessionId: string): void;
  request(request: JournaledRequest): void;
  /** Resolves when all that was written so far has reached what `durability` promises; undefined: it has already. */
  durable(): Promise<void> | undefined;
  /**
   * As `durable`, now: for a caller that writes to the wire in this turn of the event loop. False: the log is broken, and
   * nothing may be answered.
   */
  commit(): boolean;
}

const nothing = (): void => undefined;

/** Durability MEMORY. */
export const NO_JOURNAL: Journal = {
  durability: "MEMORY",
  sessions: nothing,
  step: nothing,
  resumed: nothing,
  failed: nothing,
  closed: nothing,
  request: nothing,
  durable: () => undefined,
  commit: () => true,
};
