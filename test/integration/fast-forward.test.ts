// A day of clients that create, step and disappear, on a clock that the test moves: every session is suspended, then
// forgotten, all are counted, and memory at the end is what it was after the first hours.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { pino } from "pino";
import { expect, it } from "vitest";
import type { World } from "../../envs/core/world.ts";
import { resolveLimits } from "../../server/config.ts";
import { createCounters } from "../../server/observability/counters.ts";
import { GroupCreator } from "../../server/services/create-groups.ts";
import type { ServiceContext } from "../../server/services/service-context.ts";
import { answerStep } from "../../server/services/step.ts";
import { NO_JOURNAL } from "../../server/sessions/journal.ts";
import { SessionTable } from "../../server/sessions/session-table.ts";
import { StepQueue } from "../../server/sessions/step-queue.ts";
import { WorldTable } from "../../server/worlds/hosted-world.ts";
import { corridorWorld } from "../doubles/corridor-world.ts";

setFlagsFromString("--expose_gc");
const collectGarbage = runInNewContext("gc") as () => void;

const MINUTES = 24 * 60;
const GROUPS = 5;
const REPLICAS = 28;
/** Closed ids are remembered up to the limit of sessions; memory is level from then on. */
const LEVEL_MINUTE = 6 * 60;
const HEAP_SLACK_BYTES = 8_000_000;

it(`reaps ${MINUTES * GROUPS * REPLICAS} abandoned sessions of a day, and memory stays flat`, async () => {
  let clockMs = 0;
  const nowMs = () => clockMs;
  const counters = createCounters();
  const limits = resolveLimits({});
  const table = new SessionTable(limits, counters);
  const context: ServiceContext = {
    principal: "",
    limits,
    worlds: new WorldTable([corridorWorld() as unknown as World]),
    table,
    queue: new StepQueue(nowMs),
    journal: NO_JOURNAL,
    restoredRequests: [],
    counters,
    logger: pino({ level: "silent" }),
    nowMs,
    isDraining: () => false,
  };
  const creator = new GroupCreator(context);
  const pass = (untilMs: number): void => {
    for (; clockMs < untilMs; clockMs += 10_000) table.sweep(clockMs);
  };
  const heapBytes = (): number => {
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };

  let levelBytes = 0;
  let mostHeld = 0;
  for (let minute = 0; minute < MINUTES; minute++) {
    const lease = `lease-${minute}`;
    const groups = Array.from({ length: GROUPS }, (_, index) => ({
      groupKey: `g${index}`,
      taskId: `corridor/1.0.0/train/${index}`,
      task: "taskId",
      seed: String(minute),
      replicaCount: REPLICAS,
      replicaSeeds: "REPLICA_SEEDS_SHARED",
      textParser: "",
      optionsJson: "",
    }));
    const request = {
      requestId: `request-${minute}`,
      leaseId: lease,
      leaseTtl: null,
      environment: "corridor",
      version: "",
      expectedBuildDigest: Buffer.alloc(0),
      groups,
      maxWait: null,
      issueAgentTokens: false,
    };
    const { results } = await creator.create(request as never, { deadlineMs: clockMs + 60_000 } as never);
    const items = (results ?? []).flatMap(({ group }) =>
      (group?.sessions ?? []).map(({ sessionId }) => ({
        sessionId: sessionId ?? "",
        epoch: 1,
        seq: 1,
        actions: [{ agentId: "", action: "text", text: "look" }],
        expectedFullStateHash: Buffer.alloc(0),
      })),
    );
    const answer = await answerStep(context, { items, detail: "DETAIL_LEAN", minSettled: 0, maxWait: null } as never);
    expect(answer.results?.filter(({ outcome }) => outcome?.seq === 1)).toHaveLength(GROUPS * REPLICAS);
    pass((minute + 1) * 60_000);
    mostHeld = Math.max(mostHeld, table.liveCount + table.suspendedCount);
    if (minute === LEVEL_MINUTE) levelBytes = heapBytes();
  }
  const endBytes = heapBytes();
  pass(clockMs + 2 * limits.requestRetentionMs + limits.maxIdleMs);

  const total = MINUTES * GROUPS * REPLICAS;
  console.info(
    `${total} sessions; heap ${(levelBytes / 1e6).toFixed(1)} MB after 6 h, ${(endBytes / 1e6).toFixed(1)} MB after 24 h; at most ${mostHeld} sessions held`,
  );
  expect(total).toBeGreaterThanOrEqual(200_000);
  expect(counters).toMatchObject({
    sessions_created_total: total,
    steps_total: total,
    sessions_lease_expired_total: total,
    sessions_closed_total: total,
    lease_expirations_total: MINUTES,
  });
  expect({ live: table.liveCount, suspended: table.suspendedCount, leases: table.leases.size }).toEqual({
    live: 0,
    suspended: 0,
    leases: 0,
  });
  expect(endBytes - levelBytes).toBeLessThan(HEAP_SLACK_BYTES);
});
