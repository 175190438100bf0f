import { afterEach, describe, expect, it } from "vitest";
import type { BranchStepResponse } from "../../proto/gen/anchorgym/v1/BranchStepResponse.ts";
import { decodeStatus } from "../../proto/rich-status.ts";
import { corridorWorld } from "../doubles/corridor-world.ts";
import { InteractProbe } from "../doubles/interact-probe.ts";
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

describe("Interact", () => {
  it("welcomes with limits and lease, and answers steps of many sessions", async () => {
    const { address } = await startServer();
    const { sessions } = await createGroup(address, 4, 50);
    const probe = new InteractProbe(address);
    const { welcome, inReplyTo } = await probe.hello("lease-1", { maxInFlightItems: 100 });
    expect(inReplyTo).toBe(1);
    expect(welcome?.limits?.maxInFlightItems).toBe(100);
    expect(welcome?.lease).toMatchObject({ leaseId: "lease-1", activeSessions: 50 });
    probe.send({ frameId: 2, step: { items: sessions.map(({ sessionId }) => stepItem(sessionId, 1, "go right")) } });
    const results = await probe.results(2);
    expect(results).toHaveLength(50);
    expect(results.every((result) => result.outcome?.seq === 1)).toBe(true);
    // Outcomes of one turn of the event loop share a frame; how many turns that takes is up to the machine.
    expect(probe.answersTo(2).length).toBeLessThan(50);
  });

  it("answers equal those of the unary call", async () => {
    const { address } = await startServer();
    const { sessions } = await createGroup(address, 4, 2);
    const [a, b] = sessions.map(({ sessionId }) => sessionId);
    const probe = new InteractProbe(address);
    await probe.hello();
    probe.send({ frameId: 2, step: { items: [stepItem(a ?? "", 1, "go left")] } });
    const [streamed] = await probe.results(2);
    const unary = await stepOnce(address, stepItem(b ?? "", 1, "go left"));
    const timeless = (outcome: unknown) => ({ ...(outcome as object), queueUs: 0, envUs: 0 });
    expect(timeless(streamed?.outcome)).toEqual(timeless(unary.outcome));
  });

  it("errors of items and frames never end the stream", async () => {
    const { address } = await startServer();
    const { sessions } = await createGroup(address, 4, 1);
    const sessionId = sessions[0]?.sessionId ?? "";
    const probe = new InteractProbe(address);
    await probe.hello();
    probe.send(
      { frameId: 2, step: { items: [stepItem("nobody", 1, "look"), stepItem(sessionId, 9, "look")] } },
      { frameId: 3 },
      { frameId: 4, step: { items: [] } },
      { frameId: 5, hello: { leaseId: "lease-1" } },
      { frameId: 6, renewLease: { leaseId: "" } },
      { frameId: 7, step: { items: [stepItem(sessionId, 1, "look")] } },
    );
    const [fine] = await probe.results(7);
    expect(fine?.outcome?.seq).toBe(1);
    expect((await probe.results(2)).map((result) => errorOf(result)?.reason)).toEqual(["SESSION_NOT_FOUND", "SEQ_GAP"]);
    for (const frameId of [3, 4, 5, 6]) {
      const [frame] = probe.answersTo(frameId);
      expect(frame?.frame).toBe("problem");
      expect(frame?.problem == null ? "" : decodeStatus(frame.problem).reason).toBe("MESSAGE_INVALID");
    }
  });

  it("carries CloseSessions and RenewLease", async () => {
    const { address, liveSessionCount } = await startServer();
    const { groupId } = await createGroup(address, 4, 3);
    const probe = new InteractProbe(address);
    await probe.hello();
    probe.send(
      { frameId: 2, renewLease: { leaseId: "lease-1", ttl: { seconds: 90 } } },
      { frameId: 3, closeSessions: { groupIds: [groupId] } },
    );
    await probe.until(() => probe.answersTo(3).length === 1);
    expect(probe.answersTo(2)[0]?.renewLease?.lease).toMatchObject({ activeSessions: 3, ttl: { seconds: "90" } });
    expect(probe.answersTo(3)[0]?.closeSessions?.results[0]?.closed?.sessionCount).toBe(3);
    expect(liveSessionCount()).toBe(0);
  });

  it("carries BranchStep and CommitBranch, whose answers equal those of the unary calls", async () => {
    const { address } = await startServer();
    const { sessions } = await createGroup(address, 4, 2);
    const [first = "", second = ""] = sessions.map(({ sessionId }) => sessionId);
    const probe = new InteractProbe(address);
    await probe.hello("lease-1", { maxInFlightItems: 3 });
    const candidates = ["go left", "go right"].map((text) => ({ actions: [{ agentId: "", text }] }));
    const itemFor = (sessionId: string) => ({ sessionId, epoch: 1, seq: 1, candidates });
    probe.send({ frameId: 2, branchStep: { items: [itemFor(first)] } });
    await probe.until(() => probe.answersTo(2).some(({ more }) => !more));
    const [streamed] = probe.answersTo(2).flatMap(({ branchStep }) => branchStep?.results ?? []);
    const unary = await call<object, BranchStepResponse>(environmentClient(address), "BranchStep", {
      items: [itemFor(second)],
    });
    const timeless = (outcome: object | null | undefined) => ({ ...outcome, queueUs: 0, envUs: 0 });
    const outcomesOf = (result: typeof streamed) =>
      result?.branches?.candidates.map(({ outcome }) => timeless(outcome)) ?? [];
    expect(outcomesOf(streamed)).toHaveLength(2);
    expect(outcomesOf(streamed)).toEqual(outcomesOf(unary.results[0]));
    const fullStateHash = streamed?.branches?.candidates[1]?.outcome?.fullStateHash ?? Buffer.alloc(0);
    const commit = { sessionId: first, epoch: 1, seq: 1, branchIndex: 1, fullStateHash };
    probe.send({ frameId: 3, commitBranch: { items: [commit] } });
    await probe.until(() => probe.answersTo(3).some(({ more }) => !more));
    const [committed] = probe.answersTo(3).flatMap(({ commitBranch }) => commitBranch?.results ?? []);
    expect(committed?.outcome).toMatchObject({ seq: 1, fullStateHash });
    // Each candidate is an item of the window: four in one frame are more than three.
    probe.send({ frameId: 4, branchStep: { items: [itemFor(second), itemFor(second)] } });
    await probe.until(() => probe.answersTo(4).some(({ more }) => !more));
    const refused = probe.answersTo(4).flatMap(({ branchStep }) => branchStep?.results ?? []);
    const reasons = refused.map((result) => errorOf(result as never)?.reason ?? "outcome");
    expect(reasons.sort()).toEqual(["WINDOW_EXCEEDED", "outcome"]);
  });

  it("items beyond the window are refused, and credit comes back with each answer", async () => {
    const { address } = await startServer([corridorWorld({ stepMs: 3 }) as never]);
    const { sessions } = await createGroup(address, 4, 8);
    const probe = new InteractProbe(address);
    await probe.hello("lease-1", { maxInFlightItems: 5 });
    const frame = (frameId: number, seq: number) => ({
      frameId,
      step: { items: sessions.map(({ sessionId }) => stepItem(sessionId, seq, "look")) },
    });
    probe.send(frame(2, 1));
    const reasons = (await probe.results(2)).map((result) => errorOf(result)?.reason ?? "outcome").sort();
    expect(reasons).toEqual([...Array(3).fill("WINDOW_EXCEEDED"), ...Array(5).fill("outcome")]);
    probe.send({ frameId: 3, step: { items: sessions.slice(5).map((s) => stepItem(s.sessionId, 1, "look")) } });
    expect((await probe.results(3)).every((result) => result.outcome?.seq === 1)).toBe(true);
  });

  it("a stream that does not begin with hello ends with MESSAGE_INVALID", async () => {
    const { address } = await startServer();
    const probe = new InteractProbe(address);
    probe.send({ frameId: 1, step: { items: [] } });
    await probe.until(() => probe.error !== undefined);
    expect(probe.error).toMatchObject({ reason: "MESSAGE_INVALID", ids: { field: "hello" } });
  });

  it("a second stream with the same lease supersedes the first; another lease does not", async () => {
    const { address, counters } = await startServer();
    const first = new InteractProbe(address);
    await first.hello("a");
    const stranger = new InteractProbe(address);
    await stranger.hello("b");
    expect(first.status).toBeUndefined();
    const second = new InteractProbe(address);
    await second.hello("a");
    await first.until(() => first.status !== undefined);
    expect(first.frames.at(-1)?.goAway?.reason).toBe("GO_AWAY_REASON_SUPERSEDED");
    expect(counters.streams_superseded_total).toBe(1);
    expect(stranger.status).toBeUndefined();
  });

  it("a half-closed stream is answered to the end", async () => {
    const { address } = await startServer([corridorWorld({ stepMs: 3 }) as never]);
    const { sessions } = await createGroup(address, 4, 10);
    const probe = new InteractProbe(address);
    await probe.hello();
    probe.send({ frameId: 2, step: { items: sessions.map(({ sessionId }) => stepItem(sessionId, 1, "look")) } });
    probe.stream.end();
    await probe.until(() => probe.status !== undefined);
    expect(probe.status?.code).toBe(0);
    expect(await probe.results(2)).toHaveLength(10);
  });

  it("a lost stream undoes nothing: its unanswered steps come back as replayed", async () => {
    const { address, counters } = await startServer([corridorWorld({ stepMs: 5 }) as never]);
    const { sessions } = await createGroup(address, 4, 6);
    const items = sessions.map(({ sessionId }) => stepItem(sessionId, 1, "go right"));
    const lost = new InteractProbe(address);
    await lost.hello();
    lost.send({ frameId: 2, step: { items } });
    await lost.until(() => lost.answersTo(2).length > 0);
    lost.stream.cancel();
    const again = new InteractProbe(address);
    await again.hello();
    again.send({ frameId: 2, step: { items } });
    expect((await again.results(2)).every((result) => result.outcome?.seq === 1)).toBe(true);
    expect(counters.steps_total).toBe(6);
  });

  it("a reader that pauses stalls its own stream only, and loses nothing", async () => {
    // The window holds all steps that this test sends ahead.
    const limits = { outcomeWindow: 16 };
    const { address, counters } = await startServer([corridorWorld({ paddingChars: 3_900 }) as never], limits);
    const { sessions } = await createGroup(address, 4, 200);
    const slow = new InteractProbe(address);
    await slow.hello();
    slow.stream.pause();
    for (let seq = 1; seq <= 10; seq++) {
      const items = sessions.map(({ sessionId }) => stepItem(sessionId, seq, "look"));
      slow.send({ frameId: 1 + seq, step: { items } });
    }
    while (counters.stream_write_stalls_total === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const { sessions: others } = await createGroup(address, 3, 1);
    expect((await stepOnce(address, stepItem(others[0]?.sessionId ?? "", 1, "look"))).outcome?.seq).toBe(1);
    slow.stream.resume();
    const last = await slow.results(11);
    expect(last).toHaveLength(200);
    expect(slow.frames.flatMap((frame) => frame.step?.results ?? [])).toHaveLength(2_000);
    expect(last.every((result) => result.outcome?.seq === 10)).toBe(true);
  });
});
