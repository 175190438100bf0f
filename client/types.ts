// The nouns of the learner, in the order in which data meets them:
// TaskRef -> AgentStep -> Trajectory -> TrajectoryGroup -> Advantages -> TrainingBatch (engine.ts) -> PolicyVersion.
// Axis suffixes: G group member, S step, T token. Data only; every stage of the path is a folder beside this file.

import type { Completion, PolicyVersion } from "./engine/engine.ts";

/** A task as the catalogue names it: enough to create a group, nothing of its answer. */
export interface TaskRef {
  readonly taskId: string;
  readonly split: string;
  readonly index: number;
  readonly title: string;
  readonly tags: readonly string[];
  readonly maxTurns: number;
}

/** Hex hashes of one moment of a session; which of them groups steps is the algorithm's choice. */
export interface Anchors {
  readonly observation: string;
  readonly semantic: string;
  readonly full: string;
}

/** What the policy is asked: the tokens, and what did not fit. */
export interface Prompt {
  readonly tokens_T: Int32Array;
  /** Tokens that the length bound removed; a run counts the prompts where this is not 0. */
  readonly cutTokenCount: number;
}

/** One agent's prompt, completion and action: the row that trains. */
export interface AgentStep {
  /** Number of the environment step that this action took, from 1. */
  readonly seq: number;
  readonly agentId: string;
  readonly prompt: Prompt;
  /** Tokens, behaviour logprobs and which of the tokens were drawn rather than forced. */
  readonly completion: Completion;
  readonly action: string;
  /** The completion parsed into an action (format). Not parsed: it trains, and costs the invalid-action penalty. */
  readonly parsed: boolean;
  /** The world accepted the action (protocol's VALID). */
  readonly admissible: boolean;
  /** State before the action: the anchor of this step. */
  readonly anchors: Anchors;
  /** State after the action, for algorithms that build graphs. */
  readonly nextAnchors: Anchors;
  /** Reward of this step alone. */
  readonly reward: number;
  readonly terminated: boolean;
  readonly truncated: boolean;
}

/** Why a trajectory ended, as the server or the runner says; see `protocol.md` section 3.3. */
export type StopReason =
  | "GOAL_REACHED"
  | "TASK_FAILED"
  | "AGENT_STOPPED"
  | "MAX_TURNS"
  | "MAX_INVALID_ACTIONS"
  | "CONTEXT_LIMIT";

/** One episode, whole. A broken episode is not a trajectory: it is an `EpisodeFailure`. */
export interface Trajectory {
  readonly groupKey: string;
  readonly replicaIndex: number;
  readonly steps_S: readonly AgentStep[];
  /** Undiscounted sum of rewards, before any penalty of the algorithm. */
  readonly episodeReturn: number;
  /** Task score in [0, 1], as the world gives it at the end. */
  readonly score: number;
  readonly stopReason: StopReason;
}

/** An episode that an infrastructure or environment fault broke: counted, never averaged in. */
export interface EpisodeFailure {
  readonly groupKey: string;
  readonly replicaIndex: number;
  readonly reason: string;
  readonly message: string;
}

/** The G episodes that started from one state of one task. */
export interface TrajectoryGroup {
  readonly groupKey: string;
  readonly task: TaskRef;
  readonly trajectories_G: readonly Trajectory[];
  readonly failures: readonly EpisodeFailure[];
  /** Oldest and newest weights that drew a token of this group. */
  readonly policyVersions: { readonly oldest: PolicyVersion; readonly newest: PolicyVersion };
}
