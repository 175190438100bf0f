import { afterEach, describe, expect, it } from "vitest";
import type { CreateGroupsResponse } from "../../proto/gen/anchorgym/v1/CreateGroupsResponse.ts";
import type { GetTrajectoryResponse } from "../../proto/gen/anchorgym/v1/GetTrajectoryResponse.ts";
import type { RenewLeaseResponse } from "../../proto/gen/anchorgym/v1/RenewLeaseResponse.ts";
import type { ReplayTrajectoryResponse } from "../../proto/gen/anchorgym/v1/ReplayTrajectoryResponse.ts";
import type { ResumeSessionsResponse } from "../../proto/gen/anchorgym/v1/ResumeSessionsResponse.ts";
import { corridorWorld } from "../doubles/corridor-world.ts";
import {
  call,
  closeAll,
  createGroups,
  environmentClient,
  errorOf,
  startServer,
  stepItem,
  stepOnce,
} from "../doubles/running-server.ts";

afterEach(closeAll);

let requests = 0;
async function newSessions(count: number, worlds?: Parameters<typeof startServer>[0], limits = {}) {
  const server = await startServer(worlds, { minLeaseTtlMs: 50, ...limits });
  const { results } = await createGroups(server.address, [4], count);
  const { groupId = "", sessions = [] } = results[0]?.group ?? {};
  const client = environmentClient(server.address);
  const resume = (request: object): Promise<ResumeSessionsResponse> =>
    call(client, "ResumeSessions", { requestId: `resume-${requests++}`, leaseId: "lease-2", ...request });
  /** Lets the lease of the sessions run out; the sweep looks once a second. */
  const expire = async (leaseId = "lease-1"): Promise<void> => {
    await call(client, "RenewLease", { leaseId, ttl: { seconds: 0, nanos: 50_000_000 } });
    while (server.counters.lease_expirations_total === 0) await new Promise((resolve) => setTimeout(resolve, 50));
  };
  const ids = sessions.map(({ sessionId }) => sessionId);
  const step = (id: string, seq: number, text: string, epoch = 1) =>
    stepOnce(server.address, stepItem(id, seq, text, epoch));
  return { ...server, server, groupId, ids, client, resume, expire, step, first: ids[0] ?? "" };
}

describe("ResumeSessions", () => {
  it("brings a suspended session back: state, window, and a new epoch that fences the old one", async () => {
    const { first, step, expire, resume, counters } = await newSessions(1);
    const outcomes = [];
    for (const [index, text] of ["go right", "go left", "look", "go right", "go right", "look"].entries()) {
      outcomes.push((await step(first, index + 1, text)).outcome);
    }
    await expire();
    expect(errorOf(await step(first, 7, "look"))?.reason).toBe("SESSION_SUSPENDED");
    const { results, more, lease } = await resume({ sessionIds: [first] });
    expect(more).toBe(false);
    expect(lease).toMatchObject({ activeSessions: 1, suspendedSessions: 0 });
    expect(results[0]?.resumed?.session).toMatchObject({
      epoch: 2,
      nextSeq: 7,
      leaseId: "lease-2",
      state: "SESSION_STATE_ACTIVE",
      fullStateHash: outcomes[5]?.fullStateHash,
    });
    expect(results[0]?.resumed?.last?.agents[0]?.actionSpace).toMatchObject({ unchanged: false });
    expect(errorOf(await step(first, 7, "look", 1))?.reason).toBe("STALE_EPOCH");
    // The window came back: the last four outcomes are replayed as they were, the third is too old.
    const timeless = (outcome: object | null | undefined) => ({ ...outcome, queueUs: 0, envUs: 0 });
    const replayed = (await step(first, 6, "look", 2)).outcome;
    expect(timeless(replayed)).toEqual(timeless({ ...outcomes[5], replayed: true }));
    expect(errorOf(await step(first, 6, "go left", 2))?.reason).toBe("STEP_CONFLICT");
    expect(errorOf(await step(first, 2, "go left", 2))?.reason).toBe("SEQ_EXPIRED");
    expect((await step(first, 7, "go right", 2)).outcome?.seq).toBe(7);
    expect(counters).toMatchObject({ sessions_suspended_total: 1, sessions_resumed_total: 1, steps_total: 7 });
  });

  it("takes live sessions over, whole groups, and all that a dead lease left", async () => {
    const { groupId, ids, step, expire, resume } = await newSessions(3);
    await step(ids[0] ?? "", 1, "go right");
    const live = await resume({ groupIds: [groupId, "nowhere"], leaseId: "lease-3" });
    expect(live.results.map((result) => result.resumed?.session?.epoch ?? errorOf(result as never)?.reason)).toEqual([
      2,
      2,
      2,
      "GROUP_NOT_FOUND",
    ]);
    expect(live.results[3]?.groupId).toBe("nowhere");
    await expire("lease-3");
    const rest = await resume({ fromLeaseId: "lease-3" });
    expect(rest.results.map(({ resumed }) => [resumed?.session?.epoch, resumed?.session?.nextSeq])).toEqual([
      [3, 2],
      [3, 1],
      [3, 1],
    ]);
    expect((await resume({ fromLeaseId: "lease-3" })).results).toEqual([]);
  });

  it("gives an ended session back as ended, with its last outcome", async () => {
    const { first, step, expire, resume } = await newSessions(1);
    for (let seq = 1; seq <= 5; seq++) await step(first, seq, "go right");
    await expire();
    const { results } = await resume({ sessionIds: [first] });
    expect(results[0]?.resumed?.session?.state).toBe("SESSION_STATE_ENDED");
    expect(results[0]?.resumed?.last).toMatchObject({ endReason: "END_REASON_GOAL_REACHED", score: 1 });
    expect((await step(first, 5, "go right", 2)).outcome?.replayed).toBe(true);
    expect(errorOf(await step(first, 6, "look", 2))?.reason).toBe("EPISODE_ENDED");
  });

  it("a world that comes out differently is found at its seq, and the session fails", async () => {
    const world = corridorWorld({ faults: ["forgets-between-runs"] });
    const { first, step, expire, resume, counters } = await newSessions(1, [world as never]);
    for (let seq = 1; seq <= 3; seq++) await step(first, seq, "look");
    await expire();
    const { results } = await resume({ sessionIds: [first] });
    const error = errorOf(results[0] as never);
    expect(error).toMatchObject({ reason: "REPLAY_DIVERGED", ids: { seq: "2", field: "full_state_hash" } });
    expect(errorOf(await step(first, 4, "look"))?.reason).toBe("SESSION_FAILED");
    expect(counters.replay_divergences_total).toBe(1);
  });

  it("refuses what cannot be, each item alone; a request id has its effect once", async () => {
    const { first, client, resume } = await newSessions(1);
    await expect(resume({})).rejects.toMatchObject({ reason: "MESSAGE_INVALID" });
    await expect(resume({ sessionIds: [first], leaseId: "" })).rejects.toMatchObject({ reason: "MESSAGE_INVALID" });
    const request = { requestId: "once", sessionIds: [first, "nobody"] };
    const [a, b] = await Promise.all([resume(request), resume(request)]);
    expect(a.results[0]?.resumed?.session?.epoch).toBe(2);
    expect(b).toMatchObject({ results: a.results });
    expect(errorOf(a.results[1] as never)?.reason).toBe("SESSION_NOT_FOUND");
    const other = resume({ requestId: "once", sessionIds: [first] });
    await expect(other).rejects.toMatchObject({ reason: "REQUEST_CONFLICT" });
    await call(client, "CloseSessions", { sessionIds: [first] });
    expect(errorOf((await resume({ sessionIds: [first] })).results[0] as never)?.reason).toBe("SESSION_CLOSED");
  });

  it("suspended sessions take no room from live ones, and a lease tells how many it lost", async () => {
    const { address, client, expire, resume, ids } = await newSessions(2, undefined, { maxSessions: 2 });
    await expire();
    const renewed = await call<object, RenewLeaseResponse>(client, "RenewLease", { leaseId: "lease-1" });
    expect(renewed.lease).toMatchObject({ activeSessions: 0, suspendedSessions: 2 });
    const { results } = await createGroups(address, [2], 2);
    expect(results[0]?.group?.sessions).toHaveLength(2);
    expect(errorOf((await resume({ sessionIds: ids })).results[0] as never)?.reason).toBe("CAPACITY_EXHAUSTED");
  });
});

describe("trajectories", () => {
  const actions = ["go right", "sing", "go left", "look", "go right"];
  async function played() {
    const session = await newSessions(1);
    for (const [index, text] of actions.entries()) await session.step(session.first, index + 1, text);
    const get = (more: object = {}) =>
      call<object, GetTrajectoryResponse>(session.client, "GetTrajectory", { sessionId: session.first, ...more });
    const replay = (log: unknown) =>
      call<object, ReplayTrajectoryResponse>(session.client, "ReplayTrajectory", { log });
    return { ...session, get, replay };
  }

  it("GetTrajectory tells the whole episode, in pages, also while the session is suspended", async () => {
    const { first, get, expire, step } = await played();
    const { log, more } = await get();
    expect(more).toBe(false);
    expect(log?.entries.map(({ seq, actions: [action] }) => [seq, action?.text])).toEqual([
      [0, undefined],
      ...actions.map((text, index) => [index + 1, text]),
    ]);
    expect(log?.header).toMatchObject({ environment: "corridor", taskId: "corridor/1.0.0/train/4", seed: "7" });
    const again = (await step(first, 5, "go right")).outcome;
    expect(log?.entries[5]?.outcome).toEqual({ ...again, replayed: false, queueUs: 0, envUs: 0 });
    const page = await get({ fromSeq: 2, maxSteps: 2 });
    expect([page.more, page.log?.entries.map(({ seq }) => seq)]).toEqual([true, [2, 3]]);
    expect(page.log?.entries[0]?.outcome?.agents[0]?.actionSpace).toMatchObject({ unchanged: false });
    await expire();
    expect((await get()).log).toEqual(log);
    await expect(get({ sessionId: "nobody" })).rejects.toMatchObject({ reason: "SESSION_NOT_FOUND" });
    await expect(get({ fromSeq: 9 })).rejects.toMatchObject({ reason: "SEQ_GAP" });
  });

  it("ReplayTrajectory agrees with an honest log, LEAN or FULL, and makes no session", async () => {
    const { get, replay, server } = await played();
    for (const detail of ["DETAIL_FULL", "DETAIL_LEAN"]) {
      const { log } = await get({ detail });
      const answer = await replay(log);
      expect(answer).toMatchObject({ replayedSteps: 5, buildMatches: true });
      expect(answer.firstDivergence).toBeUndefined();
    }
    expect(server.liveSessionCount()).toBe(1);
  });

  it.each([
    ["an action", "full_state_hash", (entry: never) => Object.assign(entry["actions"][0], { text: "go right" })],
    ["a reward", "reward", (entry: never) => Object.assign(entry["outcome"]["agents"][0], { reward: 0.5 })],
    ["the full hash", "full_state_hash", (entry: never) => (entry["outcome"]["fullStateHash"] as Buffer).fill(7)],
    ["the semantic hash", "semantic_state_hash", (e: never) => (e["outcome"]["semanticStateHash"] as Buffer).fill(7)],
    [
      "an observation",
      "observation_hash",
      (e: never) => {
        (e["outcome"]["agents"][0]["observationHash"] as Buffer).fill(7);
      },
    ],
    ["the end", "end_reason", (entry: never) => Object.assign(entry["outcome"], { endReason: "END_REASON_MAX_TURNS" })],
    ["who acted", "acting_agents", (entry: never) => Object.assign(entry["actions"][0], { agentId: "bob" })],
  ])("an altered log diverges at exactly its seq: %s", async (_what, field, alter) => {
    const { get, replay } = await played();
    const { log } = await get();
    alter(log?.entries[3] as never);
    const { firstDivergence } = await replay(log);
    // An altered action of the third step shows in that step's outcome.
    expect(firstDivergence).toMatchObject({ seq: 3, field });
    expect(firstDivergence?.expected).not.toBe(firstDivergence?.actual);
  });

  it("refuses logs that cannot be", async () => {
    const { get, replay } = await played();
    const { log } = await get();
    await expect(replay(null)).rejects.toMatchObject({ reason: "MESSAGE_INVALID" });
    await expect(replay({ entries: [] })).rejects.toMatchObject({ reason: "MESSAGE_INVALID" });
    const gap = { header: log?.header, entries: log?.entries.filter(({ seq }) => seq !== 2) };
    await expect(replay(gap)).rejects.toMatchObject({ ids: { field: "log.entries[2].seq" } });
    const other = { ...log, header: { ...log?.header, taskDigest: Buffer.alloc(32, 1) } };
    await expect(replay(other)).rejects.toMatchObject({ reason: "CATALOGUE_CHANGED" });
    const unknown = { ...log, header: { ...log?.header, taskId: "corridor/1.0.0/train/999" } };
    await expect(replay(unknown)).rejects.toMatchObject({ reason: "TASK_NOT_FOUND" });
  });

  it("one after a fork with new randomness replays too", async () => {
    const { first, client, step, replay } = await played();
    const item = { sessionId: first, epoch: 1, count: 1, atSeq: 2, replicaSeeds: "REPLICA_SEEDS_DERIVED" };
    const forked = await call<
      object,
      CreateGroupsResponse & { results: { forked: { sessions: { sessionId: string }[] } }[] }
    >(client, "Fork", { requestId: "f", leaseId: "lease-1", items: [item] });
    const child = forked.results[0]?.forked.sessions[0]?.sessionId ?? "";
    await step(child, 3, "go right");
    const { log } = await call<object, GetTrajectoryResponse>(client, "GetTrajectory", { sessionId: child });
    expect(log?.header?.parentSessionId).toBe(first);
    expect(log?.entries[2]?.reseed).toBeDefined();
    const answer = await replay(log);
    expect([answer.replayedSteps, answer.firstDivergence]).toEqual([3, undefined]);
  });
});
