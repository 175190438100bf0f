// Worlds on threads, through the wire: the event loop stays free, a broken step harms its own session alone, and whatever
// happens to a session while its step runs is answered as everywhere. No time is asserted: steps wait for files.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { World } from "../../envs/core/world.ts";
import type { BranchStepResponse } from "../../proto/gen/anchorgym/v1/BranchStepResponse.ts";
import type { ForkResponse } from "../../proto/gen/anchorgym/v1/ForkResponse.ts";
import type { GetTrajectoryResponse } from "../../proto/gen/anchorgym/v1/GetTrajectoryResponse.ts";
import type { ResumeSessionsResponse } from "../../proto/gen/anchorgym/v1/ResumeSessionsResponse.ts";
import type { StepResponse } from "../../proto/gen/anchorgym/v1/StepResponse.ts";
import type { StepResult } from "../../proto/gen/anchorgym/v1/StepResult.ts";
import type { ServerLimits } from "../../server/config.ts";
import type { WorldThreadSettings } from "../../server/threads/thread-pool.ts";
import { corridorWorld } from "../doubles/corridor-world.ts";
import { findWorld, heavyWorld } from "../doubles/heavy-world.ts";
import { InteractProbe } from "../doubles/interact-probe.ts";
import {
  call,
  closeAll,
  createGroup,
  createGroups,
  environmentClient,
  errorOf,
  onClose,
  startServer,
  stepItem,
  stepOnce,
} from "../doubles/running-server.ts";

afterEach(closeAll);

const MODULE = new URL("../doubles/heavy-world.ts", import.meta.url);

/** A step that says `text` lasts until `open` is called. */
function gate() {
  const folder = mkdtempSync(join(tmpdir(), "anchorgym-gate-"));
  onClose(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "open");
  return { text: `wait ${file}`, open: () => writeFileSync(file, "") };
}

async function serveHeavy(
  replicaCount: number,
  limits: Partial<ServerLimits> = {},
  settings: Partial<WorldThreadSettings> = {},
) {
  const worldThreads = { count: 1, module: MODULE, environments: ["heavy"], ...settings };
  const worlds = [findWorld("heavy"), findWorld("corridor")] as unknown as Parameters<typeof startServer>[0];
  const server = await startServer(worlds, { minLeaseTtlMs: 50, ...limits }, { worldThreads });
  const groups = [{ groupKey: "k", taskId: "heavy/1.0.0/train/0", seed: "1", replicaCount }];
  const { results } = await createGroups(server.address, [], 1, { environment: "heavy", groups });
  const ids = results[0]?.group?.sessions.map(({ sessionId }) => sessionId) ?? [];
  const client = environmentClient(server.address);
  const step = (session: number, seq: number, text: string, epoch = 1): Promise<StepResult> =>
    stepOnce(server.address, stepItem(ids[session] ?? "", seq, text, epoch));
  const gauge = (name: string): number =>
    Number(new RegExp(`^anchorgym_${name} (\\d+)$`, "m").exec(server.renderMetrics())?.[1]);
  /** Waits until so many executions wait or run. */
  const busy = async (count: number): Promise<void> => {
    while (gauge("world_thread_queue") !== count) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  return { server, ids, client, step, gauge, busy };
}

const hashOf = (result: StepResult): string | undefined => result.outcome?.fullStateHash.toString("hex");
const reasonOf = (result: StepResult): string => errorOf(result)?.reason ?? "outcome";

describe("a world on threads", () => {
  it("leaves the event loop free: other worlds are stepped and calls answered while its step runs", async () => {
    const { server, step, busy } = await serveHeavy(1);
    const { text, open } = gate();
    const running = step(0, 1, text);
    await busy(1);
    const { sessions } = await createGroup(server.address, 4, 2);
    for (const { sessionId } of sessions) {
      expect((await stepOnce(server.address, stepItem(sessionId, 1, "look"))).outcome?.seq).toBe(1);
    }
    await busy(1);
    open();
    expect((await running).outcome?.seq).toBe(1);
  });

  it("kills a step at its limit: that session fails, those of the same thread lose nothing", async () => {
    const { server, ids, client, step, gauge } = await serveHeavy(3, { maxStepMs: 1_500 });
    const twin = [await step(2, 1, "tick"), await step(2, 2, "tick"), await step(2, 3, "tick")].map(hashOf);
    expect(hashOf(await step(0, 1, "tick"))).toBe(twin[0]);
    expect(hashOf(await step(1, 1, "tick"))).toBe(twin[0]);
    // One runs into its limit, the other waits behind it on the same thread and is run on the next one.
    const [hung, waiting] = await Promise.all([step(0, 2, "hang"), step(1, 2, "tick")]);
    expect(errorOf(hung)).toMatchObject({
      reason: "ENV_TIMEOUT",
      ids: { session: ids[0], seq: "2", limit_ms: "1500" },
    });
    expect(hashOf(waiting)).toBe(twin[1]);
    expect(hashOf(await step(1, 3, "tick"))).toBe(twin[2]);
    expect(reasonOf(await step(0, 2, "tick"))).toBe("SESSION_FAILED");
    expect(server.counters).toMatchObject({ env_timeouts_total: 1, env_faults_total: 0, steps_total: 7 });
    expect(gauge("world_thread_restarts_total")).toBe(1);
    const { log } = await call<object, GetTrajectoryResponse>(client, "GetTrajectory", { sessionId: ids[0] });
    expect(log?.entries).toHaveLength(2);
    const items = [{ sessionId: ids[0], epoch: 1, atSeq: 1, count: 2 }];
    const { results } = await call<object, ForkResponse>(client, "Fork", { requestId: "f", leaseId: "lease-1", items });
    const [child] = results[0]?.forked?.sessions ?? [];
    expect(child?.fullStateHash.toString("hex")).toBe(twin[0]);
    expect(hashOf(await stepOnce(server.address, stepItem(child?.sessionId ?? "", 2, "tick")))).toBe(twin[1]);
  });

  it.each([
    ["throws", "boom", /blew up/, 0],
    ["ends its thread", "exit", /ended with code 7/, 1],
  ])("a step that %s is ENV_FAULT for its session and nobody else", async (_, text, sentence, restarts) => {
    const { server, step, gauge } = await serveHeavy(2);
    await step(1, 1, "tick");
    const [broken, other] = await Promise.all([step(0, 1, text), step(1, 2, "tick")]);
    expect(errorOf(broken)).toMatchObject({ reason: "ENV_FAULT", sentence: expect.stringMatching(sentence) });
    expect(other.outcome?.seq).toBe(2);
    expect(server.counters).toMatchObject({ env_faults_total: 1, world_thread_restarts_total: restarts });
    expect(gauge("world_thread_queue")).toBe(0);
  });

  it("a candidate that kills its thread harms no other, before or after it", async () => {
    const { ids, client, step, server } = await serveHeavy(1, { maxStepMs: 1_500 });
    await step(0, 1, "tick");
    const candidates = ["tick", "exit", "tock", "hang", "tick"].map((text) => ({ actions: [{ agentId: "", text }] }));
    const branch = () =>
      call<object, BranchStepResponse>(client, "BranchStep", {
        items: [{ sessionId: ids[0], epoch: 1, seq: 2, candidates }],
      });
    const answers = (await branch()).results[0]?.branches?.candidates ?? [];
    const reasons = answers.map((answer) => errorOf(answer)?.reason ?? "outcome");
    expect(reasons).toEqual(["outcome", "ENV_FAULT", "outcome", "ENV_TIMEOUT", "outcome"]);
    expect(server.counters).toMatchObject({ branch_candidates_total: 5, env_faults_total: 1, env_timeouts_total: 1 });
    // The states of the first two died with their threads; committing one of them still goes on from there.
    const fullStateHash = answers[0]?.outcome?.fullStateHash;
    const commit = { items: [{ sessionId: ids[0], epoch: 1, seq: 2, branchIndex: 0, fullStateHash }] };
    const { results } = await call<object, StepResponse>(client, "CommitBranch", commit);
    expect(results[0]?.outcome?.fullStateHash).toEqual(fullStateHash);
    expect((await step(0, 3, "tick")).outcome?.seq).toBe(3);
  });

  it("equal items join a running step, others conflict, and the pipeline behind it runs in order", async () => {
    const { ids, step, busy, client, server } = await serveHeavy(1);
    const { text, open } = gate();
    const first = step(0, 1, text);
    await busy(1);
    const joined = step(0, 1, text);
    const items = [stepItem(ids[0] ?? "", 1, text)];
    const pending = await call<object, StepResponse>(client, "Step", { items, maxWait: { seconds: 0, nanos: 1 } });
    expect(reasonOf(pending.results[0] as StepResult)).toBe("STEP_PENDING");
    expect(reasonOf(await step(0, 1, "tick"))).toBe("STEP_CONFLICT");
    const behind = call<object, StepResponse>(client, "Step", {
      items: [stepItem(ids[0] ?? "", 2, "tick"), stepItem(ids[0] ?? "", 3, "tick")],
    });
    open();
    expect(hashOf(await joined)).toBe(hashOf(await first));
    expect((await behind).results.map(({ outcome }) => outcome?.seq)).toEqual([2, 3]);
    expect((await step(0, 1, text)).outcome).toMatchObject({ seq: 1, replayed: true });
    expect(server.counters.steps_total).toBe(3);
  });

  it("what closes, suspends or takes over a session answers its running step, which then did not happen", async () => {
    const { server, ids, client, step, busy, gauge } = await serveHeavy(3);
    const resume = (requestId: string, sessionId: string | undefined) =>
      call<object, ResumeSessionsResponse>(client, "ResumeSessions", {
        ...{ requestId, leaseId: "lease-2", sessionIds: [sessionId] },
      });
    const { text, open } = gate();
    const taken = step(1, 1, text);
    await busy(1);
    const closed = step(0, 1, text);
    const suspended = step(2, 1, text);
    await busy(3);
    await call(client, "CloseSessions", { requestId: "c", sessionIds: [ids[0]] });
    expect(reasonOf(await closed)).toBe("SESSION_CLOSED");
    const { results } = await resume("r1", ids[1]);
    expect(results[0]?.resumed?.session).toMatchObject({ epoch: 2, nextSeq: 1 });
    expect(reasonOf(await taken)).toBe("STALE_EPOCH");
    await call(client, "RenewLease", { leaseId: "lease-1", ttl: { seconds: 0, nanos: 50_000_000 } });
    expect(reasonOf(await suspended)).toBe("SESSION_SUSPENDED");
    open();
    // The former holder's step is over by now or soon; the new holder's is another one at the same seq.
    expect((await step(1, 1, "tick", 2)).outcome).toMatchObject({ seq: 1, replayed: false });
    const back = await resume("r2", ids[2]);
    expect(back.results[0]?.resumed?.session).toMatchObject({ epoch: 2, nextSeq: 1, state: "SESSION_STATE_ACTIVE" });
    expect((await step(2, 1, "tick", 2)).outcome?.seq).toBe(1);
    expect(server.counters.steps_total).toBe(2);
    await call(client, "CloseSessions", { requestId: "d", sessionIds: ids });
    expect([gauge("world_thread_queue"), gauge("world_thread_states")]).toEqual([0, 0]);
  });

  it("a drain finishes and answers the step that runs", async () => {
    const { server, ids, busy } = await serveHeavy(1);
    const { text, open } = gate();
    const probe = new InteractProbe(server.address);
    await probe.hello();
    probe.send({ frameId: 2, step: { items: [stepItem(ids[0] ?? "", 1, text)] } });
    await busy(1);
    const drained = server.drain();
    await probe.until(() => probe.frames.some(({ frame }) => frame === "goAway"));
    open();
    expect(await probe.results(2)).toMatchObject([{ outcome: { seq: 1 } }]);
    probe.stream.end();
    await drained;
  });

  it("spreads the replicas of a group over threads, and reseeds them there", async () => {
    const { server, ids, client, step, gauge } = await serveHeavy(4, {}, { count: 2 });
    const hashes = await Promise.all(ids.map((_, session) => step(session, 1, "tick").then(hashOf)));
    expect(new Set(hashes).size).toBe(1);
    const items = [{ sessionId: ids[0], epoch: 1, count: 2, replicaSeeds: "REPLICA_SEEDS_DERIVED" }];
    const { results } = await call<object, ForkResponse>(client, "Fork", { requestId: "f", leaseId: "lease-1", items });
    const children = results[0]?.forked?.sessions ?? [];
    expect(new Set(children.map(({ fullStateHash }) => fullStateHash.toString("hex"))).size).toBe(2);
    expect(server.counters.forks_total).toBe(2);
    expect(gauge("world_thread_states")).toBe(6);
  });
});

describe("world threads that cannot be", () => {
  const serve = (settings: Partial<WorldThreadSettings>, world: World = heavyWorld() as World) =>
    startServer([world] as never, {}, { worldThreads: { count: 1, module: MODULE, ...settings } });

  it.each([
    ["no thread", { count: 0 }, /count is 0/],
    ["a world that is not served", { environments: ["sudoku"] }, /sudoku is not served; name some of .*heavy/],
    [
      "a module that finds no worlds",
      { module: new URL("../../proto/errors.ts", import.meta.url) },
      /exports no findWorld/,
    ],
    ["a module that is not there", { module: new URL("./nowhere.ts", import.meta.url) }, /cannot be started/],
  ])("are refused at the start: %s", async (_, settings, sentence) => {
    await expect(serve(settings)).rejects.toMatchObject({
      reason: "CONFIG_INVALID",
      sentence: expect.stringMatching(sentence),
    });
  });

  it("are refused at the start: another build of the world", async () => {
    const other = corridorWorld({ maxTurns: 3 }) as World;
    await expect(serve({}, other)).rejects.toMatchObject({
      sentence: expect.stringMatching(/corridor .* another build/),
    });
  });
});
