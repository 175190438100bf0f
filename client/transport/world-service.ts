// The narrow view of environment servers that rollouts consume: text or tool calls in, outcome out, whatever carries it.
// Implementations: `grpc-world-service.ts` (one or more servers) and test doubles. It says nothing of streams, frames,
// credits or wire enums, and it does not choose tasks, seeds or actions. One-agent worlds only (agent id "").

import type { AnchorgymError } from "../../proto/errors.ts";
import type { Anchors, TaskRef as LearnerTaskRef } from "../types.ts";

/** How the world judged the action of an outcome; "" in an initial outcome, where nothing was done. */
export type ActionValidity =
  | ""
  | "VALID"
  | "UNPARSABLE"
  | "NOT_ADMISSIBLE"
  | "SCHEMA_MISMATCH"
  | "TOOL_FAILED"
  | "NO_EFFECT";

export interface Tool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments. */
  readonly inputSchemaJson: string;
}

export interface ToolCall {
  /** Comes back in the observation, one JSON block `{"call_id", "content"}` per call. */
  readonly callId: string;
  readonly name: string;
  readonly argumentsJson: string;
}

/** What an agent does: words, or calls of offered tools in the order in which they run. */
export type AgentAction = string | readonly ToolCall[];

/** What one step (or the start of an episode, `seq` 0) meant for the agent. */
export interface Outcome {
  /** Number of the step, from 1; 0 is the start. The next step is `seq` + 1. */
  readonly seq: number;
  /** Text blocks of the observation, joined by a line break. */
  readonly observation: string;
  /** What the agent may say next, in the world's order; empty when the episode is over. */
  readonly admissible: readonly string[];
  /** What the agent may call next, in the world's order; empty where it offers no tools, or when the episode is over. */
  readonly tools: readonly Tool[];
  /** Nothing outside `admissible` is legal. */
  readonly admissibleComplete: boolean;
  /** Of this step alone, finite; the components are weighted and add up to it. */
  readonly reward: number;
  readonly rewardComponents: readonly { readonly name: string; readonly value: number }[];
  readonly validity: ActionValidity;
  /** Never both. Truncated: the value after the last state may be bootstrapped. */
  readonly terminated: boolean;
  readonly truncated: boolean;
  /** Set exactly when the episode is over: "GOAL_REACHED", "MAX_TURNS", ... (`protocol.md` section 3.3). */
  readonly endReason: string | undefined;
  /** Task score in [0, 1], set with `endReason`. */
  readonly score: number | undefined;
  /** Who acts next; empty exactly when `endReason` is set. */
  readonly actingAgents: readonly string[];
  /** What was executed after parsing. */
  readonly normalizedAction: string;
  /** Of the state AFTER this outcome; `full` is "" in the initial outcome of a group with derived replica seeds. */
  readonly anchors: Anchors;
}

/** A task as the catalogue names it. Answers and goal states never reach the client. */
export interface TaskRef extends LearnerTaskRef {
  readonly environment: string;
  /** Hex; two tasks with equal digests are the same problem. */
  readonly contentDigest: string;
}

export interface SampleTasksSpec {
  readonly split: string;
  /** A non-negative integer below 2^53; with `offset` it names the curriculum's position. */
  readonly seed: number;
  readonly offset: number;
  readonly count: number;
}

/** G episodes of one task and seed, asked for as a whole. The task is named, or sent by value where the world takes that. */
export type GroupSpec = GroupWish &
  (
    | { readonly taskId: string; readonly inlineTaskJson?: undefined }
    | { readonly taskId?: undefined; readonly inlineTaskJson: string }
  );

interface GroupWish {
  /** Chosen by the caller, unique in one call; comes back as the key of the result. */
  readonly groupKey: string;
  /** A non-negative integer below 2^53. */
  readonly seed: number;
  /** G, at least 1. */
  readonly replicaCount: number;
  /** SHARED: equal randomness in all replicas (the default). DERIVED: replica i draws from a seed of its own. */
  readonly replicaSeeds?: "SHARED" | "DERIVED";
  /** The world's options as JSON; absent: its defaults. */
  readonly optionsJson?: string;
}

/** A live episode on one server. Frozen at creation except for `nextSeq`, which the service advances. */
export interface RemoteSession {
  readonly sessionId: string;
  readonly groupId: string;
  /** Position in the group, from 0. */
  readonly replicaIndex: number;
  readonly epoch: number;
  /** host:port of the server that holds the episode. */
  readonly endpoint: string;
  /** Number that the next step will carry, from 1. */
  readonly nextSeq: number;
}

/** A group that exists: its replicas were verified to start in the same state. */
export interface GroupStart {
  readonly groupKey: string;
  readonly groupId: string;
  /** "" for a task by value. */
  readonly taskId: string;
  /** Outcome 0, shared by all replicas. */
  readonly initial: Outcome;
  /** In order of `replicaIndex`, exactly `replicaCount` long. */
  readonly sessions: readonly RemoteSession[];
}

/** A group that does not exist, and why; its neighbours in the call are unharmed. */
export interface GroupFailure {
  readonly groupKey: string;
  readonly error: AnchorgymError;
}

export function isGroupFailure(result: GroupStart | GroupFailure): result is GroupFailure {
  return "error" in result;
}

/** One environment, served by one or more servers; groups are spread over them, each wholly on one. */
export interface WorldService {
  /** Tasks at positions offset .. offset + count - 1 of the curriculum that `seed` names. Same arguments, same tasks. */
  sampleTasks(spec: SampleTasksSpec): Promise<readonly TaskRef[]>;
  /** The first `count` tasks of a split in index order (fewer where the split is smaller). */
  listTasks(split: string, count: number): Promise<readonly TaskRef[]>;
  /** In the order of `specs`. Rejects only when every server is unreachable or the request itself is wrong. */
  createGroups(specs: readonly GroupSpec[]): Promise<readonly (GroupStart | GroupFailure)[]>;
  /**
   * One step of the single agent; one step of a session at a time.
   * @throws {AnchorgymError} always typed, never a hang: a dead server or silence beyond the deadline is a
   *   `retryable` SERVER_UNREACHABLE or DEADLINE_EXCEEDED; a lost session is SESSION_NOT_FOUND.
   */
  step(session: RemoteSession, action: AgentAction): Promise<Outcome>;
  /** Ends the sessions of these groups; groups that are gone already count as closed. */
  closeGroups(groupIds: readonly string[]): Promise<void>;
  /** Closes all groups still open and all connections. */
  close(): Promise<void>;
}
