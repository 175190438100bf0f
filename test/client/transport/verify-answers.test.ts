import { describe, expect, it } from "vitest";
import { verifyGroup } from "../../../client/transport/group-codec.ts";
import { decodeOutcome } from "../../../client/transport/outcome-codec.ts";
import { PendingSteps } from "../../../client/transport/pending-steps.ts";
import { messageType } from "../../../proto/definition.ts";
import type { Group, GroupInit } from "../../../proto/gen/anchorgym/v1/Group.ts";
import type { Outcome, OutcomeInit } from "../../../proto/gen/anchorgym/v1/Outcome.ts";

const hash = (byte: number) => Buffer.alloc(32, byte);
const groupType = messageType<GroupInit, Group>("anchorgym.v1.Group");
const outcomeType = messageType<OutcomeInit, Outcome>("anchorgym.v1.Outcome");

const START: OutcomeInit = {
  seq: 0,
  agents: [
    { observation: { blocks: [{ text: "a" }, { text: "b" }] }, actionSpace: { admissible: ["x"], complete: true } },
  ],
  actingAgents: [""],
  fullStateHash: hash(1),
  semanticStateHash: hash(2),
};
const session = (replicaIndex: number, more: object = {}) => ({
  sessionId: `s${replicaIndex}`,
  replicaIndex,
  epoch: 1,
  nextSeq: 1,
  fullStateHash: hash(1),
  semanticStateHash: hash(2),
  ...more,
});
const GROUP: GroupInit = { groupId: "g", initial: START, sessions: [session(0), session(1)] };
const SPEC = { groupKey: "k", taskId: "t", seed: 1, replicaCount: 2 };

const decoded = (group: GroupInit): Group => groupType.deserialize(groupType.serialize(group));
const outcome = (more: OutcomeInit): Outcome => outcomeType.deserialize(outcomeType.serialize({ ...START, ...more }));

describe("verifyGroup", () => {
  it("accepts what the protocol promises and fills the endpoint in", () => {
    const start = verifyGroup(SPEC, decoded(GROUP), "host:1");
    expect(start.initial).toMatchObject({ observation: "a\nb", admissible: ["x"], validity: "", seq: 0 });
    expect(start.sessions.map(({ sessionId, endpoint }) => [sessionId, endpoint])).toEqual([
      ["s0", "host:1"],
      ["s1", "host:1"],
    ]);
  });

  it.each<[string, GroupInit, string]>([
    ["too few replicas", { sessions: [session(0)] }, "ANSWER_INVALID"],
    ["replicas out of order", { sessions: [session(1), session(0)] }, "ANSWER_INVALID"],
    ["one session twice", { sessions: [session(0), session(1, { sessionId: "s0" })] }, "ANSWER_INVALID"],
    ["a replica that was stepped", { sessions: [session(0), session(1, { nextSeq: 2 })] }, "ANSWER_INVALID"],
    ["no initial outcome", { initial: null }, "ANSWER_INVALID"],
    ["no group id", { groupId: "" }, "ANSWER_INVALID"],
    ["another full hash", { sessions: [session(0), session(1, { fullStateHash: hash(9) })] }, "GROUP_NOT_IDENTICAL"],
    ["another world", { sessions: [session(0), session(1, { semanticStateHash: hash(9) })] }, "GROUP_NOT_IDENTICAL"],
    ["no common full hash", { initial: { ...START, fullStateHash: Buffer.alloc(0) } }, "GROUP_NOT_IDENTICAL"],
  ])("refuses %s", (_what, more, reason) => {
    const verify = () => verifyGroup(SPEC, decoded({ ...GROUP, ...more }), "host:1");
    expect(verify).toThrow(expect.objectContaining({ reason, ids: expect.objectContaining({ endpoint: "host:1" }) }));
  });

  it("DERIVED replicas may differ in their full hash, not in their world", () => {
    const derived = { ...SPEC, replicaSeeds: "DERIVED" } as const;
    const initial = { ...START, fullStateHash: Buffer.alloc(0) };
    const sessions = [session(0), session(1, { fullStateHash: hash(9) })];
    expect(verifyGroup(derived, decoded({ ...GROUP, initial, sessions }), "host:1").initial.anchors.full).toBe("");
    const strange = [session(0), session(1, { semanticStateHash: hash(9) })];
    expect(() => verifyGroup(derived, decoded({ ...GROUP, initial, sessions: strange }), "host:1")).toThrow(
      expect.objectContaining({ reason: "GROUP_NOT_IDENTICAL" }),
    );
  });
});

describe("decodeOutcome", () => {
  const agent = (more: object) => [{ ...START.agents?.[0], ...more }];

  it("fills an unchanged action space in from one seq earlier, and refuses one at the start", () => {
    const unchanged = outcome({ seq: 3, agents: agent({ actionSpace: { unchanged: true } }) });
    expect(decodeOutcome(unchanged, { admissible: ["p", "q"], tools: [], admissibleComplete: true })).toMatchObject({
      admissible: ["p", "q"],
      admissibleComplete: true,
    });
    expect(() => decodeOutcome(unchanged, undefined)).toThrow(expect.objectContaining({ reason: "ANSWER_INVALID" }));
  });

  it("names ends without their prefix and keeps a score of 0", () => {
    const over = outcome({
      actingAgents: [],
      endReason: "END_REASON_MAX_TURNS",
      score: 0,
      agents: agent({ truncated: true, actionSpace: null, actionValidity: "ACTION_VALIDITY_NO_EFFECT" }),
    });
    expect(decodeOutcome(over, { admissible: ["p"], tools: [], admissibleComplete: true })).toMatchObject({
      endReason: "MAX_TURNS",
      score: 0,
      truncated: true,
      validity: "NO_EFFECT",
      admissible: [],
    });
    expect(decodeOutcome(outcome({}), undefined)).toMatchObject({ endReason: undefined, score: undefined });
  });

  it.each<[string, OutcomeInit]>([
    ["an end with somebody to act", { endReason: "END_REASON_MAX_TURNS" }],
    ["nobody to act without an end", { actingAgents: [] }],
    ["both flags", { agents: agent({ terminated: true, truncated: true }) }],
    ["a reward that is no number", { agents: agent({ reward: Number.NaN }) }],
    ["a hash of 5 bytes", { semanticStateHash: Buffer.alloc(5) }],
    ["another agent", { agents: agent({ agentId: "bob" }) }],
    ["nobody", { agents: [] }],
  ])("refuses %s", (_what, more) => {
    expect(() => decodeOutcome(outcome(more), { admissible: [], tools: [], admissibleComplete: true })).toThrow(
      expect.objectContaining({ reason: "ANSWER_INVALID" }),
    );
  });
});

describe("PendingSteps", () => {
  const step = (sessionId: string, seq: number, overdueAtMs = 100) => ({
    item: { sessionId, seq, epoch: 1 },
    overdueAtMs,
    resolve: () => undefined,
    reject: () => undefined,
  });

  it("keeps order, refuses duplicates, and sends everything unanswered again after a loss", () => {
    const pending = new PendingSteps();
    const [a, b, c] = [step("a", 1), step("b", 1), step("c", 1)];
    expect([a, b, c].map((each) => pending.add(each))).toEqual([true, true, true]);
    expect(pending.add(step("a", 1))).toBe(false);
    expect(pending.takeUnsent(2)).toEqual([a, b]);
    expect(pending.settle("a", 1)).toBe(a);
    expect(pending).toMatchObject({ sentCount: 1, unsentCount: 1, size: 2 });
    pending.unsendAll();
    expect(pending.takeUnsent(9)).toEqual([b, c]);
  });

  it("an overdue step is given up: it is not sent, and its late answer is nobody's", () => {
    const pending = new PendingSteps();
    pending.add(step("a", 1, 50));
    pending.add(step("b", 1, 150));
    expect(pending.takeOverdue(100)).toHaveLength(1);
    expect(pending.takeUnsent(9).map(({ item }) => item.sessionId)).toEqual(["b"]);
    expect(pending.settle("a", 1)).toBeUndefined();
  });
});
