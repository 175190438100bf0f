// A group: G sessions of one task and seed, created whole or not at all, and only after their starts were compared.
// States are immutable, so the replicas of a SHARED group hold one instance; a second reset is the witness that the
// world is deterministic. DERIVED replicas are reset each with a seed of its own and must look the same at the start.

import { deriveSeed } from "../../envs/core/random.ts";
import type { Task } from "../../envs/core/types.ts";
import { AnchorgymError, fail } from "../../proto/errors.ts";
import type { Counters } from "../observability/counters.ts";
import { findTask, type TaskRef } from "../worlds/find-task.ts";
import type { HostedWorld } from "../worlds/hosted-world.ts";
import type { Executed } from "./execute-step.ts";
import { type Journal, NO_JOURNAL } from "./journal.ts";
import { Session } from "./session.ts";
import type { StepRecord } from "./step-record.ts";
import type { EpisodeStart } from "./world-runner.ts";

export type ReplicaSeeds = "SHARED" | "DERIVED";

export interface GroupPlan {
  readonly groupKey: string;
  /** Where the plan stands in the request. */
  readonly field: string;
  readonly task: TaskRef;
  readonly seed: number;
  readonly replicaCount: number;
  readonly replicaSeeds: ReplicaSeeds;
  readonly optionsJson: string;
}

export interface Group {
  readonly groupId: string;
  readonly task: Task;
  readonly replicaSeeds: ReplicaSeeds;
  readonly initial: StepRecord;
  readonly sessions: readonly Session[];
}

export interface GroupContext {
  readonly groupId: string;
  readonly leaseId: string;
  readonly outcomeWindow: number;
  readonly counters: Counters;
  readonly nowMs: number;
  /** Of the creating call; "" where nobody has to ask again. */
  readonly requestId?: string;
  readonly principal?: string;
  /** Absent: nothing is written down. */
  readonly journal?: Journal;
}

interface Start extends Executed {
  readonly episode: EpisodeStart;
}

function compareStarts(first: StepRecord, other: StepRecord, what: string, plan: GroupPlan, task: Task): void {
  const differs = (field: string, expected: string, actual: string): never => {
    throw fail("GROUP_NOT_IDENTICAL", `${what} starts in another state: its ${field} differs`, {
      ids: { group_key: plan.groupKey, task: task.taskId, field, expected, actual },
    });
  };
  if (first.semanticHash !== other.semanticHash) {
    differs("semantic_state_hash", first.semanticHash, other.semanticHash);
  }
  first.agents.forEach((agent, index) => {
    const hash = other.agents[index]?.observationHash ?? "none";
    if (agent.observationHash !== hash) differs("observation_hash", agent.observationHash, hash);
  });
  if (plan.replicaSeeds === "SHARED" && first.fullHash !== other.fullHash) {
    differs("full_state_hash", first.fullHash, other.fullHash);
  }
}

function parseOptions(hosted: HostedWorld, plan: GroupPlan): unknown {
  try {
    return hosted.world.parseOptions(plan.optionsJson);
  } catch (cause) {
    const sentence = cause instanceof Error ? cause.message : String(cause);
    const ids = { group_key: plan.groupKey, field: `${plan.field}.options_json` };
    throw fail("MESSAGE_INVALID", sentence, { ids, cause });
  }
}

/**
 * Builds the group.
 * @throws {RequestError} as `findTask`; MESSAGE_INVALID for options that the world refuses
 * @throws {DeterminismError} GROUP_NOT_IDENTICAL naming the hash that differs
 * @throws {EnvError} ENV_FAULT when the world throws, ENV_TIMEOUT when its reset had to be stopped
 */
export async function buildGroup(hosted: HostedWorld, plan: GroupPlan, context: GroupContext): Promise<Group> {
  const { world, runner } = hosted;
  const task = findTask(world, plan.task, `${plan.field}.inline_task_json`, { group_key: plan.groupKey });
  const ids = { group_key: plan.groupKey, task: task.taskId };
  const options = parseOptions(hosted, plan);
  const { groupId, leaseId, outcomeWindow, counters, nowMs, requestId = "", principal = "" } = context;
  const { optionsJson } = plan;
  const inlineTaskJson = "inlineTaskJson" in plan.task ? plan.task.inlineTaskJson : "";
  const { buildDigest } = hosted;
  const start = async (seed: number): Promise<Start> => {
    const episode: EpisodeStart = {
      world,
      runner,
      task,
      seed,
      options,
      optionsJson,
      inlineTaskJson,
      buildDigest,
      requestId,
    };
    try {
      return { episode, ...(await runner.reset(episode)) };
    } catch (cause) {
      const { reason, sentence } = AnchorgymError.from(cause);
      throw fail(
        reason === "ENV_TIMEOUT" ? reason : "ENV_FAULT",
        `${world.description.name}.reset failed: ${sentence}`,
        {
          ids,
          cause,
        },
      );
    }
  };

  let starts: readonly Start[];
  if (plan.replicaSeeds === "SHARED") {
    const [first, witness] = await Promise.all([start(plan.seed), start(plan.seed)]);
    compareStarts(first.record, witness.record, "a second reset", plan, task);
    // On several threads the witness lives elsewhere: half of the replicas begin there, with equal states.
    const other = runner.width > 1 ? { ...witness, record: first.record } : first;
    if (other === first) runner.drop(witness.state);
    starts = Array.from({ length: plan.replicaCount }, (_, index) => (index % 2 === 0 ? first : other));
  } else {
    const seeds = Array.from({ length: plan.replicaCount }, (_, index) => deriveSeed(plan.seed, `replica/${index}`));
    starts = await Promise.all(seeds.map(start));
  }
  const first = starts[0];
  if (first === undefined) throw fail("MESSAGE_INVALID", "replica_count is 0; a group has at least one", { ids });
  starts.forEach(({ record }, index) => {
    if (record !== first.record) compareStarts(first.record, record, `replica ${index}`, plan, task);
  });

  const journal = context.journal ?? NO_JOURNAL;
  const sessions = starts.map(({ episode, state, record }, replicaIndex) => {
    const { fullHash } = record;
    return new Session({
      sessionId: `${groupId}/${replicaIndex}`,
      groupId,
      leaseId,
      principal,
      replicaIndex,
      start: episode,
      history: { before: undefined, seq: 0, actionsJson: "", fullHash, reseed: undefined },
      live: { state, record },
      parent: undefined,
      epoch: 1,
      outcomeWindow,
      counters,
      journal,
      createdAtMs: nowMs,
    });
  });
  return { groupId, task, replicaSeeds: plan.replicaSeeds, initial: first.record, sessions };
}
