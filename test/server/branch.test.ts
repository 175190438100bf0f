import { afterEach, describe, expect, it } from "vitest";
import type { BranchResult } from "../../proto/gen/anchorgym/v1/BranchResult.ts";
import type { BranchStepResponse } from "../../proto/gen/anchorgym/v1/BranchStepResponse.ts";
import type { CommitBranchResponse } from "../../proto/gen/anchorgym/v1/CommitBranchResponse.ts";
import type { Outcome } from "../../proto/gen/anchorgym/v1/Outcome.ts";
import type { StepResult } from "../../proto/gen/anchorgym/v1/StepResult.ts";
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

const candidates = (...texts: string[]) => texts.map((text) => ({ actions: [{ agentId: "", text }] }));

async function newSession(worlds?: Parameters<typeof startServer>[0], limits = {}) {
  const server = await startServer(worlds, limits);
  const { sessions } = await createGroup(server.address, 4, 2);
  const [first, second] = sessions;
  const client = environmentClient(server.address);
  const branchAll = async (items: object[]): Promise<BranchResult[]> => {
    return (await call<object, BranchStepResponse>(client, "BranchStep", { items })).results;
  };
  const branch = async (seq: number, texts: string[], more: object = {}): Promise<BranchResult> => {
    const item = { sessionId: first?.sessionId, epoch: 1, seq, candidates: candidates(...texts), ...more };
    return (await branchAll([item]))[0] as BranchResult;
  };
  const commit = async (seq: number, branchIndex: number, fullStateHash: unknown): Promise<StepResult> => {
    const items = [{ sessionId: first?.sessionId, epoch: 1, seq, branchIndex, fullStateHash }];
    return (await call<object, CommitBranchResponse>(client, "CommitBranch", { items })).results[0] as StepResult;
  };
  return { ...server, first: first?.sessionId ?? "", second: second?.sessionId ?? "", branch, branchAll, commit };
}
const outcomes = (result: BranchResult): Outcome[] =>
  (result.branches?.candidates ?? []).flatMap(({ outcome }) => (outcome == null ? [] : [outcome]));
const identity = ({ seq, fullStateHash, semanticStateHash, endReason, score, actingAgents, agents }: Outcome) => ({
  ...{ seq, fullStateHash, semanticStateHash, endReason, score, actingAgents },
  agents: agents.map(({ actionSpace, ...agent }) => ({ ...agent, space: actionSpace?.digest })),
});

describe("BranchStep", () => {
  it("candidates have the outcomes that steps would have, and the session does not move", async () => {
    const { address, first, second, branch, counters } = await newSession();
    const results = outcomes(await branch(1, ["go right", "go left", "sing", "go right"]));
    expect(results).toHaveLength(4);
    expect(results[3]).toEqual(results[0]);
    expect(counters.steps_total).toBe(0);
    const stepped = await stepOnce(address, stepItem(second, 1, "go left"));
    expect(identity(results[1] as Outcome)).toEqual(identity(stepped.outcome as Outcome));
    expect(results[0]?.agents[0]?.actionSpace).toMatchObject({ unchanged: false });
    // A plain step at that seq drops the branches.
    expect((await stepOnce(address, stepItem(first, 1, "look"))).outcome?.seq).toBe(1);
    expect(errorOf(await branch(1, ["go right"]))?.reason).toBe("SEQ_EXPIRED");
  });

  it("the same candidates again return the kept results, others conflict", async () => {
    const { branch, counters } = await newSession();
    const once = outcomes(await branch(1, ["go right", "look"]));
    const twice = outcomes(await branch(1, ["go right", "look"]));
    expect(twice).toEqual(once.map((outcome) => ({ ...outcome, replayed: true })));
    expect(errorOf(await branch(1, ["go right", "go left"]))?.reason).toBe("STEP_CONFLICT");
    expect(counters.branch_candidates_total).toBe(2);
  });

  it("commit promotes exactly the named outcome, once", async () => {
    const { address, first, branch, commit, counters } = await newSession();
    const [left, right] = outcomes(await branch(1, ["go left", "go right"]));
    expect(errorOf(await commit(1, 1, left?.fullStateHash))?.reason).toBe("STATE_MISMATCH");
    expect(errorOf(await commit(1, 2, left?.fullStateHash))?.reason).toBe("BRANCH_NOT_FOUND");
    const committed = await commit(1, 1, right?.fullStateHash);
    expect(committed.outcome).toEqual(right);
    expect((await commit(1, 1, right?.fullStateHash)).outcome).toEqual({ ...right, replayed: true });
    expect(errorOf(await commit(1, 0, left?.fullStateHash))?.reason).toBe("STEP_CONFLICT");
    expect((await stepOnce(address, stepItem(first, 1, "go right"))).outcome?.replayed).toBe(true);
    expect((await stepOnce(address, stepItem(first, 2, "look"))).outcome?.agents[0]?.observation?.blocks[0]?.text).toBe(
      "You are in cell 6 of 11.",
    );
    expect(counters.steps_total).toBe(2);
  });

  it("answers each row of section 5 that concerns it", async () => {
    const { address, first, branch, branchAll, commit } = await newSession(undefined, { maxFanOut: 3 });
    const reason = async (answer: Promise<{ status: never } | BranchResult | StepResult>) =>
      errorOf((await answer) as StepResult)?.reason ?? "outcome";
    const hash = Buffer.alloc(32, 1);
    expect(await reason(branch(1, ["look"], { sessionId: "nobody" }))).toBe("SESSION_NOT_FOUND");
    expect(await reason(branch(1, ["look"], { epoch: 7 }))).toBe("STALE_EPOCH");
    expect(await reason(branch(2, ["look"]))).toBe("SEQ_GAP");
    expect(await reason(branch(0, ["look"]))).toBe("MESSAGE_INVALID");
    expect(await reason(branch(1, []))).toBe("MESSAGE_INVALID");
    expect(await reason(branch(1, ["a", "b", "c", "d"]))).toBe("FAN_OUT_EXCEEDED");
    expect(await reason(branch(1, [], { candidates: [{ actions: [] }] }))).toBe("AGENTS_MISMATCH");
    expect(await reason(commit(1, 0, hash))).toBe("BRANCH_NOT_FOUND");
    expect(await reason(commit(2, 0, hash))).toBe("SEQ_GAP");
    expect(await reason(commit(1, 0, Buffer.alloc(0)))).toBe("MESSAGE_INVALID");
    await expect(branchAll([])).rejects.toMatchObject({ reason: "MESSAGE_INVALID" });
    for (let seq = 1; seq <= 5; seq++) await stepOnce(address, stepItem(first, seq, "go right"));
    expect(await reason(branch(6, ["look"]))).toBe("EPISODE_ENDED");
    expect(await reason(commit(6, 0, hash))).toBe("EPISODE_ENDED");
    expect(await reason(commit(1, 0, hash))).toBe("SEQ_EXPIRED");
  });

  it("a candidate that breaks the world keeps its status and harms nothing", async () => {
    const { branch, commit, address, first } = await newSession([
      corridorWorld({ faults: ["step-throws-on-boom"] }) as never,
    ]);
    const result = await branch(1, ["boom", "go right"]);
    const [broken, fine] = result.branches?.candidates ?? [];
    expect(errorOf(broken as never)?.reason).toBe("ENV_FAULT");
    expect(errorOf(await commit(1, 0, fine?.outcome?.fullStateHash))?.reason).toBe("BRANCH_NOT_FOUND");
    expect((await commit(1, 1, fine?.outcome?.fullStateHash)).outcome?.seq).toBe(1);
    expect((await stepOnce(address, stepItem(first, 2, "look"))).outcome?.seq).toBe(2);
  });

  it("answers that do not fit the message are pending, and can be collected", async () => {
    const { branchAll, first, second } = await newSession([corridorWorld({ paddingChars: 4_000 }) as never], {
      maxMessageBytes: 12_000,
    });
    const items = [first, second].map((sessionId) => {
      return { sessionId, epoch: 1, seq: 1, candidates: candidates("look", "go left") };
    });
    const results = await branchAll(items);
    expect(results.map((result) => errorOf(result as never)?.reason ?? "outcome")).toEqual(["outcome", "STEP_PENDING"]);
    expect(outcomes((await branchAll(items.slice(1)))[0] as BranchResult)).toHaveLength(2);
  });
});
