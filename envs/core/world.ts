// The contract of a world: pure functions on immutable state. A fork is a copied reference, a replay is exact, and a
// group of G replicas shares one initial state. Nothing here knows of sessions, wires, models or clocks.

import type {
  Action,
  AgentSpec,
  CanonicalState,
  Observation,
  PerAgent,
  Split,
  Task,
  Tool,
  Transition,
  TurnModel,
} from "./types.ts";
import type { Verdict } from "./verifier.ts";

/** What the catalogue says of a world, all of it constant for one version. */
export interface WorldDescription {
  /** "household". */
  readonly name: string;
  /** Semantic version of rules and texts; a change of any recorded byte raises it. */
  readonly version: string;
  /** Names the layout of canonical states, random stream included: "household/2". */
  readonly stateSchema: string;
  readonly turnModel: TurnModel;
  readonly agents: readonly AgentSpec[];
  readonly splits: readonly Split[];
  readonly rewardComponents: readonly string[];
  /** JSON Schema of the options that `reset` accepts. */
  readonly optionsSchemaJson: string;
  /** JSON Schema of what `inlineTask` reads, with at least one task under "examples". Absent: there are no inline tasks. */
  readonly taskSchemaJson?: string;
  readonly limits: {
    readonly maxTurns: number;
    readonly maxActionBytes: number;
    readonly maxObservationBytes: number;
    /** Longest that one step should take, in milliseconds; a server may allow less. Absent: the server decides. */
    readonly stepTimeoutMs?: number;
  };
}

/**
 * A world. Options are validated once by `parseOptions` and belong to the state's identity wherever they change what
 * an agent can see or earn.
 */
export interface World<State = unknown, Options = unknown, TaskData = unknown> {
  readonly description: WorldDescription;

  /** @throws {Error} with a sentence that names the option and what it expects. An empty string means all defaults. */
  parseOptions(optionsJson: string): Options;

  /**
   * Task `index` of a split: same arguments, same task, on any machine.
   * @throws {Error} when the split is unknown or the index is outside it.
   */
  task(split: string, index: number): Task<TaskData>;

  /** The inverse of `Task.taskId`; undefined when this world has no such task. */
  taskById(taskId: string): Task<TaskData> | undefined;

  /**
   * A task by value. Its id and digest derive from the canonical data alone, so that the data of a catalogue task gives the
   * digest, and with it the state hashes, of that task. Whatever is read is bounded in size and in the work that it costs.
   * @throws {FormError} naming the place, what it expects, and what it got
   */
  inlineTask?(taskJson: string): Task<TaskData>;

  /** The initial state. `seed` is below 2^53 and drives everything random after the task itself. */
  reset(task: Task<TaskData>, seed: number, options: Options): State;

  /** One step of all acting agents. Never throws for anything an agent says. */
  step(state: State, actions: PerAgent<Action>): Transition<State>;

  /** What `agentId` sees in `state`. */
  observe(state: State, agentId: string): Observation;

  /** What the agent may say, in the world's own order, and whether nothing else is legal. */
  admissibleActions(state: State, agentId: string): readonly string[];

  /**
   * What the agent may call, in the world's own order; empty where nothing is offered, for example unless an option asks
   * for it. A world without this function never gets tool calls: they are SCHEMA_MISMATCH, a step with an empty text.
   * One that has it judges them itself, by the rules of `tools.ts`.
   */
  tools?(state: State, agentId: string): readonly Tool[];

  canonical(state: State): CanonicalState;

  /** Agents that must act in the initial state. */
  initiallyActing(state: State): readonly string[];

  /**
   * The same situation with a random future drawn from `seed`: semantic views and observations stay equal. A world that
   * draws (whose canonical `rng` is not null) and has no such function cannot be forked with DERIVED seeds.
   */
  reseed?(state: State, seed: number): State;

  /**
   * Scores a completion of a task, without a session. A pure function of both; whatever it executes ends within
   * `timeoutMs`, in a process that can be killed. Throwing means that the verifier is broken, never that the answer is.
   */
  verify?(task: Task<TaskData>, completion: string, timeoutMs: number): Verdict | Promise<Verdict>;

  /** Every word and entity name the world can say, for tokenizers made from the world's own vocabulary. */
  vocabulary?(): readonly string[];
}

/** A policy that may look behind the curtain: experts for demonstrations, tests and benchmarks. */
export interface ExpertPolicy<State> {
  readonly name: string;
  /** The next action in `state`; undefined when no plan reaches the goal. */
  act(state: State): string | undefined;
}
