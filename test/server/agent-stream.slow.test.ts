// Interact for the bearer of an agent token: its own agent of its own session, no lease, and nothing that an agent may
// not see.

import { afterEach, describe, expect, it } from "vitest";
import { tallySequential } from "../../envs/tally/tally-world.ts";
import type { CreateGroupsResponse } from "../../proto/gen/anchorgym/v1/CreateGroupsResponse.ts";
import type { Session } from "../../proto/gen/anchorgym/v1/Session.ts";
import { decodeStatus } from "../../proto/rich-status.ts";
import type { ServerLimits } from "../../server/config.ts";
import { corridorWorld } from "../doubles/corridor-world.ts";
import { InteractProbe } from "../doubles/interact-probe.ts";
import {
  call,
  closeAll,
  environmentClient,
  errorOf,
  startServer,
  stepItem,
  stepOnce,
} from "../doubles/running-server.ts";

afterEach(closeAll);

const CORRIDOR = ["corridor", "corridor/1.0.0/train/4"] as const;
const TALLY = ["tally-sequential", "tally-sequential/1.0.0/train/0"] as const;

async function start(
  [environment, taskId]: readonly [string, string],
  limits: Partial<ServerLimits> = {},
  world = corridorWorld(),
) {
  const server = await startServer([world as never, tallySequential as never], limits);
  const client = environmentClient(server.address);
  const { results } = await call<object, CreateGroupsResponse>(client, "CreateGroups", {
    requestId: "agents",
    leaseId: "lease-1",
    environment,
    groups: [{ groupKey: "g", taskId, seed: "7", replicaCount: 2 }],
    issueAgentTokens: true,
  });
  const { sessions = [] } = results[0]?.group ?? {};
  const close = (sessionId: string) => call(client, "CloseSessions", { sessionIds: [sessionId] });
  return { ...server, close, sessions: sessions as [Session, Session] };
}

const tokenOf = ({ agentTokens }: Session, agentId = ""): string =>
  agentTokens.find((issued) => issued.agentId === agentId)?.token ?? "";

async function openStream(address: string, token: string, more: object = {}): Promise<InteractProbe> {
  const probe = new InteractProbe(address, token);
  probe.send({ frameId: 1, hello: more });
  await probe.until(() => probe.frames.length > 0 || probe.error !== undefined);
  return probe;
}

const act = (sessionId: string, seq: number, agentId: string, text: string) => ({
  sessionId,
  epoch: 1,
  seq,
  actions: [{ agentId, text }],
});

describe("the stream of an agent token", () => {
  it("is welcomed without a lease and answers what the unary call answers", async () => {
    const { address, sessions } = await start(CORRIDOR);
    const [own] = sessions;
    const probe = await openStream(address, tokenOf(own), { maxInFlightItems: 3 });
    expect(probe.frames[0]?.welcome).toMatchObject({ lease: null, limits: { maxInFlightItems: 3 } });
    probe.send({ frameId: 2, step: { items: [stepItem(own.sessionId, 1, "go right")] } });
    const [streamed] = await probe.results(2);
    const outcome = streamed?.outcome;
    expect(outcome?.agents[0]?.observation?.blocks[0]?.text).toMatch(/You are in cell/);
    expect(outcome?.agents[0]).toMatchObject({ reward: 0, rewardComponents: [], metrics: [], anchor: "" });
    const { fullStateHash, semanticStateHash } = outcome ?? {};
    const hashes = [fullStateHash, semanticStateHash, outcome?.agents[0]?.observationHash];
    expect([...hashes, outcome?.agents[0]?.actionSpace?.digest].map((hash) => hash?.length)).toEqual([0, 0, 0, 0]);
    expect(outcome?.score).toBeUndefined();
    // The control plane sees the same step with everything.
    const seen = await stepOnce(address, stepItem(own.sessionId, 1, "go right"));
    expect(seen.outcome).toMatchObject({ replayed: true, seq: 1 });
    expect(seen.outcome?.fullStateHash).toHaveLength(32);
  });

  it("of several agents each sees and steps its own, and errors name no other agent and no hash", async () => {
    const { address, sessions } = await start(TALLY);
    const [{ sessionId }] = sessions;
    const [a, b] = await Promise.all(["a", "b"].map((agentId) => openStream(address, tokenOf(sessions[0], agentId))));
    b?.send({
      frameId: 2,
      step: { items: [act(sessionId, 1, "b", "add 1"), act(sessionId, 1, "a", "add 1")] },
    });
    const refused = (await b!.results(2)).map(errorOf);
    expect(refused.map((error) => error?.reason)).toEqual(["AGENTS_MISMATCH", "AGENTS_MISMATCH"]);
    for (const error of refused) expect(Object.keys(error?.ids ?? {}).sort()).toEqual(["seq", "session"]);
    a?.send({ frameId: 2, step: { items: [act(sessionId, 1, "a", "add 1")] } });
    const [own] = await a!.results(2);
    expect(own?.outcome?.agents.map(({ agentId }) => agentId)).toEqual(["a"]);
    expect(own?.outcome).toMatchObject({ actingAgents: [], teamRewards: [] });
    b?.send({ frameId: 3, step: { items: [act(sessionId, 2, "b", "add 1")] } });
    expect((await b!.results(3))[0]?.outcome?.agents.map(({ agentId }) => agentId)).toEqual(["b"]);
  });

  it("reaches no other session and no other frame, and goes on after each refusal", async () => {
    const { address, sessions } = await start(CORRIDOR);
    const [own, other] = sessions;
    const probe = await openStream(address, tokenOf(own));
    const item = { sessionId: own.sessionId, epoch: 1, seq: 1 };
    probe.send(
      { frameId: 2, step: { items: [stepItem(other.sessionId, 1, "look"), stepItem("nobody", 1, "look")] } },
      { frameId: 3, branchStep: { items: [{ ...item, candidates: [{ actions: [{ text: "look" }] }] }] } },
      { frameId: 4, commitBranch: { items: [item] } },
      { frameId: 5, closeSessions: { sessionIds: [own.sessionId] } },
      { frameId: 6, renewLease: { leaseId: "lease-1" } },
      {
        frameId: 7,
        step: { items: [{ ...stepItem(own.sessionId, 1, "look"), expectedFullStateHash: Buffer.alloc(32) }] },
      },
      { frameId: 8 },
      { frameId: 9, hello: {} },
      { frameId: 10, step: { items: [stepItem(own.sessionId, 1, "look")] } },
    );
    const foreign = (await probe.results(2)).map((result) => errorOf(result));
    expect(foreign.map((error) => error?.reason)).toEqual(["SESSION_NOT_FOUND", "SESSION_NOT_FOUND"]);
    expect(foreign[0]?.sentence).toBe(foreign[1]?.sentence);
    expect((await probe.results(10))[0]?.outcome?.seq).toBe(1);
    const problems = [3, 4, 5, 6, 7, 8, 9].map((id) => decodeStatus(probe.answersTo(id)[0]!.problem!).reason);
    expect(problems).toEqual([...new Array(4).fill("SCOPE_MISSING"), ...new Array(3).fill("MESSAGE_INVALID")]);
    expect((await stepOnce(address, stepItem(other.sessionId, 1, "look"))).outcome?.replayed).toBe(false);
  });

  it.each([{ leaseId: "lease-1" }, { leaseTtl: { seconds: 60 } }])("carries no lease: %j", async (hello) => {
    const { address, sessions } = await start(CORRIDOR);
    const { error } = await openStream(address, tokenOf(sessions[0]), hello);
    expect(error).toMatchObject({ reason: "MESSAGE_INVALID" });
  });

  it("renews no lease: the client that is silent loses its session under the steps of its agent", async () => {
    const { address, sessions } = await start(CORRIDOR, { defaultLeaseTtlMs: 1_000 });
    const [{ sessionId }] = sessions;
    const probe = await openStream(address, tokenOf(sessions[0]));
    let reason: string | undefined;
    // The same step again and again: a lease that it renewed would never end.
    for (let frameId = 2; reason === undefined; frameId++) {
      probe.send({ frameId, step: { items: [stepItem(sessionId, 1, "look")] } });
      reason = errorOf((await probe.results(frameId))[0])?.reason;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(reason).toBe("SESSION_SUSPENDED");
    expect(probe.error).toBeUndefined();
  });

  it("supersedes the former stream of its token, and neither the client's nor another agent's", async () => {
    const { address, sessions } = await start(TALLY);
    const [{ sessionId }] = sessions;
    const control = new InteractProbe(address);
    await control.hello();
    const other = await openStream(address, tokenOf(sessions[0], "b"));
    const former = await openStream(address, tokenOf(sessions[0], "a"));
    const latter = await openStream(address, tokenOf(sessions[0], "a"));
    await former.until(() => former.status !== undefined);
    expect(former.frames.at(-1)?.goAway?.reason).toBe("GO_AWAY_REASON_SUPERSEDED");
    latter.send({ frameId: 2, step: { items: [act(sessionId, 1, "a", "pass")] } });
    await latter.results(2);
    other.send({ frameId: 2, step: { items: [act(sessionId, 2, "b", "pass")] } });
    await other.results(2);
    control.send({ frameId: 2, step: { items: [act(sessionId, 3, "a", "pass")] } });
    expect((await control.results(2))[0]?.outcome?.seq).toBe(3);
  });

  it("ends with TOKEN_INVALID when the session is closed, after what was due; nothing is opened or called after", async () => {
    const { address, close, sessions } = await start(CORRIDOR, {}, corridorWorld({ stepMs: 4 }));
    const [own] = sessions;
    const token = tokenOf(own);
    const probe = await openStream(address, token);
    const seqs = [1, 2, 3, 4];
    probe.send({ frameId: 2, step: { items: seqs.map((seq) => stepItem(own.sessionId, seq, "look")) } });
    await probe.until(() => probe.answersTo(2).length > 0);
    await close(own.sessionId);
    expect((await probe.results(2)).map(({ seq }) => seq)).toEqual(seqs);
    await probe.until(() => probe.error !== undefined);
    expect(probe.error).toMatchObject({ reason: "TOKEN_INVALID" });
    expect((await openStream(address, token)).error).toMatchObject({ reason: "TOKEN_INVALID" });
  });

  it("lives on after the episode's end, until the session is closed", async () => {
    const { address, sessions } = await start(["corridor", "corridor/1.0.0/train/1"]);
    const [own] = sessions;
    const probe = await openStream(address, tokenOf(own));
    const items = [1, 2].map((seq) => stepItem(own.sessionId, seq, "go right"));
    probe.send({ frameId: 2, step: { items } });
    expect((await probe.results(2)).at(-1)?.outcome?.endReason).toBe("END_REASON_GOAL_REACHED");
    probe.send({ frameId: 3, step: { items } });
    expect((await probe.results(3)).map(({ outcome }) => outcome?.replayed)).toEqual([true, true]);
  });

  it("is bounded by its window", async () => {
    const { address, sessions } = await start(CORRIDOR);
    const [own] = sessions;
    const probe = await openStream(address, tokenOf(own), { maxInFlightItems: 2 });
    const items = [1, 2, 3].map((seq) => stepItem(own.sessionId, seq, "look"));
    probe.send({ frameId: 2, step: { items } });
    const results = await probe.results(2);
    const error = errorOf(results.find(({ seq }) => seq === 3));
    expect(error).toMatchObject({ reason: "WINDOW_EXCEEDED", ids: { max_in_flight_items: "2" }, retryDelayMs: 10 });
  });

  it("is told goodbye by a drain, answered, and refused afterwards", async () => {
    const { address, drain, sessions } = await start(CORRIDOR, {}, corridorWorld({ stepMs: 4 }));
    const [own] = sessions;
    const probe = await openStream(address, tokenOf(own));
    probe.send({ frameId: 2, step: { items: [1, 2, 3].map((seq) => stepItem(own.sessionId, seq, "look")) } });
    await probe.until(() => probe.answersTo(2).length > 0);
    const late = new InteractProbe(address, tokenOf(own));
    await late.until(() => true);
    const drained = drain();
    await probe.until(() => probe.frames.some(({ goAway }) => goAway != null));
    expect(await probe.results(2)).toHaveLength(3);
    probe.stream.end();
    late.send({ frameId: 1, hello: {} });
    await late.until(() => late.error !== undefined);
    await drained;
    expect(probe.status?.code).toBe(0);
  });
});
