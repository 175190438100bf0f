// The nouns of a world, in the order in which an episode meets them:
// Task -> State -> Observation -> Action -> Transition -> StateHash. Data only; `world.ts` holds the behaviour.
// A state is opaque here: each world defines its own, immutable and free of clocks, sockets and global randomness.

/** A JSON value with the restrictions of `protocol.md` section 7: integers below 2^53 in states, NFC strings, no undefined. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** SHA-256 in 64 lower-case hex digits; only `state-hash.ts` makes one. */
export type StateHash = string & { readonly __brand: "StateHash" };

export type SplitKind = "train" | "validation" | "test";

/** A named set of tasks. Splits of one world never share a task, and held-out splits never share a layout with training. */
export interface Split {
  readonly name: string;
  readonly kind: SplitKind;
  /** Number of tasks; undefined: the split is unbounded and task i is generated from i. */
  readonly taskCount: number | undefined;
}

/** One problem instance. Answers and goal states live in `data` and never leave the server. */
export interface Task<Data = unknown> {
  /** Stable name, `<environment>/<version>/<split>/<index>`. */
  readonly taskId: string;
  readonly split: string;
  readonly index: number;
  /** What the agent is asked to do, in a sentence. */
  readonly title: string;
  readonly tags: readonly string[];
  /** Step limit of an episode of this task, in steps. */
  readonly maxTurns: number;
  /** Hash of the canonical task data, answer included: two tasks with equal digests are the same problem. */
  readonly contentDigest: StateHash;
  readonly data: Data;
}

/** What one agent sees: text blocks, in reading order. */
export interface Observation {
  readonly blocks: readonly ObservationBlock[];
  /** The hashed text where it differs from the observation (for example without a header that counts steps). */
  readonly anchor?: string;
}
export type ObservationBlock = { readonly text: string } | { readonly json: string };

/** What one agent does: free text, an index into the admissible list, or calls of offered tools in the order in which they run. */
export type Action =
  | { readonly text: string }
  | { readonly choice: number }
  | { readonly toolCalls: readonly ToolCall[] };

/** One call as the agent wrote it: nothing of it is checked yet. */
export interface ToolCall {
  /** Comes back in the observation. */
  readonly callId: string;
  readonly name: string;
  readonly argumentsJson: string;
}

/** What an agent may call in some state. */
export interface Tool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments. */
  readonly inputSchemaJson: string;
}

/** Agent id -> value; the single agent of a one-agent world has the id "". */
export type PerAgent<T> = ReadonlyMap<string, T>;
export const SINGLE_AGENT = "";

/** How a world judges an action. Mistakes are values: they cost a step and a validity, never an exception. */
export type ActionValidity =
  | "VALID"
  | "UNPARSABLE"
  | "NOT_ADMISSIBLE"
  | "SCHEMA_MISMATCH"
  | "TOOL_FAILED"
  | "NO_EFFECT";

/** Why an episode ended. The first three terminate, the next two truncate; see `protocol.md` section 3.3. */
export type EndReason = "GOAL_REACHED" | "TASK_FAILED" | "AGENT_STOPPED" | "MAX_TURNS" | "MAX_INVALID_ACTIONS";

/** The consequence of one step for one agent. */
export interface AgentTransition {
  /** Reward of this step alone, finite; the components are weighted and add up to it. */
  readonly reward: number;
  readonly rewardComponents: readonly NamedValue[];
  readonly validity: ActionValidity;
  /** What was executed after parsing. */
  readonly normalizedAction: string;
  /** Never both. Truncated: the value after the last state may be bootstrapped. */
  readonly terminated: boolean;
  readonly truncated: boolean;
}
export interface NamedValue {
  readonly name: string;
  readonly value: number;
}

/** One step: the next state and what it means for each agent that acted. */
export interface Transition<State> {
  readonly state: State;
  readonly agents: PerAgent<AgentTransition>;
  /** By `AgentSpec.team`; never contained in an agent's reward. Absent: none. */
  readonly teamRewards?: readonly NamedValue[];
  /** Who must act next; empty exactly when `endReason` is set. */
  readonly actingAgents: readonly string[];
  readonly endReason: EndReason | undefined;
  /** Task score in [0, 1], set with `endReason`. */
  readonly score: number | undefined;
}

/** The two views of a state that are hashed, as plain JSON (`protocol.md` section 7). */
export interface CanonicalState {
  /** All that can change a future observation or reward, except the random stream and the turn counter. */
  readonly full: Json;
  /** The world alone, projected to what matters for the task: GiGPO's anchor. */
  readonly semantic: Json;
  /** Position of the random stream; null where the dynamics draw nothing. */
  readonly rng: Json;
  /** Completed turns since reset. */
  readonly turn: number;
}

export type TurnModel = "SINGLE" | "SEQUENTIAL" | "SIMULTANEOUS";

export interface AgentSpec {
  readonly agentId: string;
  readonly role: string;
  readonly team: string;
}
