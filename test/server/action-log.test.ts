import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { World } from "../../envs/core/world.ts";
import type { ForkResponse } from "../../proto/gen/anchorgym/v1/ForkResponse.ts";
import type { ListEnvironmentsResponse } from "../../proto/gen/anchorgym/v1/ListEnvironmentsResponse.ts";
import type { ResumeSessionsResponse } from "../../proto/gen/anchorgym/v1/ResumeSessionsResponse.ts";
import { createServer } from "../../server/server.ts";
import { corridorWorld } from "../doubles/corridor-world.ts";
import {
  call,
  catalogClient,
  closeAll,
  createGroups,
  environmentClient,
  errorOf,
  onClose,
  stepItem,
  stepOnce,
} from "../doubles/running-server.ts";

let dir = "";
const file = () => join(dir, "worker-0.jsonl");
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "anchorgym-log-"));
});
afterEach(async () => {
  await closeAll();
  rmSync(dir, { recursive: true });
});

/** A server on the log folder; a crash is told from its file alone, which nobody touches at `close`. */
async function open(world = corridorWorld(), durability: "LOG" | "SYNC" = "LOG") {
  const server = await createServer({
    worlds: [world as World],
    log: { dir, durability },
    logger: pino({ level: "silent" }),
  });
  onClose(() => server.close());
  const client = environmentClient(server.address);
  const resume = async (sessionIds: readonly (string | undefined)[], requestId = "resume") => {
    const request = { requestId, leaseId: "lease-2", sessionIds };
    return (await call<object, ResumeSessionsResponse>(client, "ResumeSessions", request)).results;
  };
  const step = (id: string, seq: number, text: string, epoch = 1) =>
    stepOnce(server.address, stepItem(id, seq, text, epoch));
  return { ...server, client, resume, step };
}

const request = { requestId: "create-1" };
async function played() {
  const server = await open();
  const { results } = await createGroups(server.address, [4], 2, request);
  const ids = results[0]?.group?.sessions.map(({ sessionId }) => sessionId) ?? [];
  const [first = "", second = ""] = ids;
  const outcomes = [];
  for (const [index, text] of ["go right", "sing", "go left"].entries()) {
    outcomes.push((await server.step(first, index + 1, text)).outcome);
  }
  return { server, results, first, second, outcomes };
}

describe("the action log", () => {
  it("every answered step is in the file when its answer is there", async () => {
    const { first } = await played();
    const steps = readFileSync(file(), "utf8")
      .split("\n")
      .filter((line) => line.includes('"t":"step"'))
      .map((line) => JSON.parse(line) as { s: string; q: number });
    expect(steps.map(({ s, q }) => [s, q])).toEqual([1, 2, 3].map((seq) => [first, seq]));
  });

  it.each(["LOG", "SYNC"] as const)(
    "sessions come back suspended and are verified on resume: %s",
    async (durability) => {
      const { server, first, second, outcomes } = await played();
      await server.close();
      const again = await open(corridorWorld(), durability);
      expect(again.liveSessionCount()).toBe(0);
      expect(errorOf(await again.step(first, 4, "look"))?.reason).toBe("SESSION_SUSPENDED");
      const [resumed, other] = await again.resume([first, second]);
      expect(resumed?.resumed?.session).toMatchObject({
        epoch: 2,
        nextSeq: 4,
        fullStateHash: outcomes[2]?.fullStateHash,
        semanticStateHash: outcomes[2]?.semanticStateHash,
      });
      expect(other?.resumed?.session).toMatchObject({ epoch: 2, nextSeq: 1 });
      expect((await again.step(first, 3, "go left", 2)).outcome).toMatchObject({ replayed: true });
      expect((await again.step(first, 4, "look", 2)).outcome?.seq).toBe(4);
      const { limits } = await call<object, ListEnvironmentsResponse>(
        catalogClient(again.address),
        "ListEnvironments",
        {},
      );
      expect(limits?.durability).toBe(`DURABILITY_${durability}`);
      // And once more: the file that was written anew says the same, the epoch included.
      await again.close();
      const third = await open();
      expect((await third.resume([first]))[0]?.resumed?.session).toMatchObject({ epoch: 3, nextSeq: 5 });
    },
  );

  it("a torn last line was never answered and is dropped; a damaged one before it stops the start", async () => {
    const { server, first } = await played();
    await server.close();
    appendFileSync(file(), `{"t":"step","s":"${first}","q":4,"h":"00`);
    const again = await open();
    expect((await again.resume([first]))[0]?.resumed?.session?.nextSeq).toBe(4);
    await again.close();
    const lines = readFileSync(file(), "utf8").split("\n");
    writeFileSync(file(), [lines[0], "{broken", ...lines.slice(1)].join("\n"));
    await expect(open()).rejects.toMatchObject({ reason: "CONFIG_INVALID" });
    await expect(open()).rejects.toThrow("worker-0.jsonl:2 ");
  });

  it("wherever a crash cuts the file, what is whole comes back", async () => {
    const { server, first, outcomes } = await played();
    await server.close();
    const whole = readFileSync(file());
    for (let size = whole.length - 1; size > whole.length - 700; size -= 97) {
      writeFileSync(file(), whole);
      truncateSync(file(), size);
      const again = await open();
      const [resumed] = await again.resume([first], `cut-${size}`);
      const nextSeq = resumed?.resumed?.session?.nextSeq ?? 0;
      expect(nextSeq).toBeGreaterThanOrEqual(1);
      if (nextSeq > 1) {
        expect(resumed?.resumed?.session?.fullStateHash).toEqual(outcomes[nextSeq - 2]?.fullStateHash);
      }
      await again.close();
    }
  });

  it("a retried CreateGroups or Fork finds what an earlier process made", async () => {
    const { server, results, first } = await played();
    const item = { sessionId: first, epoch: 1, count: 2, atSeq: 2, replicaSeeds: "REPLICA_SEEDS_DERIVED" };
    const fork = { requestId: "fork-1", leaseId: "lease-1", items: [item] };
    const forked = await call<object, ForkResponse>(server.client, "Fork", fork);
    const children = forked.results[0]?.forked?.sessions ?? [];
    const child = children[0]?.sessionId ?? "";
    const stepped = await server.step(child, 3, "go right");
    await call(server.client, "CloseSessions", { sessionIds: [first] });
    await server.close();

    const again = await open();
    const created = await createGroups(again.address, [4], 2, request);
    // One of its sessions is closed by now, so the group is told to be gone rather than made again.
    expect(errorOf(created.results[0] as never)?.reason).toBe("GROUP_NOT_FOUND");
    const reforked = await call<object, ForkResponse>(again.client, "Fork", fork);
    expect(reforked.results[0]?.forked?.sessions.map(({ sessionId }) => sessionId)).toEqual(
      children.map(({ sessionId }) => sessionId),
    );
    expect(reforked.results[0]?.forked?.outcome?.semanticStateHash).toEqual(
      forked.results[0]?.forked?.outcome?.semanticStateHash,
    );
    const [resumed] = await again.resume([child]);
    expect(resumed?.resumed?.session?.fullStateHash).toEqual(stepped.outcome?.fullStateHash);
    expect(results[0]?.group?.sessions).toHaveLength(2);
    const other = call(again.client, "Fork", { ...fork, items: [{ ...item, count: 1 }] });
    await expect(other).rejects.toMatchObject({ reason: "REQUEST_CONFLICT" });
  });

  it("a retried CreateGroups whose group is whole gets the same ids and start", async () => {
    const { server, results } = await played();
    await server.close();
    const again = await open();
    const created = await createGroups(again.address, [4], 2, request);
    const timeless = (outcome: object | null | undefined) => ({ ...outcome, queueUs: 0, envUs: 0 });
    expect(timeless(created.results[0]?.group?.initial)).toEqual(timeless(results[0]?.group?.initial));
    expect(created.results[0]?.group?.sessions.map(({ sessionId, state }) => [sessionId, state])).toEqual(
      results[0]?.group?.sessions.map(({ sessionId }) => [sessionId, "SESSION_STATE_SUSPENDED"]),
    );
  });

  it("a world that changed its mind is found out; a version that is not served is not brought back", async () => {
    const { server, first } = await played();
    await server.close();
    const newer = await open(corridorWorld({ version: "2.0.0" }));
    expect(errorOf((await newer.resume([first]))[0] as never)?.reason).toBe("SESSION_NOT_FOUND");
  });

  it("a failed session stays failed, a closed one stays closed", async () => {
    const world = () => corridorWorld({ faults: ["step-throws-on-boom"] });
    const server = await open(world());
    const { results } = await createGroups(server.address, [4], 2, request);
    const [first = "", second = ""] = results[0]?.group?.sessions.map(({ sessionId }) => sessionId) ?? [];
    await server.step(first, 1, "boom");
    await call(server.client, "CloseSessions", { sessionIds: [second] });
    await server.close();
    const again = await open(world());
    const resumed = await again.resume([first, second]);
    expect(resumed[0]?.resumed?.session?.state).toBe("SESSION_STATE_FAILED");
    expect(errorOf(resumed[1] as never)?.reason).toBe("SESSION_NOT_FOUND");
  });

  it("one process has the file: another is refused, a dead one's lock is not in the way", async () => {
    writeFileSync(join(dir, "worker-0.jsonl.lock"), String(process.ppid));
    await expect(open()).rejects.toMatchObject({ reason: "CONFIG_INVALID" });
    writeFileSync(join(dir, "worker-0.jsonl.lock"), "4194304999");
    await open();
  });
});
