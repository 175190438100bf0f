// What every service needs, made once by `server.ts` and handed down; no service keeps globals.

import type { Logger } from "pino";
import type { ServerLimits } from "../config.ts";
import type { Counters } from "../observability/counters.ts";
import type { SessionTable } from "../sessions/session-table.ts";
import type { StepQueue } from "../sessions/step-queue.ts";
import type { WorldTable } from "../worlds/hosted-world.ts";

export interface ServiceContext {
  readonly limits: ServerLimits;
  readonly worlds: WorldTable;
  readonly table: SessionTable;
  readonly queue: StepQueue;
  readonly counters: Counters;
  readonly logger: Logger;
  /** Monotonic milliseconds: every lease, wait and duration. */
  readonly nowMs: () => number;
  /** True from SIGTERM on: nothing new is created. */
  readonly isDraining: () => boolean;
}
