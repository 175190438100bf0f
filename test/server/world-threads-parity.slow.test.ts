// Everything that a session can live through, played twice: once with the world in the event loop, once with it on threads.
// What clients are told must be equal, byte for byte, but for durations and the ids that a server draws.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { RandomStream } from "../../envs/core/random.ts";
import { SINGLE_AGENT } from "../../envs/core/types.ts";
import type { BranchStepResponse } from "../../proto/gen/anchorgym/v1/BranchStepResponse.ts";
import type { CreateGroupsResponse } from "../../proto/gen/anchorgym/v1/CreateGroupsResponse.ts";
import type { ForkResponse } from "../../proto/gen/anchorgym/v1/ForkResponse.ts";
import type { GetTrajectoryResponse } from "../../proto/gen/anchorgym/v1/GetTrajectoryResponse.ts";
import type { Outcome } from "../../proto/gen/anchorgym/v1/Outcome.ts";
import type { ReplayTrajectoryResponse } from "../../proto/gen/anchorgym/v1/ReplayTrajectoryResponse.ts";
import type { ResumeSessionsResponse } from "../../proto/gen/anchorgym/v1/ResumeSessionsResponse.ts";
import { findWorld } from "../doubles/heavy-world.ts";
import {
  call,
  closeAll,
  environmentClient,
  onClose,
  startServer,
  stepItem,
  stepOnce,
} from "../doubles/running-server.ts";

afterEach(closeAll);

const MODULE = new URL("../doubles/heavy-world.ts", import.meta.url);
const MOST_STEPS = 60;

/** What was told, without what may differ: ids in order of appearance, no durations, no clock. */
class Transcript {
  readonly lines: string[] = [];
  readonly #ids = new Map<string, string>();

  add(what: string, told: unknown): void {
    const text = JSON.stringify(told, (key, value: unknown) => {
      if (["queueUs", "envUs", "expireTime"].includes(key)) return undefined;
      const bytes = value as { type?: unknown; data?: readonly number[] } | null;
      return bytes?.type === "Buffer" ? Buffer.from(bytes.data ?? []).toString("hex") : value;
    });
    const named = text.replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, (id) => {
      const known = this.#ids.get(id) ?? `id-${this.#ids.size}`;
      this.#ids.set(id, known);
      return known;
    });
    this.lines.push(`${what}: ${named}`);
  }
}

const admissibleIn = (outcome: Outcome | null | undefined): readonly string[] =>
  outcome?.agents[0]?.actionSpace?.admissible ?? [];

async function liveThrough(environment: string, onThreads: boolean): Promise<readonly string[]> {
  const dir = mkdtempSync(join(tmpdir(), "anchorgym-parity-"));
  onClose(() => rmSync(dir, { recursive: true, force: true }));
  const world = findWorld(environment);
  const more = { log: { dir }, ...(onThreads ? { worldThreads: { count: 2, module: MODULE } } : {}) };
  const serve = () => startServer([world] as never, { minLeaseTtlMs: 50 }, more);
  const server = await serve();
  const told = new Transcript();
  let client = environmentClient(server.address);
  let requests = 0;
  const ask = async <Response>(method: string, request: object): Promise<Response> => {
    const response = await call<object, Response>(client, method, request);
    told.add(method, response);
    return response;
  };
  const created = (): object => ({ requestId: `r-${requests++}`, leaseId: "lease-1" });
  const random = new RandomStream(5);
  const { taskId } = world.task(world.description.splits[0]?.name ?? "", 3);
  const { results } = await ask<CreateGroupsResponse>("CreateGroups", {
    ...created(),
    environment,
    groups: [
      { groupKey: "shared", taskId, seed: "7", replicaCount: 3 },
      { groupKey: "derived", taskId, seed: "8", replicaCount: 2, replicaSeeds: "REPLICA_SEEDS_DERIVED" },
    ],
  });
  const group = results[0]?.group;
  const ids = group?.sessions.map(({ sessionId }) => sessionId) ?? [];
  const [whole = "", branched = "", suspended = ""] = ids;
  const step = async (address: string, sessionId: string, seq: number, text: string, epoch = 1) => {
    const result = await stepOnce(address, stepItem(sessionId, seq, text, epoch));
    told.add("Step", result);
    return result.outcome;
  };

  // A whole episode, with the answer to a repeated step and to a wrong one.
  let admissible = admissibleIn(group?.initial);
  for (let seq = 1, last: Outcome | null | undefined; last?.actingAgents.length !== 0 && seq <= MOST_STEPS; seq++) {
    const text = random.int(9) === 0 ? "mumble" : random.pick(admissible);
    last = await step(server.address, whole, seq, text);
    if (last?.agents[0]?.actionSpace?.unchanged === false) admissible = admissibleIn(last);
    if (seq === 3) await step(server.address, whole, seq, text);
  }
  // Branches and commits.
  admissible = admissibleIn(group?.initial);
  for (let seq = 1; seq <= 8; seq++) {
    const candidates = Array.from({ length: 3 }, () => {
      return { actions: [{ agentId: SINGLE_AGENT, text: random.pick(admissible) }] };
    });
    const items = [{ sessionId: branched, epoch: 1, seq, candidates }];
    const branch = await ask<BranchStepResponse>("BranchStep", { items });
    const branchIndex = random.int(3);
    const chosen = branch.results[0]?.branches?.candidates[branchIndex]?.outcome;
    if (chosen == null) break;
    const commit = { sessionId: branched, epoch: 1, seq, branchIndex, fullStateHash: chosen.fullStateHash };
    await ask("CommitBranch", { items: [commit] });
    admissible = admissibleIn(chosen);
    if (chosen.actingAgents.length === 0) break;
  }
  // Forks of the past and of the present, with the future shared and drawn anew; children go on.
  for (const [sessionId, atSeq, replicaSeeds] of [
    [whole, 2, "REPLICA_SEEDS_SHARED"],
    [whole, 1, "REPLICA_SEEDS_DERIVED"],
    [suspended, undefined, "REPLICA_SEEDS_DERIVED"],
    [suspended, undefined, "REPLICA_SEEDS_SHARED"],
  ] as const) {
    const item = { sessionId, epoch: 1, count: 2, replicaSeeds, ...(atSeq === undefined ? {} : { atSeq }) };
    const { results: forks } = await ask<ForkResponse>("Fork", { ...created(), items: [item] });
    const { outcome, sessions = [] } = forks[0]?.forked ?? {};
    for (const child of sessions) {
      await step(server.address, child.sessionId, child.nextSeq, admissibleIn(outcome)[0] ?? "look");
    }
  }
  // A lease that expires, and sessions that come back from their histories.
  admissible = admissibleIn(group?.initial);
  for (let seq = 1; seq <= 4; seq++) await step(server.address, suspended, seq, admissible[0] ?? "look");
  await call(client, "RenewLease", { leaseId: "lease-1", ttl: { seconds: 0, nanos: 50_000_000 } });
  while (server.counters.sessions_suspended_total === 0) await new Promise((resolve) => setTimeout(resolve, 50));
  await ask<ResumeSessionsResponse>("ResumeSessions", { ...created(), leaseId: "lease-2", sessionIds: ids });
  await step(server.address, suspended, 4, admissible[0] ?? "look", 2);
  await step(server.address, suspended, 5, admissible[0] ?? "look", 2);
  for (const sessionId of ids) {
    const { log } = await ask<GetTrajectoryResponse>("GetTrajectory", { sessionId });
    const replay = await ask<ReplayTrajectoryResponse>("ReplayTrajectory", { log });
    expect(replay.firstDivergence ?? "none").toBe("none");
  }
  // Another process, and the log that the first one left.
  await server.close();
  const { address } = await serve();
  client = environmentClient(address);
  await ask<ResumeSessionsResponse>("ResumeSessions", { ...created(), leaseId: "lease-3", sessionIds: ids });
  await step(address, suspended, 6, admissible[0] ?? "look", 3);
  return told.lines;
}

describe("a world on threads", () => {
  it.each(["household", "sokoban", "corridor"])(
    "tells clients what it tells them in the event loop: %s",
    async (name) => {
      const inLoop = await liveThrough(name, false);
      const onThreads = await liveThrough(name, true);
      expect(inLoop.length).toBeGreaterThan(30);
      expect(inLoop.filter((line) => line.includes('"error"') || line.includes("SESSION_NOT_FOUND"))).toEqual([]);
      expect(onThreads).toEqual(inLoop);
    },
  );
});
