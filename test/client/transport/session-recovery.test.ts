import { describe, expect, it } from "vitest";
import type { EnvironmentClient } from "../../../client/transport/environment-client.ts";
import { type RecoverableSession, SessionRecovery } from "../../../client/transport/session-recovery.ts";
import { fail } from "../../../proto/errors.ts";
import { encodeStatus } from "../../../proto/rich-status.ts";

interface Answer {
  readonly nextSeq: number;
  readonly hash: string;
}

/** A server that resumes each session as told. */
function fakeServer(answer: (sessionId: string) => Answer | "gone") {
  const calls: string[][] = [];
  const client = {
    address: "here:1",
    resumeSessions: async ({ sessionIds }: { sessionIds: string[] }) => {
      calls.push(sessionIds);
      await new Promise((resolve) => setImmediate(resolve));
      const results = sessionIds.map((sessionId) => {
        const one = answer(sessionId);
        if (one === "gone") return { sessionId, status: encodeStatus(fail("SESSION_NOT_FOUND", "gone")) };
        const session = { epoch: 2, nextSeq: one.nextSeq, fullStateHash: Buffer.from(one.hash, "hex") };
        return { sessionId, resumed: { session, last: {} } };
      });
      return { results };
    },
  };
  return { client: client as unknown as EnvironmentClient, calls };
}

const held = (sessionId: string, nextSeq: number, fullHash: string): RecoverableSession => ({
  session: { sessionId, epoch: 1, nextSeq },
  fullHash,
  lost: undefined,
});

describe("session recovery", () => {
  it.each([
    ["the same step in the same state", { nextSeq: 5, hash: "aa" }, undefined],
    ["one step further: the answer was lost, not the step", { nextSeq: 6, hash: "bb" }, undefined],
    ["the same step in another state", { nextSeq: 5, hash: "bb" }, "REPLAY_DIVERGED"],
    ["a step behind: an acknowledged step is lost", { nextSeq: 4, hash: "aa" }, "REPLAY_DIVERGED"],
    ["two steps further: somebody else stepped", { nextSeq: 7, hash: "cc" }, "REPLAY_DIVERGED"],
    ["gone", "gone" as const, "SESSION_NOT_FOUND"],
  ])("%s", async (_what, answer, reason) => {
    const { client } = fakeServer(() => answer);
    let recovered = 0;
    const one = held("s/0", 5, "aa");
    await new SessionRecovery(client, () => recovered++).recover(() => [one]);
    expect(one.lost?.reason).toBe(reason);
    expect(one.session.epoch).toBe(reason === undefined ? 2 : 1);
    expect(recovered).toBe(reason === undefined ? 1 : 0);
  });

  it("who asks while a recovery runs joins it, and calls hold at most 64 sessions", async () => {
    const { client, calls } = fakeServer(() => ({ nextSeq: 1, hash: "" }));
    const recovery = new SessionRecovery(client, () => undefined);
    const all = Array.from({ length: 100 }, (_, index) => held(`s/${index}`, 1, ""));
    await Promise.all([recovery.recover(() => all), recovery.recover(() => all)]);
    expect(calls.map(({ length }) => length)).toEqual([64, 36]);
    await recovery.recover(() => all.slice(0, 1));
    expect(calls).toHaveLength(3);
  });
});
