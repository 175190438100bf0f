// What every service needs, made once by `server.ts` and handed down; no service keeps globals.

import type { Logger } from "pino";
import type { ServerLimits } from "../config.ts";
import type { Counters } from "../observability/counters.ts";
import type { Journal, JournaledRequest } from "../sessions/journal.ts";
import type { SessionTable } from "../sessions/session-table.ts";
import type { StepQueue } from "../sessions/step-queue.ts";
import type { WorldTable } from "../worlds/hosted-world.ts";

/** One per principal: tables, remembered requests and streams of others are out of reach, not merely checked. */
export interface ServiceContext {
  /** Owner of everything in `table`; "" where nobody authenticates. */
  readonly principal: string;
  readonly limits: ServerLimits;
  readonly worlds: WorldTable;
  readonly table: SessionTable;
  readonly queue: StepQueue;
  /** Where effects are written down before they are answered. */
  readonly journal: Journal;
  /** Creating calls that an earlier process answered and wrote down. */
  readonly restoredRequests?: readonly JournaledRequest[];
  readonly counters: Counters;
  readonly logger: Logger;
  /** Monotonic milliseconds: every lease, wait and duration. */
  readonly nowMs: () => number;
  /** True from SIGTERM on: nothing new is created. */
  readonly isDraining: () => boolean;
}
