// The catalogue on the wire: world descriptions, tasks, limits, and the page tokens of ListTasks.

import { HASH_SCHEME } from "../../envs/core/state-hash.ts";
import type { EnvironmentInit } from "../../proto/gen/anchorgym/v1/Environment.ts";
import type { LimitsInit } from "../../proto/gen/anchorgym/v1/Limits.ts";
import type { TaskInit } from "../../proto/gen/anchorgym/v1/Task.ts";
import type { ServerLimits } from "../config.ts";
import type { Durability } from "../sessions/journal.ts";
import type { HostedWorld } from "../worlds/hosted-world.ts";
import type { TaskSummary } from "../worlds/task-index.ts";
import { encodeDuration, encodeHash, invalidField } from "./field-checks.ts";
import { TEXT_PARSERS } from "./step-codec.ts";

const SPLIT_KINDS = {
  train: "SPLIT_KIND_TRAIN",
  validation: "SPLIT_KIND_VALIDATION",
  test: "SPLIT_KIND_TEST",
} as const;

/** @param withSplitDigests true needs all splits of the world's task index to be ready */
export function encodeEnvironment(
  { world, buildDigest, tasks, runner }: HostedWorld,
  withSplitDigests: boolean,
): EnvironmentInit {
  const { description } = world;
  const { maxTurns, maxActionBytes, maxObservationBytes } = description.limits;
  return {
    name: description.name,
    version: description.version,
    buildDigest: encodeHash(buildDigest),
    turnModel: `TURN_MODEL_${description.turnModel}`,
    agents: description.agents.map(({ agentId, role, team }) => ({ agentId, role, team, trainable: true })),
    actionModes: [
      "ACTION_MODE_TEXT",
      "ACTION_MODE_CHOICE",
      ...(world.tools === undefined ? [] : (["ACTION_MODE_TOOL_CALLS"] as const)),
    ],
    textParsers: [...TEXT_PARSERS],
    optionsSchemaJson: description.optionsSchemaJson,
    taskSchemaJson: description.taskSchemaJson ?? "",
    determinism: "DETERMINISM_BIT_EXACT", // worlds are pure functions of task, seed and actions
    forkMode: "FORK_MODE_COPY", // states are immutable: a copy is a reference
    hashScheme: HASH_SCHEME,
    stateSchema: description.stateSchema,
    splits: description.splits.map((split) => ({
      name: split.name,
      kind: SPLIT_KINDS[split.kind],
      ...(split.taskCount === undefined ? {} : { taskCount: split.taskCount }),
      ...(withSplitDigests ? { digest: encodeHash(tasks.digest(split)) } : {}),
    })),
    rewardComponents: [...description.rewardComponents],
    limits: { maxTurns, maxActionBytes, maxObservationBytes, stepTimeout: encodeDuration(runner.stepLimitMs) },
  };
}

export function encodeTask(task: TaskSummary): TaskInit {
  return {
    taskId: task.taskId,
    contentDigest: encodeHash(task.contentDigest),
    split: task.split,
    title: task.title,
    index: task.index,
    maxTurns: task.maxTurns,
    tags: [...task.tags],
  };
}

/** @param maxInFlightItems of one stream, where that is narrower than the server's own */
export function encodeLimits(
  limits: ServerLimits,
  durability: Durability,
  maxInFlightItems: number = limits.maxInFlightItems,
): LimitsInit {
  return {
    maxSessions: limits.maxSessions,
    maxSessionsPerPrincipal: limits.maxSessions,
    maxBatchItems: limits.maxBatchItems,
    maxMessageBytes: limits.maxMessageBytes,
    maxInFlightItems,
    outcomeWindow: limits.outcomeWindow,
    maxFanOut: limits.maxFanOut,
    minLeaseTtl: encodeDuration(limits.minLeaseTtlMs),
    maxLeaseTtl: encodeDuration(limits.maxLeaseTtlMs),
    maxIdle: encodeDuration(limits.maxIdleMs),
    suspendRetention: encodeDuration(limits.requestRetentionMs),
    durability: `DURABILITY_${durability}`,
  };
}

/** Opaque to clients: the index of the first task that the page may hold. */
export function encodePageToken(index: number): string {
  return Buffer.from(`from:${index}`).toString("base64url");
}

/** @throws {RequestError} MESSAGE_INVALID when the token is not one of ours. */
export function decodePageToken(token: string): number {
  if (token === "") return 0;
  const match = /^from:(\d{1,10})$/.exec(Buffer.from(token, "base64url").toString("utf8"));
  if (match === null) throw invalidField("page_token", "must be empty or a next_page_token of this server");
  return Number(match[1]);
}
