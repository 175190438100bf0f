import { afterEach, describe, expect, it } from "vitest";
import type { CloseSessionsResponse } from "../../proto/gen/anchorgym/v1/CloseSessionsResponse.ts";
import type { CreateGroupsResponse } from "../../proto/gen/anchorgym/v1/CreateGroupsResponse.ts";
import { corridorWorld } from "../doubles/corridor-world.ts";
import {
  call,
  closeAll,
  createGroup,
  createGroups,
  environmentClient,
  errorOf,
  startServer,
  stepItem,
  stepOnce,
} from "../doubles/running-server.ts";

afterEach(closeAll);

const reasons = ({ results }: CreateGroupsResponse) => results.map((result) => errorOf(result)?.reason ?? "created");
const spec = (more: object) => ({
  groupKey: "k",
  taskId: "corridor/1.0.0/train/0",
  seed: "1",
  replicaCount: 2,
  ...more,
});

describe("CreateGroups", () => {
  it("replicas start in one state, under one epoch, with the initial outcome sent once", async () => {
    const { address, liveSessionCount } = await startServer();
    const { initial, sessions, groupId } = await createGroup(address, 1, 5);
    expect(sessions.map(({ replicaIndex }) => replicaIndex)).toEqual([0, 1, 2, 3, 4]);
    expect(new Set(sessions.map(({ sessionId }) => sessionId)).size).toBe(5);
    for (const session of sessions) {
      expect(session).toMatchObject({ groupId, epoch: 1, nextSeq: 1, state: "SESSION_STATE_ACTIVE", endpoint: "" });
      expect(session.fullStateHash).toEqual(initial?.fullStateHash);
      expect(session.semanticStateHash).toEqual(initial?.semanticStateHash);
    }
    expect(initial).toMatchObject({ seq: 0, turn: 0, replayed: false, actingAgents: [""] });
    expect(initial?.agents[0]?.actionSpace).toMatchObject({ unchanged: false, complete: true });
    expect(initial?.agents[0]?.observation?.blocks[0]?.text).toBe("You are in cell 2 of 5.");
    expect(liveSessionCount()).toBe(5);
  });

  it("stepping one replica leaves the others alone", async () => {
    const { address } = await startServer();
    const { sessions } = await createGroup(address, 1, 2);
    const [first, second] = sessions.map(({ sessionId }) => sessionId);
    const left = await stepOnce(address, stepItem(first ?? "", 1, "go left"));
    const right = await stepOnce(address, stepItem(second ?? "", 1, "go right"));
    expect(left.outcome?.agents[0]?.observation?.blocks[0]?.text).toContain("cell 1");
    expect(right.outcome?.agents[0]?.observation?.blocks[0]?.text).toContain("cell 3");
  });

  it("the same task, seed and actions give the same hashes, in any group", async () => {
    const { address } = await startServer();
    const play = async (): Promise<readonly string[]> => {
      const { sessions } = await createGroup(address, 3, 1);
      const hashes: string[] = [];
      for (const [index, text] of ["go right", "look", "go left"].entries()) {
        const { outcome } = await stepOnce(address, stepItem(sessions[0]?.sessionId ?? "", index + 1, text));
        hashes.push(outcome?.fullStateHash.toString("hex") ?? "none");
      }
      return hashes;
    };
    expect(await play()).toEqual(await play());
  });

  it("DERIVED replicas look the same, differ in their future, and leave the full hash of the start out", async () => {
    const { address } = await startServer();
    const groups = [spec({ replicaCount: 3, replicaSeeds: "REPLICA_SEEDS_DERIVED" })];
    const { results } = await createGroups(address, [], 0, { groups });
    const group = results[0]?.group;
    expect(group?.initial?.fullStateHash.length).toBe(0);
    expect(new Set(group?.sessions.map((session) => session.semanticStateHash.toString("hex"))).size).toBe(1);
    expect(new Set(group?.sessions.map((session) => session.fullStateHash.toString("hex"))).size).toBe(3);
  });

  it("a world that resets to different states is found out", async () => {
    const { address, liveSessionCount } = await startServer([
      corridorWorld({ faults: ["nondeterministic-reset"] }) as never,
    ]);
    const { results } = await createGroups(address, [0], 4);
    expect(errorOf(results[0])).toMatchObject({ reason: "GROUP_NOT_IDENTICAL", ids: { field: "semantic_state_hash" } });
    expect(liveSessionCount()).toBe(0);
  });

  it("one bad group fails alone", async () => {
    const { address, liveSessionCount } = await startServer();
    const groups = [
      spec({ groupKey: "fine" }),
      spec({ groupKey: "unknown task", taskId: "corridor/1.0.0/train/99" }),
      spec({ groupKey: "no replicas", replicaCount: 0 }),
      spec({ groupKey: "inline", taskId: undefined, inlineTaskJson: "{}" }),
      spec({ groupKey: "options", optionsJson: '{"width": 3}' }),
      spec({ groupKey: "parser", textParser: "telepathy" }),
      spec({ groupKey: "seed", seed: "9007199254740992" }),
    ];
    expect(reasons(await createGroups(address, [], 0, { groups }))).toEqual([
      "created",
      "TASK_NOT_FOUND",
      "MESSAGE_INVALID",
      "INLINE_TASK_UNSUPPORTED",
      "MESSAGE_INVALID",
      "MESSAGE_INVALID",
      "MESSAGE_INVALID",
    ]);
    expect(liveSessionCount()).toBe(2);
    expect(reasons(await createGroups(address, [1, 2], 1, { environment: "cellar" }))).toEqual([
      "ENVIRONMENT_NOT_FOUND",
      "ENVIRONMENT_NOT_FOUND",
    ]);
  });

  it.each([
    ["no groups", { groups: [] }, "MESSAGE_INVALID"],
    ["two groups of one key", { groups: [spec({}), spec({})] }, "MESSAGE_INVALID"],
    ["too many sessions", { groups: [spec({ replicaCount: 2_000 })] }, "MESSAGE_INVALID"],
    ["no request id", { requestId: "" }, "MESSAGE_INVALID"],
    ["no lease", { leaseId: "" }, "MESSAGE_INVALID"],
    ["another build", { expectedBuildDigest: Buffer.alloc(32, 1) }, "BUILD_CHANGED"],
  ])("refuses the whole call: %s", async (_what, more, reason) => {
    const { address, liveSessionCount } = await startServer();
    await expect(createGroups(address, [0], 1, more)).rejects.toMatchObject({ reason });
    expect(liveSessionCount()).toBe(0);
  });

  it("an answer that would not fit a message is refused group by group, and leaves no session behind", async () => {
    const worlds = [corridorWorld({ paddingChars: 3_000 }) as never];
    const { address, liveSessionCount } = await startServer(worlds, { maxMessageBytes: 20_000 });
    const answered = reasons(await createGroups(address, [0, 1, 2, 3, 4, 5, 6, 7], 2));
    expect(answered.slice(0, 4)).toEqual(Array(4).fill("created"));
    expect(answered.at(-1)).toBe("MESSAGE_INVALID");
    expect(liveSessionCount()).toBe(2 * answered.filter((reason) => reason === "created").length);
  });

  it("a repeated request id returns the same sessions, also concurrently; other content conflicts", async () => {
    const { address, liveSessionCount } = await startServer();
    const again = { requestId: "once" };
    const answers = await Promise.all([1, 2, 3].map(() => createGroups(address, [0, 1], 3, again)));
    answers.push(await createGroups(address, [0, 1], 3, again));
    const ids = answers.map(({ results }) => results.flatMap(({ group }) => group?.sessions.map((s) => s.sessionId)));
    expect(new Set(ids.map((list) => JSON.stringify(list))).size).toBe(1);
    expect(ids[0]).toHaveLength(6);
    expect(liveSessionCount()).toBe(6);
    await expect(createGroups(address, [0, 1], 2, again)).rejects.toMatchObject({ reason: "REQUEST_CONFLICT" });
  });

  it("beyond max_sessions an item is refused with a retry delay, or waits for room as long as it was told", async () => {
    const { address, liveSessionCount } = await startServer(undefined, { maxSessions: 4 });
    const { groupId } = await createGroup(address, 0, 3);
    const { results } = await createGroups(address, [1, 2], 1);
    expect(results[0]?.group).not.toBeNull();
    expect(errorOf(results[1])).toMatchObject({ reason: "CAPACITY_EXHAUSTED", retryable: true, retryDelayMs: 1_000 });
    const waiting = createGroups(address, [3], 3, { maxWait: { seconds: 10 } });
    await call(environmentClient(address), "CloseSessions", { groupIds: [groupId] });
    expect(reasons(await waiting)).toEqual(["created"]);
    expect(liveSessionCount()).toBe(4);
  });
});

describe("CloseSessions", () => {
  it("frees sessions, counts each once, and tells unknown ids from closed ones", async () => {
    const { address, liveSessionCount } = await startServer();
    const { groupId, sessions } = await createGroup(address, 0, 3);
    const sessionId = sessions[0]?.sessionId ?? "";
    const close = (request: object) =>
      call<object, CloseSessionsResponse>(environmentClient(address), "CloseSessions", request);
    const { results } = await close({ sessionIds: [sessionId, "never"], groupIds: [groupId, groupId, "never"] });
    expect(results.map((result) => result.closed?.sessionCount ?? errorOf(result)?.reason)).toEqual([
      1,
      "SESSION_NOT_FOUND",
      2,
      0,
      "GROUP_NOT_FOUND",
    ]);
    expect(liveSessionCount()).toBe(0);
    expect(errorOf(await stepOnce(address, stepItem(sessionId, 1, "look")))?.reason).toBe("SESSION_CLOSED");
    await expect(close({ groupIds: [groupId], reason: "END_REASON_GOAL_REACHED" })).rejects.toMatchObject({
      reason: "MESSAGE_INVALID",
    });
  });
});
