import { describe, expect, it } from "vitest";
import { Admission } from "../../server/sessions/admission.ts";

function newAdmission(limits: { maxSessions?: number; maxSessionsPerPrincipal?: number; maxHeapBytes?: number } = {}) {
  const live = new Map<string, number>();
  const rejections: string[] = [];
  const memory = { bytes: 0 };
  const admission = new Admission(
    { maxSessions: 10, maxSessionsPerPrincipal: 10, maxHeapBytes: 1_000, ...limits },
    { heapBytes: () => memory.bytes, onRejection: (reason) => rejections.push(reason) },
  );
  let clockMs = 0;
  const nowMs = () => (clockMs += 100);
  const add = (principal: string) => {
    live.set(principal, 0);
    admission.register(principal, () => live.get(principal) ?? 0);
  };
  /** Creates: the reservation becomes live sessions. */
  const create = async (principal: string, count: number, waitMs = 0) => {
    await admission.reserve(principal, count, nowMs() + waitMs, nowMs);
    live.set(principal, (live.get(principal) ?? 0) + count);
    admission.release(principal, count);
  };
  const close = (principal: string, count: number) => {
    live.set(principal, (live.get(principal) ?? 0) - count);
    admission.wake();
  };
  return { admission, add, create, close, live, memory, rejections };
}

describe("admission", () => {
  it("refuses beyond the count of the process, the share of a principal, and the memory", async () => {
    const { add, create, memory, rejections } = newAdmission({ maxSessionsPerPrincipal: 6 });
    for (const principal of ["a", "b"]) add(principal);
    await create("a", 6);
    await expect(create("a", 1)).rejects.toMatchObject({ reason: "QUOTA_EXCEEDED", retryDelayMs: 1_000 });
    await create("b", 4);
    await expect(create("b", 1)).rejects.toMatchObject({ reason: "CAPACITY_EXHAUSTED" });
    memory.bytes = 1_001;
    await expect(create("b", 1)).rejects.toMatchObject({ ids: { resource: "memory" } });
    expect(rejections).toEqual(["QUOTA_EXCEEDED", "CAPACITY_EXHAUSTED", "CAPACITY_EXHAUSTED"]);
  });

  it("serves those who wait in turn across principals, and never beyond the limit", async () => {
    const { add, create, close, live } = newAdmission();
    for (const principal of ["greedy", "modest", "full"]) add(principal);
    await create("full", 10);
    const order: string[] = [];
    const waiting = [
      ...Array.from({ length: 4 }, () => create("greedy", 2, 5_000_000).then(() => order.push("greedy"))),
      create("modest", 2, 5_000_000).then(() => order.push("modest")),
    ];
    close("full", 4);
    await Promise.all([waiting[0], waiting[4]]);
    expect(order).toEqual(["greedy", "modest"]);
    expect([...live.values()].reduce((sum, count) => sum + count, 0)).toBe(10);
    close("full", 6);
    await Promise.all(waiting);
    expect(live.get("greedy")).toBe(8);
  });

  it("a request that could never fit is refused at once, whatever it would wait", async () => {
    const { add, create } = newAdmission();
    add("a");
    await expect(create("a", 11, 1e9)).rejects.toMatchObject({ reason: "CAPACITY_EXHAUSTED" });
  });

  it("a failed wait leaves no reservation behind", async () => {
    const { add, create, close, live } = newAdmission();
    add("a");
    await create("a", 10);
    await expect(create("a", 1, 210)).rejects.toMatchObject({ reason: "CAPACITY_EXHAUSTED" });
    close("a", 10);
    await create("a", 10);
    expect(live.get("a")).toBe(10);
  });
});
