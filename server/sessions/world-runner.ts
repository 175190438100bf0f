// Where a world runs: the three pure functions that every episode is made of, behind one interface. In the event loop they
// are plain calls that return at once (`inline-runner.ts`); on threads they are promises (`threads/threaded-runner.ts`).
// Replays, branches, forks and groups are made of these three and know neither.

import type { Task } from "../../envs/core/types.ts";
import type { World } from "../../envs/core/world.ts";
import type { Executed } from "./execute-step.ts";
import type { HistoryNode } from "./session-history.ts";
import type { SubmittedActions } from "./submitted-action.ts";

/** Where an episode begins: all that `World.reset` needs, and the names that a log gives it. */
export interface EpisodeStart {
  readonly world: World;
  readonly runner: WorldRunner;
  readonly task: Task;
  /** What this replica was reset with; below 2^53. */
  readonly seed: number;
  /** As `World.parseOptions` returned them. */
  readonly options: unknown;
  readonly optionsJson: string;
  /** The task by value, as it was sent; "" for a task of the catalogue. */
  readonly inlineTaskJson: string;
  /** Hex. */
  readonly buildDigest: string;
  /** Of the call that created the session. */
  readonly requestId: string;
}

/** A state, and the past that makes it again where it is lost. */
export interface Position {
  readonly start: EpisodeStart;
  /** Ends in `executed`. */
  readonly history: HistoryNode;
  readonly executed: Executed;
}

/** Set by whoever stops waiting: work that has not begun is not done then. */
export interface Wanted {
  readonly cancelled: boolean;
}

export interface StepWork {
  readonly actions: SubmittedActions;
  /** True: every action space is given whole, as in a first outcome. */
  readonly wholeLists: boolean;
  /** True for what was executed before: it gets more time, so that a busier host does not break what once passed. */
  readonly isReplay: boolean;
}

/** How much longer than a step a reset, a reseeding and a replayed step may take. */
export const PATIENCE = 4;

export interface WorldRunner {
  /** Bound of one step, in milliseconds; beyond it the step is ENV_TIMEOUT, whatever it would have answered. */
  readonly stepLimitMs: number;
  /** How many executions run at once; 1 in the event loop. */
  readonly width: number;
  /** @throws whatever the world throws, as all of these do */
  reset(start: EpisodeStart): Executed | Promise<Executed>;
  /** Leaves `at` as it is. On threads `record.envUs` is set. */
  step(at: Position, work: StepWork, wanted?: Wanted): Executed | Promise<Executed>;
  /** @throws {RequestError} FORK_UNSUPPORTED when the world draws and cannot be reseeded */
  reseed(at: Position, seed: number): Executed | Promise<Executed>;
  /** One more holder of a state. A state that is lost is only slower, never wrong: it is executed again. */
  hold(state: unknown): void;
  /** One holder fewer; the last one frees it. */
  release(state: unknown): void;
  /** Frees a state that was made and is not kept; does nothing where somebody holds it. */
  drop(state: unknown): void;
}

/** The bound of one step: the world's own, where it has a narrower one than the server. */
export function stepLimitMs(world: World, maxStepMs: number): number {
  return Math.min(maxStepMs, world.description.limits.stepTimeoutMs ?? maxStepMs);
}
