// The three ways to step many sessions of one server, behind one signature: one unary call per step, one unary call for
// a batch of steps, and the stream. All of them carry full outcomes; every answer is checked.

import { randomUUID } from "node:crypto";
import { DEFAULT_TIMEOUTS } from "../../client/transport/channel-options.ts";
import { EnvironmentClient } from "../../client/transport/environment-client.ts";
import { InteractClient } from "../../client/transport/interact-client.ts";
import type { Outcome } from "../../proto/gen/anchorgym/v1/Outcome.ts";

/** An episode of the benchmark: where it is, and what may be said next. */
export interface BenchSession {
  readonly sessionId: string;
  readonly epoch: number;
  nextSeq: number;
  admissibleCount: number;
  isOver: boolean;
}

export type FormName = "unary" | "batched" | "stream";

/** Plays every session until it is over or took `maxSteps` steps, with all sessions in flight. @returns steps taken */
export type PlayForm = (sessions: readonly BenchSession[], maxSteps: number) => Promise<number>;

export interface TransportForms {
  readonly forms: Readonly<Record<FormName, PlayForm>>;
  /** Fresh episodes of the first tasks of a split, in groups of up to 16. */
  createSessions(environment: string, split: string, count: number): Promise<BenchSessions>;
  close(): void;
}
export interface BenchSessions {
  readonly sessions: readonly BenchSession[];
  readonly groupIds: readonly string[];
  close(): Promise<void>;
}

const GROUP_SIZE = 16;
const TASK_COUNT = 16;

export function openForms(address: string): TransportForms {
  const leaseId = randomUUID();
  const unary = new EnvironmentClient(address, leaseId, DEFAULT_TIMEOUTS);
  const stream = new InteractClient({ address, leaseId, timeouts: DEFAULT_TIMEOUTS });
  const taskIds = new Map<string, Promise<readonly string[]>>();
  const tasksOf = (environment: string, split: string) => {
    const key = `${environment}/${split}`;
    const listed = taskIds.get(key) ?? listTaskIds(unary, environment, split);
    taskIds.set(key, listed);
    return listed;
  };
  return {
    forms: {
      unary: (sessions, maxSteps) =>
        playConcurrently(sessions, maxSteps, async (session) => {
          const { results } = await unary.step({ items: [itemOf(session)], detail: "DETAIL_FULL" });
          applyOutcome(session, results[0]?.outcome);
        }),
      batched: (sessions, maxSteps) => playInBatches(unary, sessions, maxSteps),
      stream: (sessions, maxSteps) =>
        playConcurrently(sessions, maxSteps, async (session) => {
          applyOutcome(session, await stream.step(itemOf(session)));
        }),
    },
    createSessions: async (environment, split, count) =>
      createSessions(unary, environment, await tasksOf(environment, split), count),
    close() {
      stream.close();
      unary.close();
    },
  };
}

async function listTaskIds(client: EnvironmentClient, environment: string, split: string): Promise<readonly string[]> {
  const tasks = await client.listTasks(environment, split, TASK_COUNT);
  return tasks.map(({ taskId }) => taskId);
}

async function createSessions(
  client: EnvironmentClient,
  environment: string,
  taskIds: readonly string[],
  count: number,
): Promise<BenchSessions> {
  const groupCount = Math.ceil(count / GROUP_SIZE);
  const specs = Array.from({ length: groupCount }, (_, g) => ({
    groupKey: String(g),
    taskId: taskIds[g % taskIds.length]!,
    seed: "1",
    replicaCount: Math.min(GROUP_SIZE, count - g * GROUP_SIZE),
    replicaSeeds: "REPLICA_SEEDS_SHARED" as const,
  }));
  const results = await client.createGroups(environment, specs, 5_000);
  const groups = results.map(({ group }) => {
    if (group == null) throw new Error("the server did not create a group of the benchmark");
    return group;
  });
  const groupIds = groups.map(({ groupId }) => groupId);
  const sessions = groups.flatMap((group) =>
    group.sessions.map(({ sessionId, epoch }): BenchSession => {
      const session = { sessionId, epoch, nextSeq: 0, admissibleCount: 1, isOver: false };
      applyOutcome(session, group.initial);
      return session;
    }),
  );
  return {
    sessions,
    groupIds,
    async close() {
      await client.closeGroups(groupIds);
    },
  };
}

/** The next step: a walk through the admissible list that is the same in every form. */
function itemOf(session: BenchSession) {
  const choice = (session.nextSeq * 7 + 3) % session.admissibleCount;
  const { sessionId, epoch, nextSeq: seq } = session;
  return { sessionId, epoch, seq, actions: [{ agentId: "", choice }] };
}

/** @throws {Error} when the answer is not the outcome of the step that was sent */
function applyOutcome(session: BenchSession, outcome: Outcome | null | undefined): void {
  if (outcome == null || outcome.seq !== session.nextSeq) {
    throw new Error(
      `the server did not answer step ${session.nextSeq} of session ${session.sessionId} with its outcome`,
    );
  }
  session.nextSeq++;
  session.isOver = outcome.actingAgents.length === 0;
  const space = outcome.agents[0]?.actionSpace;
  if (space != null && !space.unchanged) session.admissibleCount = Math.max(1, space.admissible.length);
}

async function playConcurrently(
  sessions: readonly BenchSession[],
  maxSteps: number,
  stepOnce: (session: BenchSession) => Promise<void>,
): Promise<number> {
  let steps = 0;
  await Promise.all(
    sessions.map(async (session) => {
      for (let taken = 0; taken < maxSteps && !session.isOver; taken++) {
        await stepOnce(session);
        steps++;
      }
    }),
  );
  return steps;
}

async function playInBatches(
  client: EnvironmentClient,
  sessions: readonly BenchSession[],
  maxSteps: number,
): Promise<number> {
  let steps = 0;
  for (let taken = 0; taken < maxSteps; taken++) {
    const live = sessions.filter((session) => !session.isOver);
    if (live.length === 0) break;
    const { results } = await client.step({ items: live.map(itemOf), detail: "DETAIL_FULL" });
    live.forEach((session, i) => {
      applyOutcome(session, results[i]?.outcome);
    });
    steps += live.length;
  }
  return steps;
}
