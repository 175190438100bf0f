// Thousands of episodes at once on one server process: connect, create, step and close, each measured apart, and what
// failed. All sessions are alive before the first step and until the last; steps are asked for by a closed loop that
// leaves a stated number of them unanswered, and once by all sessions in the same moment. Latency is wall time from
// handing a step to the client until its outcome is decoded, queues of both processes included.

import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { DEFAULT_TIMEOUTS } from "../../client/transport/channel-options.ts";
import { EnvironmentClient } from "../../client/transport/environment-client.ts";
import { InteractClient } from "../../client/transport/interact-client.ts";
import { LocalServers, nodeCommand } from "../../client/transport/local-servers.ts";
import { type BenchRecord, quantile, rounded } from "./bench-record.ts";

export interface SessionsParams {
  /** Name of the world. */
  readonly env: string;
  /** Sessions alive at once; undefined: 1,024, then 4,096, then 16,384. */
  readonly sessions?: number;
}

const DEFAULT_COUNTS = [1_024, 4_096, 16_384] as const;
/** Client processes would have a lease, a stream and a connection each; here they share one process. */
const CLIENTS = 4;
/** Steps that wait for an answer at any time, over all clients. */
const IN_FLIGHT = 512;
/** Steps that each session takes in the closed loop; one more follows, all at once. */
const STEPS = 4;
const WARM_UP_SESSIONS = 256;
const GROUP_SIZE = 16;
const GROUPS_PER_CALL = 16;
const SPLIT = "train";
const TIMEOUTS = { ...DEFAULT_TIMEOUTS, callTimeoutMs: 120_000, stepTimeoutMs: 120_000 };

interface LiveSession {
  readonly sessionId: string;
  readonly epoch: number;
  readonly stream: InteractClient;
  nextSeq: number;
  admissibleCount: number;
  isOver: boolean;
}

interface Client {
  readonly unary: EnvironmentClient;
  readonly stream: InteractClient;
}

export async function* runSessions(params: SessionsParams): AsyncIterable<BenchRecord> {
  const counts = params.sessions === undefined ? DEFAULT_COUNTS : [params.sessions];
  for (const count of counts) yield* measure(params.env, count);
}

async function* measure(env: string, count: number): AsyncIterable<BenchRecord> {
  const flags = ["--env", env, "--max-sessions", String(Math.max(count, WARM_UP_SESSIONS))];
  const servers = await LocalServers.start({ command: [...nodeCommand("cli/main.ts"), "serve", ...flags], count: 1 });
  const clients: Client[] = [];
  try {
    const failures = { connect: 0, create: 0, step: 0, close: 0 };
    const connectMs: number[] = [];
    for (let index = 0; index < CLIENTS; index++) {
      const startMs = performance.now();
      clients.push(await connect(servers.addresses[0]!, env, failures));
      connectMs.push(performance.now() - startMs);
    }

    await warmUp(clients, env);
    const createStartMs = performance.now();
    const { sessions, groupIds, callMs } = await createAll(clients, env, count, failures);
    const createSpentMs = performance.now() - createStartMs;

    const loop = await stepInLoop(sessions, failures);
    const wave = await stepAtOnce(sessions, failures);
    const rssMb = serverMemoryMb(servers.pids[0]!);

    const closeStartMs = performance.now();
    const closed = await closeAll(clients, groupIds, failures);
    const closeSpentMs = performance.now() - closeStartMs;
    if (closed !== sessions.length) failures.close += Math.abs(sessions.length - closed);

    const shared = { env, sessions: count, clients: CLIENTS, serverProcesses: 1 };
    const record = (metric: string, value: number, unit: string, more: object = {}): BenchRecord => ({
      bench: "sessions",
      metric,
      value: rounded(value),
      unit,
      params: { ...shared, ...more },
    });
    const failed = failures.connect + failures.create + failures.step + failures.close;
    yield record("failures", failed, "failures", { byPhase: failures, live: sessions.length });
    yield record("connect_p99_ms", quantile(connectMs, 0.99), "ms", { p50: rounded(quantile(connectMs, 0.5)) });
    yield record("create_per_s", (sessions.length / createSpentMs) * 1_000, "sessions/s", { groupSize: GROUP_SIZE });
    yield record("create_call_p99_ms", quantile(callMs, 0.99), "ms", {
      p50: rounded(quantile(callMs, 0.5)),
      groupsPerCall: GROUPS_PER_CALL,
    });
    const stepParams = { inFlight: Math.min(IN_FLIGHT, count), steps: loop.latenciesMs.length, detail: "FULL" };
    yield record("step_p50_ms", quantile(loop.latenciesMs, 0.5), "ms", stepParams);
    yield record("step_p99_ms", quantile(loop.latenciesMs, 0.99), "ms", stepParams);
    yield record("steps_per_s", (loop.latenciesMs.length / loop.spentMs) * 1_000, "steps/s", stepParams);
    const waveParams = { inFlight: count, steps: wave.latenciesMs.length, detail: "FULL" };
    yield record("step_all_at_once_p99_ms", quantile(wave.latenciesMs, 0.99), "ms", waveParams);
    yield record("close_per_s", (closed / closeSpentMs) * 1_000, "sessions/s");
    yield record("rss_mb", rssMb.now, "MB", {
      process: "server",
      peak: rounded(rssMb.peak),
      when: "all sessions live",
    });
  } finally {
    for (const { unary, stream } of clients) {
      stream.close();
      unary.close();
    }
    await servers.stop();
  }
}

/** Compiles the hot paths of both processes on sessions that are closed before anything is measured. */
async function warmUp(clients: readonly Client[], env: string): Promise<void> {
  const ignored = { connect: 0, create: 0, step: 0, close: 0 };
  const { sessions, groupIds } = await createAll(clients, env, WARM_UP_SESSIONS, ignored);
  for (let round = 0; round < 4; round++) await stepInLoop(sessions, ignored);
  await closeAll(clients, groupIds, ignored);
}

type Failures = Record<"connect" | "create" | "step" | "close", number>;

async function connect(address: string, env: string, failures: Failures): Promise<Client> {
  const leaseId = randomUUID();
  const unary = new EnvironmentClient(address, leaseId, TIMEOUTS);
  const stream = new InteractClient({ address, leaseId, timeouts: TIMEOUTS });
  try {
    await unary.getEnvironment(env);
    stream.open();
  } catch {
    failures.connect++;
  }
  return { unary, stream };
}

async function createAll(clients: readonly Client[], env: string, count: number, failures: Failures) {
  const tasks = await clients[0]!.unary.listTasks(env, SPLIT, Math.min(256, Math.ceil(count / GROUP_SIZE)));
  const sessions: LiveSession[] = [];
  const groupIds: (readonly [Client, string])[] = [];
  const callMs: number[] = [];
  const groupCount = Math.ceil(count / GROUP_SIZE);
  let nextGroup = 0;
  const work = async (client: Client): Promise<void> => {
    while (nextGroup < groupCount) {
      const first = nextGroup;
      nextGroup = Math.min(groupCount, first + GROUPS_PER_CALL);
      const specs = Array.from({ length: nextGroup - first }, (_, offset) => ({
        groupKey: String(first + offset),
        taskId: tasks[(first + offset) % tasks.length]!.taskId,
        seed: String(first + offset),
        replicaCount: Math.min(GROUP_SIZE, count - (first + offset) * GROUP_SIZE),
        replicaSeeds: "REPLICA_SEEDS_SHARED" as const,
      }));
      const startMs = performance.now();
      const asked = specs.reduce((sum, { replicaCount }) => sum + replicaCount, 0);
      let created = 0;
      try {
        for (const { group } of await client.unary.createGroups(env, specs, 5_000)) {
          if (group == null) continue;
          groupIds.push([client, group.groupId]);
          const admissibleCount = group.initial?.agents[0]?.actionSpace?.admissible.length ?? 1;
          created += group.sessions.length;
          for (const { sessionId, epoch } of group.sessions) {
            sessions.push({ sessionId, epoch, stream: client.stream, nextSeq: 1, admissibleCount, isOver: false });
          }
        }
      } catch {
        // counted below: what was not created failed
      }
      callMs.push(performance.now() - startMs);
      failures.create += asked - created;
    }
  };
  await Promise.all(clients.map(work));
  return { sessions, groupIds, callMs };
}

/** One step: a walk through the admissible list. @returns its latency, or undefined when it failed */
async function stepOnce(session: LiveSession, failures: Failures): Promise<number | undefined> {
  const { sessionId, epoch, nextSeq: seq } = session;
  const choice = (seq * 7 + 3) % Math.max(1, session.admissibleCount);
  const startMs = performance.now();
  try {
    const outcome = await session.stream.step({ sessionId, epoch, seq, actions: [{ agentId: "", choice }] });
    if (outcome.seq !== seq) throw new Error("the outcome of another step");
    session.nextSeq++;
    session.isOver = outcome.actingAgents.length === 0;
    const space = outcome.agents[0]?.actionSpace;
    if (space != null && !space.unchanged) session.admissibleCount = space.admissible.length;
    return performance.now() - startMs;
  } catch {
    failures.step++;
    session.isOver = true;
    return undefined;
  }
}

async function stepInLoop(sessions: readonly LiveSession[], failures: Failures) {
  const latenciesMs: number[] = [];
  const startMs = performance.now();
  const lanes = Math.min(IN_FLIGHT, sessions.length);
  // A lane has sessions of its own, so that no session is asked for two steps at once.
  const work = async (lane: number): Promise<void> => {
    for (let step = 0; step < STEPS; step++) {
      for (let at = lane; at < sessions.length; at += lanes) {
        const session = sessions[at]!;
        if (session.isOver) continue;
        const latencyMs = await stepOnce(session, failures);
        if (latencyMs !== undefined) latenciesMs.push(latencyMs);
      }
    }
  };
  await Promise.all(Array.from({ length: lanes }, (_, lane) => work(lane)));
  return { latenciesMs, spentMs: performance.now() - startMs };
}

async function stepAtOnce(sessions: readonly LiveSession[], failures: Failures) {
  const live = sessions.filter(({ isOver }) => !isOver);
  const latencies = await Promise.all(live.map((session) => stepOnce(session, failures)));
  return { latenciesMs: latencies.filter((latencyMs) => latencyMs !== undefined) };
}

async function closeAll(
  clients: readonly Client[],
  groupIds: readonly (readonly [Client, string])[],
  failures: Failures,
): Promise<number> {
  let closed = 0;
  await Promise.all(
    clients.map(async (client) => {
      const own = groupIds.filter(([owner]) => owner === client).map(([, groupId]) => groupId);
      for (let at = 0; at < own.length; at += 256) {
        try {
          const count = await client.unary.closeGroups(own.slice(at, at + 256));
          closed += count;
        } catch {
          failures.close++;
        }
      }
    }),
  );
  return closed;
}

/** Resident memory of a process, now and at its peak; 0 where the system does not tell. */
function serverMemoryMb(pid: number): { readonly now: number; readonly peak: number } {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const kb = (field: string): number => Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1] ?? 0);
    return { now: kb("VmRSS") / 1_024, peak: kb("VmHWM") / 1_024 };
  } catch {
    return { now: 0, peak: 0 };
  }
}
