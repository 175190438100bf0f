import { afterEach, describe, expect, it } from "vitest";
import type { StepResponse } from "../../proto/gen/anchorgym/v1/StepResponse.ts";
import { corridorWorld } from "../doubles/corridor-world.ts";
import {
  call,
  closeAll,
  createGroup,
  environmentClient,
  errorOf,
  startServer,
  stepAll,
  stepItem,
  stepOnce,
} from "../doubles/running-server.ts";

afterEach(closeAll);

/** A session of task 4: 11 cells, start in cell 5, goal in cell 10. */
async function newSession(worlds?: Parameters<typeof startServer>[0], limits = {}) {
  const server = await startServer(worlds, limits);
  const { sessions } = await createGroup(server.address, 4, 1);
  return { ...server, sessionId: sessions[0]?.sessionId ?? "", fullHash: sessions[0]?.fullStateHash };
}
const withoutTiming = (outcome: unknown) => ({ ...(outcome as object), queueUs: 0, envUs: 0 });

describe("Step", () => {
  it("has each effect once: sending a step again returns its outcome, marked replayed", async () => {
    const { address, sessionId, counters } = await newSession();
    const first = await stepOnce(address, stepItem(sessionId, 1, "go right"));
    const again = await stepOnce(address, stepItem(sessionId, 1, "go right"));
    expect(again.outcome).toEqual({ ...first.outcome, replayed: true });
    expect(counters.steps_total).toBe(1);
    const next = await stepOnce(address, stepItem(sessionId, 2, "go right"));
    expect(next.outcome?.agents[0]?.observation?.blocks[0]?.text).toContain("cell 7");
  });

  it("a duplicate in one batch joins the step; steps of one session run in order", async () => {
    const { address, sessionId, counters } = await newSession();
    const [a, b, c] = await stepAll(address, [
      stepItem(sessionId, 1, "go right"),
      stepItem(sessionId, 1, "go right"),
      stepItem(sessionId, 2, "go left"),
    ]);
    expect(withoutTiming(a?.outcome)).toEqual(withoutTiming(b?.outcome));
    expect(c?.outcome).toMatchObject({ seq: 2, turn: 2 });
    expect(counters.steps_total).toBe(2);
  });

  it("answers each row of the table of protocol.md section 5", async () => {
    const { address, sessionId } = await newSession();
    for (let seq = 1; seq <= 6; seq++) await stepOnce(address, stepItem(sessionId, seq, "look"));
    const reason = async (item: object) => errorOf(await stepOnce(address, item as never))?.reason ?? "outcome";
    expect(await reason(stepItem("nobody", 7, "look"))).toBe("SESSION_NOT_FOUND");
    expect(await reason(stepItem(sessionId, 7, "look", 2))).toBe("STALE_EPOCH");
    expect(await reason(stepItem(sessionId, 3, "look"))).toBe("outcome");
    expect(await reason(stepItem(sessionId, 3, "go left"))).toBe("STEP_CONFLICT");
    expect(await reason(stepItem(sessionId, 2, "look"))).toBe("SEQ_EXPIRED");
    expect(await reason(stepItem(sessionId, 8, "look"))).toBe("SEQ_GAP");
    const foreign = { ...stepItem(sessionId, 7, "look"), expectedFullStateHash: Buffer.alloc(32, 9) };
    expect(await reason(foreign)).toBe("STATE_MISMATCH");
    expect(await reason({ ...stepItem(sessionId, 7, "look"), actions: [] })).toBe("AGENTS_MISMATCH");
    const stranger = { ...stepItem(sessionId, 7, "x"), actions: [{ agentId: "bob", text: "look" }] };
    expect(await reason(stranger)).toBe("AGENTS_MISMATCH");
    expect(await reason({ ...stepItem(sessionId, 7, "x"), actions: [{ agentId: "" }] })).toBe("MESSAGE_INVALID");
    expect(await reason(stepItem(sessionId, 0, "look"))).toBe("MESSAGE_INVALID");
    // None of these refusals consumed seq 7.
    expect(await reason(stepItem(sessionId, 7, "look"))).toBe("outcome");
  });

  it("a gap names the next seq, a mismatch both hashes", async () => {
    const { address, sessionId, fullHash } = await newSession();
    const gap = errorOf(await stepOnce(address, stepItem(sessionId, 5, "look")));
    expect(gap?.ids).toMatchObject({ next_seq: "1", session: sessionId });
    const wrong = { ...stepItem(sessionId, 1, "look"), expectedFullStateHash: Buffer.alloc(32, 9) };
    expect(errorOf(await stepOnce(address, wrong))?.ids["actual"]).toBe(fullHash?.toString("hex"));
    const right = { ...stepItem(sessionId, 1, "look"), expectedFullStateHash: fullHash ?? Buffer.alloc(0) };
    expect((await stepOnce(address, right)).outcome?.seq).toBe(1);
  });

  it("a refused step sends those queued behind it back", async () => {
    const { address, sessionId, counters } = await newSession();
    const results = await stepAll(address, [
      stepItem(sessionId, 1, "go right"),
      { ...stepItem(sessionId, 2, "look"), expectedFullStateHash: Buffer.alloc(32, 9) },
      stepItem(sessionId, 3, "look"),
    ]);
    expect(results.map((result) => errorOf(result)?.reason ?? "outcome")).toEqual([
      "outcome",
      "STATE_MISMATCH",
      "SEQ_GAP",
    ]);
    expect(counters.steps_total).toBe(1);
  });

  it("more queued steps of one session than the window are refused", async () => {
    const { address, sessionId } = await newSession(undefined, { outcomeWindow: 2 });
    const items = [1, 2, 3].map((seq) => stepItem(sessionId, seq, "look"));
    const results = await stepAll(address, items);
    expect(results.map((result) => errorOf(result)?.reason ?? "outcome")).toEqual([
      "outcome",
      "outcome",
      "WINDOW_EXCEEDED",
    ]);
  });

  it("an episode ends once, with reason and score, and takes no step after that", async () => {
    const { address, sessionId } = await newSession();
    for (let seq = 1; seq <= 4; seq++) await stepOnce(address, stepItem(sessionId, seq, "go right"));
    const { outcome } = await stepOnce(address, stepItem(sessionId, 5, "go right"));
    expect(outcome).toMatchObject({ endReason: "END_REASON_GOAL_REACHED", score: 1, actingAgents: [] });
    expect(outcome?.agents[0]).toMatchObject({ reward: 1, terminated: true, truncated: false, actionSpace: null });
    expect(outcome?.agents[0]?.rewardComponents).toEqual([{ name: "goal", value: 1 }]);
    expect(errorOf(await stepOnce(address, stepItem(sessionId, 6, "look")))?.reason).toBe("EPISODE_ENDED");
    expect((await stepOnce(address, stepItem(sessionId, 5, "go right"))).outcome?.replayed).toBe(true);
  });

  it("an agent's mistake is an outcome that costs a step", async () => {
    const { address, sessionId } = await newSession();
    const validities: unknown[] = [];
    const actions = [
      { text: "sing" },
      { text: "x".repeat(65) },
      { choice: 99 },
      { choice: 1 },
      { toolCalls: { calls: [{ callId: "1", name: "shell", argumentsJson: "{}" }] } },
    ];
    for (const [index, action] of actions.entries()) {
      const item = { sessionId, epoch: 1, seq: index + 1, actions: [{ agentId: "", ...action }] };
      const { outcome } = await stepOnce(address, item);
      validities.push([outcome?.seq, outcome?.agents[0]?.actionValidity, outcome?.agents[0]?.normalizedAction]);
    }
    expect(validities).toEqual([
      [1, "ACTION_VALIDITY_NOT_ADMISSIBLE", ""],
      [2, "ACTION_VALIDITY_UNPARSABLE", ""],
      [3, "ACTION_VALIDITY_NOT_ADMISSIBLE", ""],
      [4, "ACTION_VALIDITY_VALID", "go right"],
      [5, "ACTION_VALIDITY_SCHEMA_MISMATCH", ""],
    ]);
  });

  it("random bytes in an agent's text are an outcome too", async () => {
    const { address, sessionId } = await newSession();
    const texts = ["\ud800", "\udfff\ud800", "\0\u0001", "é\u202e", '{"a": 1}'];
    for (const [index, text] of texts.entries()) {
      const { outcome } = await stepOnce(address, stepItem(sessionId, index + 1, text));
      expect(outcome?.agents[0]?.actionValidity).toBe("ACTION_VALIDITY_NOT_ADMISSIBLE");
    }
  });

  it("an unchanged action space leaves its lists out and keeps its digest", async () => {
    const { address, sessionId } = await newSession();
    const first = await stepOnce(address, stepItem(sessionId, 1, "look"));
    expect(first.outcome?.agents[0]?.actionSpace).toMatchObject({ unchanged: true, admissible: [] });
    for (let seq = 2; seq <= 5; seq++) await stepOnce(address, stepItem(sessionId, seq, "go left"));
    const { outcome } = await stepOnce(address, stepItem(sessionId, 6, "go left"));
    expect(outcome?.agents[0]?.actionSpace).toMatchObject({ unchanged: false, admissible: ["go right", "look"] });
    expect(outcome?.agents[0]?.actionSpace?.digest).not.toEqual(first.outcome?.agents[0]?.actionSpace?.digest);
  });

  it("a cancelled call undoes nothing, and a duplicate of it joins or finds the one effect", async () => {
    const { address, counters } = await startServer([corridorWorld({ stepMs: 30 }) as never]);
    const { sessions } = await createGroup(address, 4, 8);
    const items = sessions.map(({ sessionId }) => stepItem(sessionId, 1, "go right"));
    const client = environmentClient(address);
    await expect(call(client, "Step", { items }, 60)).rejects.toMatchObject({ reason: "DEADLINE_EXCEEDED" });
    const [again, too] = await Promise.all([stepAll(address, items), stepAll(address, items)]);
    expect(again.map(({ outcome }) => outcome?.fullStateHash)).toEqual(
      too.map(({ outcome }) => outcome?.fullStateHash),
    );
    expect(again.every(({ outcome }) => outcome?.seq === 1)).toBe(true);
    expect(counters.steps_total).toBe(8);
  });

  it("LEAN leaves observations and action spaces out and nothing else", async () => {
    const { address, sessionId } = await newSession();
    const request = { items: [stepItem(sessionId, 1, "go right")] };
    const full = await call<object, StepResponse>(environmentClient(address), "Step", request);
    const lean = await call<object, StepResponse>(environmentClient(address), "Step", {
      ...request,
      detail: "DETAIL_LEAN",
    });
    const agent = full.results[0]?.outcome?.agents[0];
    expect(lean.results[0]?.outcome?.agents[0]).toEqual({ ...agent, observation: null, actionSpace: null });
    expect(lean.results[0]?.outcome?.fullStateHash).toEqual(full.results[0]?.outcome?.fullStateHash);
  });

  it.each(["step-throws-on-boom", "reward-not-finite-on-boom"] as const)(
    "a fault of the world ends its session alone: %s",
    async (fault) => {
      const { address, sessionId, counters } = await newSession([corridorWorld({ faults: [fault] }) as never]);
      const { sessions } = await createGroup(address, 4, 1);
      const other = sessions[0]?.sessionId ?? "";
      const [broken, fine] = await stepAll(address, [stepItem(sessionId, 1, "boom"), stepItem(other, 1, "look")]);
      expect(errorOf(broken)).toMatchObject({ reason: "ENV_FAULT", retryable: false });
      expect(fine?.outcome?.seq).toBe(1);
      expect(errorOf(await stepOnce(address, stepItem(sessionId, 1, "look")))?.reason).toBe("SESSION_FAILED");
      expect(counters.env_faults_total).toBe(1);
    },
  );

  it("min_settled and max_wait answer early; what is pending can be collected later", async () => {
    const { address } = await startServer([corridorWorld({ stepMs: 15 }) as never]);
    const { sessions } = await createGroup(address, 4, 6);
    const items = sessions.map(({ sessionId }) => stepItem(sessionId, 1, "look"));
    const client = environmentClient(address);
    const early = await call<object, StepResponse>(client, "Step", { items, minSettled: 2 });
    const reasons = early.results.map((result) => errorOf(result)?.reason ?? "outcome");
    expect(reasons.filter((reason) => reason === "STEP_PENDING").length).toBeGreaterThan(0);
    expect(reasons.filter((reason) => reason === "outcome").length).toBeGreaterThanOrEqual(2);
    const late = await call<object, StepResponse>(client, "Step", { items });
    expect(late.results.every((result) => result.outcome?.seq === 1)).toBe(true);
  });

  it("outcomes that do not fit the message are pending, not lost", async () => {
    const { address } = await startServer([corridorWorld({ paddingChars: 4_000 }) as never], {
      maxMessageBytes: 10_000,
    });
    const { sessions } = await createGroup(address, 4, 4);
    const items = sessions.map(({ sessionId }) => stepItem(sessionId, 1, "look"));
    const results = await stepAll(address, items);
    const pending = results.filter((result) => errorOf(result)?.reason === "STEP_PENDING");
    expect(pending.length).toBe(2);
    const again = await stepAll(address, items.slice(2));
    expect(again.map((result) => result.outcome?.replayed)).toEqual([true, true]);
  });

  it("refuses empty and oversized batches as a whole", async () => {
    const { address, sessionId } = await newSession(undefined, { maxBatchItems: 4 });
    await expect(stepAll(address, [])).rejects.toMatchObject({ reason: "MESSAGE_INVALID" });
    const items = [1, 2, 3, 4, 5].map((seq) => stepItem(sessionId, seq, "look"));
    await expect(stepAll(address, items)).rejects.toMatchObject({ reason: "MESSAGE_INVALID", ids: { field: "items" } });
  });
});
