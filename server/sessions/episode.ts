// The world's side of a session: where the episode stands, what it has done, and the candidates of its next step. It knows
// no epochs, queues or clients; `session.ts` decides what happens here and when.

import type { StateHash } from "../../envs/core/types.ts";
import { type BranchSet, runCandidates } from "./branch-set.ts";
import type { Executed } from "./execute-step.ts";
import { type Rebuilt, rebuildEpisode } from "./replay.ts";
import { type HistoryNode, nodeAt } from "./session-history.ts";
import type { StepRecord } from "./step-record.ts";
import type { SubmittedActions } from "./submitted-action.ts";
import type { EpisodeStart, Position, Wanted } from "./world-runner.ts";

/** What is known of a state without executing anything. */
function parkedRecord({ seq, fullHash }: HistoryNode): StepRecord {
  return {
    seq,
    turn: 0,
    agents: [],
    actingAgents: [],
    fullHash: fullHash as StateHash,
    semanticHash: "" as StateHash,
    teamRewards: [],
    endReason: undefined,
    score: undefined,
    queueUs: 0,
    envUs: 0,
  };
}

export class Episode {
  readonly start: EpisodeStart;
  #history: HistoryNode;
  /** Undefined: only the history is kept. */
  #live: Executed | undefined;
  #latest: StepRecord;
  #branches: BranchSet | undefined;

  /** @param live the state at the end of `history`; undefined: none is kept */
  constructor(start: EpisodeStart, history: HistoryNode, live: Executed | undefined) {
    this.start = start;
    this.#history = history;
    this.#latest = live?.record ?? parkedRecord(history);
    this.#setLive(live);
  }

  get history(): HistoryNode {
    return this.#history;
  }

  /** The record of the current state; where none is kept, its hashes alone. */
  get latest(): StepRecord {
    return this.#latest;
  }

  get branches(): BranchSet | undefined {
    return this.#branches;
  }

  /** Executes a step and stays where it is. @throws what the world throws */
  step(actions: SubmittedActions, wanted: Wanted): Executed | Promise<Executed> {
    return this.start.runner.step(this.#position(), { actions, wholeLists: false, isReplay: false }, wanted);
  }

  /** Executes candidates of the next step and stays where it is; their errors are theirs. */
  runCandidates(
    candidates: readonly SubmittedActions[],
    nowMs: () => number,
    wanted: Wanted,
  ): BranchSet["results"] | Promise<BranchSet["results"]> {
    return runCandidates(this.#position(), candidates, nowMs, wanted);
  }

  /** Keeps candidates until the next step is taken. */
  keepBranches(branches: BranchSet): void {
    for (const result of branches.results) if ("executed" in result) this.start.runner.hold(result.executed.state);
    this.#branches = branches;
  }

  /** Takes a step that was executed from here. @param actionsJson canonical */
  advance(executed: Executed, actionsJson: string): HistoryNode {
    const { seq, fullHash } = executed.record;
    this.#history = { before: this.#history, seq, actionsJson, fullHash, reseed: undefined };
    this.#latest = executed.record;
    this.#setLive(executed);
    if (this.#branches !== undefined) this.#dropBranches();
    return this.#history;
  }

  /** The state at `seq`, which is not beyond the end; executed again unless it is the present one. @throws as `rebuildEpisode` */
  async stateAt(seq: number): Promise<Executed & { readonly history: HistoryNode }> {
    const history = nodeAt(this.#history, seq);
    if (history === undefined) throw new Error(`step ${seq} was not taken`);
    if (history === this.#history && this.#live !== undefined) return { ...this.#live, history };
    const { state, record } = await rebuildEpisode(this.start, history, 0);
    return { state, record, history };
  }

  /** Takes a state that was executed again. */
  revive({ state, record }: Rebuilt): void {
    this.#latest = record;
    this.#setLive({ state, record });
  }

  /** Frees the state and the candidates. The hashes of the latest record stay, and its texts until `forgetTexts`. */
  free(): void {
    this.#setLive(undefined);
    if (this.#branches !== undefined) this.#dropBranches();
  }

  /** Remembered requests may hold this episode for a while: hashes are enough for them. */
  forgetTexts(): void {
    this.#latest = { ...this.#latest, agents: [] };
  }

  /** The past is of no use any more. */
  forgetPast(): void {
    this.#history = { ...this.#history, before: undefined };
  }

  #position(): Position {
    const executed = this.#live;
    if (executed === undefined) throw new Error("an episode without a state was asked to go on");
    return { start: this.start, history: this.#history, executed };
  }

  #setLive(live: Executed | undefined): void {
    const { runner } = this.start;
    if (live !== undefined) runner.hold(live.state);
    if (this.#live !== undefined) runner.release(this.#live.state);
    this.#live = live;
  }

  #dropBranches(): void {
    for (const result of this.#branches?.results ?? []) {
      if ("executed" in result) this.start.runner.release(result.executed.state);
    }
    this.#branches = undefined;
  }
}
