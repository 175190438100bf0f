import { afterEach, describe, expect, it } from "vitest";
import type { BranchStepResponse } from "../../proto/gen/anchorgym/v1/BranchStepResponse.ts";
import type { GetEnvironmentResponse } from "../../proto/gen/anchorgym/v1/GetEnvironmentResponse.ts";
import { findWorld, heavyWorld } from "../doubles/heavy-world.ts";
import {
  call,
  catalogClient,
  closeAll,
  createGroups,
  environmentClient,
  errorOf,
  startServer,
  stepItem,
  stepOnce,
} from "../doubles/running-server.ts";

afterEach(closeAll);

const GROUP = { groupKey: "k", taskId: "heavy/1.0.0/train/0", seed: "1", replicaCount: 1 };

async function newSession() {
  const server = await startServer([heavyWorld() as never], { maxStepMs: 150 });
  const { results } = await createGroups(server.address, [], 1, { environment: "heavy", groups: [GROUP] });
  const sessionId = results[0]?.group?.sessions[0]?.sessionId ?? "";
  return {
    ...server,
    sessionId,
    step: (seq: number, text: string) => stepOnce(server.address, stepItem(sessionId, seq, text)),
  };
}

describe("step_timeout in the event loop", () => {
  it("fails a step that took longer, stores nothing of it, and leaves the past to forks", async () => {
    const { address, counters, sessionId, step } = await newSession();
    const first = await step(1, "tick");
    const late = errorOf(await step(2, "work 200"));
    expect(late).toMatchObject({
      reason: "ENV_TIMEOUT",
      retryable: false,
      ids: { session: sessionId, seq: "2", limit_ms: "150" },
    });
    expect(errorOf(await step(2, "work 200"))?.reason).toBe("SESSION_FAILED");
    expect(counters).toMatchObject({ env_timeouts_total: 1, env_faults_total: 0, steps_total: 1 });
    const client = environmentClient(address);
    const { log } = await call<object, { log: { entries: unknown[] } }>(client, "GetTrajectory", { sessionId });
    expect(log.entries).toHaveLength(2);
    const request = { requestId: "f", leaseId: "lease-1", items: [{ sessionId, epoch: 1, atSeq: 1, count: 1 }] };
    const forked = await call<object, { results: { forked?: { outcome: object } }[] }>(client, "Fork", request);
    expect(forked.results[0]?.forked?.outcome).toMatchObject({ fullStateHash: first.outcome?.fullStateHash });
  });

  it("gives a candidate that took longer its own status, and no other", async () => {
    const { address, counters, sessionId, step } = await newSession();
    const candidates = ["tick", "work 200", "tock"].map((text) => ({ actions: [{ agentId: "", text }] }));
    const { results } = await call<object, BranchStepResponse>(environmentClient(address), "BranchStep", {
      items: [{ sessionId, epoch: 1, seq: 1, candidates }],
    });
    const answers = results[0]?.branches?.candidates ?? [];
    expect(answers.map((answer) => errorOf(answer)?.reason ?? "outcome")).toEqual([
      "outcome",
      "ENV_TIMEOUT",
      "outcome",
    ]);
    expect((await step(1, "tick")).outcome?.seq).toBe(1);
    expect(counters).toMatchObject({ env_timeouts_total: 1, branch_candidates_total: 3 });
  });

  it.each([
    ["the server's, where the world names none", "heavy", { seconds: "5", nanos: 0 }],
    ["the world's, where that is shorter", "hasty", { seconds: "0", nanos: 200_000_000 }],
  ])("is published: %s", async (_, name, stepTimeout) => {
    const { address } = await startServer([findWorld(name) as never], { maxStepMs: 5_000 });
    const client = catalogClient(address);
    const { environment } = await call<object, GetEnvironmentResponse>(client, "GetEnvironment", { name });
    expect(environment?.limits?.stepTimeout).toMatchObject(stepTimeout);
  });
});
