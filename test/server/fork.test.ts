import { afterEach, describe, expect, it } from "vitest";
import type { ForkResponse } from "../../proto/gen/anchorgym/v1/ForkResponse.ts";
import type { ForkResult } from "../../proto/gen/anchorgym/v1/ForkResult.ts";
import { corridorWorld } from "../doubles/corridor-world.ts";
import {
  call,
  closeAll,
  createGroup,
  environmentClient,
  errorOf,
  startServer,
  stepItem,
  stepOnce,
} from "../doubles/running-server.ts";

afterEach(closeAll);

let requests = 0;
async function newSession(worlds?: Parameters<typeof startServer>[0], limits = {}) {
  const server = await startServer(worlds, limits);
  const { groupId, sessions } = await createGroup(server.address, 4, 1);
  const sessionId = sessions[0]?.sessionId ?? "";
  const client = environmentClient(server.address);
  const forkCall = (items: object[], more: object = {}): Promise<ForkResponse> => {
    return call(client, "Fork", { requestId: `fork-${requests++}`, leaseId: "lease-1", items, ...more });
  };
  const fork = async (more: object = {}): Promise<ForkResult> => {
    return (await forkCall([{ sessionId, epoch: 1, count: 2, ...more }])).results[0] as ForkResult;
  };
  const step = (id: string, seq: number, text: string) => stepOnce(server.address, stepItem(id, seq, text));
  return { ...server, groupId, sessionId, fork, forkCall, step, client };
}
const cell = (result: { outcome?: { agents: { observation: { blocks: { text?: string }[] } | null }[] } | null }) =>
  result.outcome?.agents[0]?.observation?.blocks[0]?.text;

describe("Fork", () => {
  it("children equal the source at every past seq, take its group and the next replica indices", async () => {
    const { groupId, sessionId, fork, step } = await newSession();
    const hashes: (Buffer | undefined)[] = [];
    for (const [index, text] of ["go right", "go left", "look", "go right", "go left", "go left"].entries()) {
      hashes.push((await step(sessionId, index + 1, text)).outcome?.fullStateHash);
    }
    let nextIndex = 1;
    for (const [index, hash] of hashes.entries()) {
      const { forked } = await fork({ atSeq: index + 1, expectedFullStateHash: hash });
      expect(forked?.outcome).toMatchObject({ seq: index + 1, fullStateHash: hash });
      expect(forked?.sessions).toHaveLength(2);
      for (const child of forked?.sessions ?? []) {
        expect(child).toMatchObject({
          sessionId: `${groupId}/${nextIndex}`,
          groupId,
          replicaIndex: nextIndex++,
          epoch: 1,
          nextSeq: index + 2,
          fullStateHash: hash,
          parentSessionId: sessionId,
          branchedAtSeq: index + 1,
        });
      }
    }
  });

  it("parent and children never affect each other", async () => {
    const { sessionId, fork, step } = await newSession();
    await step(sessionId, 1, "go right");
    const { forked } = await fork();
    const [a, b] = (forked?.sessions ?? []).map((child) => child.sessionId);
    expect(cell(await step(a ?? "", 2, "go left"))).toContain("cell 5");
    expect(cell(await step(b ?? "", 2, "go right"))).toContain("cell 7");
    expect(cell(await step(sessionId, 2, "look"))).toContain("cell 6");
    // Equal actions have equal futures under SHARED.
    const child = await step(a ?? "", 3, "go right");
    const { forked: late } = await fork({ sessionId: a, atSeq: 2, count: 1 });
    const again = await step(late?.sessions[0]?.sessionId ?? "", 3, "go right");
    expect(again.outcome?.fullStateHash).toEqual(child.outcome?.fullStateHash);
  });

  it("DERIVED children differ by randomness alone, each from its own seed, the same on a retry elsewhere", async () => {
    const { sessionId, forkCall, step } = await newSession();
    await step(sessionId, 1, "go right");
    const item = { sessionId, epoch: 1, count: 2, replicaSeeds: "REPLICA_SEEDS_DERIVED" };
    const { results } = await forkCall([item, item], { requestId: "curious" });
    const children = results.flatMap(({ forked }) => forked?.sessions ?? []);
    expect(new Set(children.map((child) => child.fullStateHash.toString("hex"))).size).toBe(4);
    expect(new Set(children.map((child) => child.semanticStateHash.toString("hex"))).size).toBe(1);
    expect(results[0]?.forked?.outcome?.fullStateHash).toHaveLength(0);
    // The reseeding is part of the child's history: a fork of it replays to the same hash.
    const child = children[1];
    await step(child?.sessionId ?? "", 2, "look");
    const again = await forkCall([{ sessionId: child?.sessionId, epoch: 1, atSeq: 1, count: 1 }]);
    expect(again.results[0]?.forked?.sessions[0]?.fullStateHash).toEqual(child?.fullStateHash);
  });

  it("works from ended and failed sessions, not from closed ones", async () => {
    const { sessionId, fork, step, client } = await newSession([
      corridorWorld({ faults: ["step-throws-on-boom"] }) as never,
    ]);
    await step(sessionId, 1, "go right");
    expect(errorOf(await step(sessionId, 2, "boom"))?.reason).toBe("ENV_FAULT");
    const { forked } = await fork({ count: 1 });
    const child = forked?.sessions[0]?.sessionId ?? "";
    for (let seq = 2; seq <= 5; seq++) await step(child, seq, "go right");
    const ended = await fork({ sessionId: child, count: 1 });
    expect(ended.forked?.sessions[0]).toMatchObject({ state: "SESSION_STATE_ENDED", nextSeq: 6 });
    await call(client, "CloseSessions", { sessionIds: [child] });
    expect(errorOf((await fork({ sessionId: child })) as never)?.reason).toBe("SESSION_CLOSED");
  });

  it("refuses each item alone, with the reason", async () => {
    const { sessionId, forkCall } = await newSession(undefined, { maxFanOut: 3, maxSessions: 4 });
    const good = { sessionId, epoch: 1, count: 1 };
    const { results, lease } = await forkCall([
      { ...good, sessionId: "nobody" },
      { ...good, epoch: 2 },
      { ...good, atSeq: 1 },
      { ...good, expectedFullStateHash: Buffer.alloc(32, 3) },
      { ...good, count: 0 },
      { ...good, count: 4 },
      good,
    ]);
    expect(results.map((result) => errorOf(result as never)?.reason ?? "forked")).toEqual([
      "SESSION_NOT_FOUND",
      "STALE_EPOCH",
      "SEQ_GAP",
      "STATE_MISMATCH",
      "MESSAGE_INVALID",
      "FAN_OUT_EXCEEDED",
      "forked",
    ]);
    expect(lease?.activeSessions).toBe(2);
    const full = await forkCall([{ ...good, count: 3 }]);
    expect(errorOf(full.results[0] as never)?.reason).toBe("CAPACITY_EXHAUSTED");
    await expect(forkCall([])).rejects.toMatchObject({ reason: "MESSAGE_INVALID" });
  });

  it("a request id makes its children once, also for duplicates in flight; other content conflicts", async () => {
    const { sessionId, forkCall, counters } = await newSession();
    const items = [{ sessionId, epoch: 1, count: 3 }];
    const answers = await Promise.all([1, 2, 3].map(() => forkCall(items, { requestId: "same" })));
    const ids = answers.map(({ results }) => results[0]?.forked?.sessions.map((child) => child.sessionId));
    expect(ids[1]).toEqual(ids[0]);
    expect(ids[2]).toEqual(ids[0]);
    expect(counters.forks_total).toBe(3);
    const other = forkCall([{ sessionId, epoch: 1, count: 2 }], { requestId: "same" });
    await expect(other).rejects.toMatchObject({ reason: "REQUEST_CONFLICT" });
  });
});
