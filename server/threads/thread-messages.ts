// What crosses between the event loop and a world thread, in both directions, by structured clone. Worlds, tasks and
// options cross by name, states not at all: a thread keeps them under numbers that the loop gives and never uses twice.

import type { StepRecord } from "../sessions/step-record.ts";
import type { SubmittedActions } from "../sessions/submitted-action.ts";
import type { TaskRef } from "../worlds/find-task.ts";

/** What a thread is started with. */
export interface ThreadSetup {
  /** Of a module that exports `findWorld(name)`. */
  readonly module: string;
  readonly worlds: readonly { readonly name: string; readonly buildDigest: string }[];
}

/** One execution; `to` names the state that it makes, `from` the one that it leaves as it is. */
export type ThreadWork =
  | {
      readonly kind: "reset";
      readonly to: number;
      readonly environment: string;
      readonly task: TaskRef;
      /** Another problem under this name would make other episodes. */
      readonly taskDigest: string;
      readonly seed: number;
      readonly optionsJson: string;
    }
  | {
      readonly kind: "step";
      readonly from: number;
      readonly to: number;
      readonly actions: SubmittedActions;
      readonly wholeLists: boolean;
    }
  | { readonly kind: "reseed"; readonly from: number; readonly to: number; readonly seed: number };

export interface ThreadRequest {
  /** States that nobody needs any more. */
  readonly forget: readonly number[];
  /** Absent: nothing is answered. */
  readonly work?: ThreadWork;
}

/** An error as plain data; without a reason it is whatever the world threw. */
export interface PackedError {
  readonly reason: string | undefined;
  readonly sentence: string;
  readonly ids: Readonly<Record<string, string>>;
}

export type ThreadResult =
  /** `record.envUs` is set. */
  | { readonly record: StepRecord }
  /** There is no state under `from`: this thread was started after it was made. */
  | { readonly missing: true }
  | { readonly error: PackedError };

export type ThreadAnswer =
  /** The worlds are there, and work may come. */
  | { readonly kind: "ready" }
  /** They are not, and the thread ends. */
  | { readonly kind: "unfit"; readonly sentence: string }
  | { readonly kind: "done"; readonly result: ThreadResult; readonly heapBytes: number };
