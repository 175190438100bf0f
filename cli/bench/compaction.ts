// What it costs that the log is written anew while the server runs: how long that takes, and for how long the event loop
// is held up at most, beside the same figure of an idle server. One server in this process, so that its loop can be watched.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import { DEFAULT_TIMEOUTS } from "../../client/transport/channel-options.ts";
import { EnvironmentClient } from "../../client/transport/environment-client.ts";
import { findWorld } from "../../envs/worlds.ts";
import type { Compaction } from "../../server/log/action-log.ts";
import { createServer } from "../../server/server.ts";
import { type BenchRecord, median, rounded } from "./bench-record.ts";

const GROUPS = 64;
const GROUP_SIZE = 64;
const STEPS = 16;
/** Of 64 groups so many are closed, at once. */
const CLOSED_GROUPS = 40;
const REPETITIONS = 3;
const COMPACTION_MESSAGE = "the action log was compacted";

export async function* runCompaction(env: string): AsyncIterable<BenchRecord> {
  for (const durability of ["LOG", "SYNC"] as const) {
    const runs: (Compaction & { readonly stallMs: number; readonly idleMs: number })[] = [];
    for (let repetition = 0; repetition < REPETITIONS; repetition++) runs.push(await measure(env, durability));
    const { beforeBytes, afterBytes } = runs[0] as Compaction;
    const params = { env, durability, sessions: GROUPS * GROUP_SIZE, steps: STEPS, beforeBytes, afterBytes };
    const record = (metric: string, unit: string, value: (run: (typeof runs)[number]) => number): BenchRecord => {
      return { bench: "durability", metric, value: rounded(median(runs.map(value))), unit, params };
    };
    yield record("compaction_s", "s", ({ seconds }) => seconds);
    yield record("compaction_longest_stall_ms", "ms", ({ stallMs }) => stallMs);
    yield record("idle_longest_stall_ms", "ms", ({ idleMs }) => idleMs);
  }
}

async function measure(env: string, durability: "LOG" | "SYNC") {
  const dir = mkdtempSync(join(tmpdir(), "anchorgym-compaction-"));
  const compactions: Compaction[] = [];
  const write = (line: string): void => {
    const logged = JSON.parse(line) as { msg: string } & Compaction;
    if (logged.msg === COMPACTION_MESSAGE) compactions.push(logged);
  };
  const server = await createServer({
    worlds: [findWorld(env)],
    logger: pino({ level: "info" }, { write }),
    log: { dir, durability, compaction: { floorBytes: 1_048_576, closedShare: 0.5 } },
  });
  const client = new EnvironmentClient(server.address, "bench", { ...DEFAULT_TIMEOUTS, callTimeoutMs: 120_000 });
  try {
    const groupIds = await play(client, env);
    // Two thirds of the file: above the share at once. All that follows is the compaction's.
    await client.closeGroups(groupIds.slice(0, CLOSED_GROUPS));
    const stallMs = await longestStallMs(() => compactions.length > 0);
    const idleUntilMs = performance.now() + 500;
    const idleMs = await longestStallMs(() => performance.now() > idleUntilMs);
    return { ...(compactions[0] as Compaction), stallMs, idleMs };
  } finally {
    client.close();
    await server.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Groups of which every session was stepped. */
async function play(client: EnvironmentClient, env: string): Promise<readonly string[]> {
  const tasks = await client.listTasks(env, "train", GROUPS);
  const groupIds: string[] = [];
  for (const [index, { taskId }] of tasks.entries()) {
    const spec = { groupKey: String(index), taskId, seed: String(index), replicaCount: GROUP_SIZE };
    const [created] = await client.createGroups(env, [spec], 0);
    const { groupId, sessions } = created!.group!;
    groupIds.push(groupId);
    for (let seq = 1; seq <= STEPS; seq++) {
      const items = sessions.map(({ sessionId }) => ({ sessionId, epoch: 1, seq, actions: [{ text: "look" }] }));
      await client.step({ items, detail: "DETAIL_LEAN" });
    }
  }
  return groupIds;
}

/** Of the event loop, until the condition holds. */
async function longestStallMs(isOver: () => boolean): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await sleep(5);
  while (!isOver()) await sleep(5);
  delay.disable();
  return delay.max / 1e6;
}
