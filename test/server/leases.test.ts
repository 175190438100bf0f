import { afterEach, describe, expect, it } from "vitest";
import type { World } from "../../envs/core/world.ts";
import { resolveLimits } from "../../server/config.ts";
import { createCounters } from "../../server/observability/counters.ts";
import { buildGroup } from "../../server/sessions/group.ts";
import { SessionTable } from "../../server/sessions/session-table.ts";
import { hostWorld } from "../../server/worlds/hosted-world.ts";
import { corridorWorld } from "../doubles/corridor-world.ts";
import { closeAll } from "../doubles/running-server.ts";

afterEach(closeAll);

/** A table on a clock that the test moves; leases live 60 s, sessions 1,800 s without a step. */
function newTable() {
  const counters = createCounters();
  const table = new SessionTable(resolveLimits({}), counters);
  const hosted = hostWorld(corridorWorld() as World);
  let groupCount = 0;
  const addGroup = async (leaseId: string, nowMs: number) => {
    const plan = {
      groupKey: "k",
      field: "groups[0]",
      task: { taskId: "corridor/1.0.0/train/4" },
      seed: 1,
      replicaCount: 2,
      replicaSeeds: "SHARED",
      optionsJson: "",
    } as const;
    table.leases.renew(leaseId, undefined, nowMs);
    const groupId = `group-${groupCount++}`;
    const group = await buildGroup(hosted, plan, { groupId, leaseId, outcomeWindow: 4, counters, nowMs });
    table.add(group);
    return group;
  };
  return { table, counters, addGroup };
}

describe("leases", () => {
  it("expiry suspends a lease's sessions, never before its ttl, and is counted", async () => {
    const { table, counters, addGroup } = newTable();
    await addGroup("gone", 0);
    await addGroup("alive", 0);
    table.leases.renew("alive", undefined, 50_000);
    expect(table.sweep(59_999)).toEqual({ leases: 0, leaseExpired: 0, idleExpired: 0, forgotten: 0 });
    expect(table.sweep(60_000)).toEqual({ leases: 1, leaseExpired: 2, idleExpired: 0, forgotten: 0 });
    expect([table.liveCount, table.suspendedCount, table.suspendedOf("gone").size]).toEqual([2, 2, 2]);
    expect(counters).toMatchObject({ lease_expirations_total: 1, sessions_lease_expired_total: 2 });
    expect(table.find("group-0/0")).toMatchObject({ status: "SUSPENDED" });
    expect(table.find("group-1/0")).toMatchObject({ status: "ACTIVE" });
  });

  it("suspended sessions are closed after the retention, and nothing of them is left but ids", async () => {
    const { table, addGroup } = newTable();
    await addGroup("gone", 0);
    table.sweep(60_000);
    expect(table.sweep(60_000 + 899_999).forgotten).toBe(0);
    expect(table.sweep(60_000 + 900_000).forgotten).toBe(2);
    expect(table.find("group-0/0")).toEqual({ status: "CLOSED", epoch: 1 });
    expect(table.findGroup("group-0")).toBe("closed");
    expect([table.liveCount, table.suspendedCount, table.suspendedOf("gone").size]).toEqual([0, 0, 0]);
  });

  it("one renewal keeps all sessions of a lease", async () => {
    const { table, addGroup } = newTable();
    for (let group = 0; group < 5; group++) await addGroup("one", 0);
    for (let nowMs = 30_000; nowMs <= 300_000; nowMs += 30_000) {
      table.leases.renew("one", undefined, nowMs);
      table.sweep(nowMs + 1);
    }
    expect(table.liveCount).toBe(10);
  });

  it("a session that nobody steps is suspended after max_idle though its lease lives", async () => {
    const { table, counters, addGroup } = newTable();
    const { sessions } = await addGroup("one", 0);
    table.leases.renew("one", 3_600_000, 0);
    const actions = new Map([["", { text: "look" }]]);
    sessions[1]?.submit({ epoch: 1, seq: 1, actions, expectedFullHash: "" }, 1_000_000, () => undefined);
    expect(table.sweep(1_800_001).idleExpired).toBe(1);
    expect(sessions.map(({ status }) => status)).toEqual(["SUSPENDED", "ACTIVE"]);
    expect(counters.sessions_idle_expired_total).toBe(1);
  });

  it("a stall of the server's own event loop extends all leases", async () => {
    const { table, addGroup } = newTable();
    await addGroup("one", 0);
    table.leases.extendAll(30_000);
    expect(table.sweep(89_999).leases).toBe(0);
    expect(table.sweep(90_000).leases).toBe(1);
  });

  it("ttls are kept within the limits", () => {
    const { table } = newTable();
    expect(table.leases.renew("short", 1, 0).ttlMs).toBe(1_000);
    expect(table.leases.renew("long", 1e9, 0).ttlMs).toBe(3_600_000);
    expect(table.leases.renew("long", undefined, 5).ttlMs).toBe(3_600_000);
  });

  it("a session closed while steps are queued answers them", async () => {
    const { addGroup } = newTable();
    const { sessions } = await addGroup("one", 0);
    const answers: unknown[] = [];
    const actions = new Map([["", { text: "look" }]]);
    sessions[0]?.submit({ epoch: 1, seq: 1, actions, expectedFullHash: "" }, 0, (answer) => answers.push(answer));
    expect(sessions[0]?.close()).toBe(true);
    expect(sessions[0]?.close()).toBe(false);
    expect(answers).toMatchObject([{ error: { reason: "SESSION_CLOSED" } }]);
  });
});
