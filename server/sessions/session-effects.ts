// What the effects of a session do: steps, commits and branches on its episode, each written down and remembered before
// anybody hears of it. Whose turn it is, and whether the caller may ask at all, is decided before (`session.ts`). On a
// thread an effect outlasts the turn; one that was cancelled meanwhile leaves nothing behind.

import type { AnchorgymError } from "../../proto/errors.ts";
import type { Counters } from "../observability/counters.ts";
import type { BranchSet } from "./branch-set.ts";
import type { Queued, QueuedBranch, QueuedCommit, QueuedStep } from "./effect-queue.ts";
import type { Episode } from "./episode.ts";
import { actionsFit, type Executed } from "./execute-step.ts";
import type { Journal } from "./journal.ts";
import { OutcomeWindow, type StoredOutcome } from "./outcome-window.ts";
import type { Refusal, Refusals } from "./refusals.ts";
import type { Rebuilt } from "./replay.ts";
import type { BranchAnswer, StepAnswer } from "./session-items.ts";
import { microseconds, tookTooLong } from "./step-limit.ts";
import type { StepRecord } from "./step-record.ts";
import type { SubmittedActions } from "./submitted-action.ts";

export interface EffectsContext {
  readonly sessionId: string;
  readonly outcomeWindow: number;
  readonly counters: Counters;
  readonly journal: Journal;
}

export class SessionEffects {
  readonly episode: Episode;
  readonly #context: EffectsContext;
  readonly #refusals: Refusals;
  readonly #window: OutcomeWindow;
  /** The environment broke here; survives a suspension. */
  #failed: boolean;

  constructor(episode: Episode, refusals: Refusals, context: EffectsContext, failed: boolean) {
    this.episode = episode;
    this.#context = context;
    this.#refusals = refusals;
    this.#window = new OutcomeWindow(context.outcomeWindow);
    this.#failed = failed;
  }

  get hasFailed(): boolean {
    return this.#failed;
  }

  /** Of the episode; whether the session is suspended or closed is not known here. */
  get status(): "ACTIVE" | "ENDED" | "FAILED" {
    if (this.#failed) return "FAILED";
    return this.episode.latest.actingAgents.length === 0 ? "ENDED" : "ACTIVE";
  }

  /** Has the effect, or finds out why not. @returns an answer of the kind of the item; a promise where it runs elsewhere */
  execute(item: Queued, nowMs: () => number): StepAnswer | BranchAnswer | Promise<StepAnswer | BranchAnswer> {
    if (item.kind === "branch") return this.#runBranch(item, nowMs);
    return item.kind === "step" ? this.#runStep(item, nowMs) : this.#runCommit(item);
  }

  /** The answer to a seq that was consumed. */
  replay(seq: number, isSame: (stored: StoredOutcome) => boolean): StepAnswer {
    const stored = this.#window.find(seq);
    if (stored === undefined) {
      const sentence = `seq ${seq} is older than the last ${this.#context.outcomeWindow} outcomes`;
      return this.#refusals.of("SEQ_EXPIRED", seq, sentence);
    }
    if (!isSame(stored)) return this.conflict(seq);
    this.#context.counters.outcomes_replayed_total++;
    return { record: stored.record, replayed: true };
  }

  conflict(seq: number): Refusal {
    this.#context.counters.step_conflicts_total++;
    return this.#refusals.of("STEP_CONFLICT", seq, `seq ${seq} was sent before with other actions`);
  }

  /** Ends the episode here: the way back is a fork at a seq before. */
  fail(): void {
    this.#failed = true;
    this.episode.free();
    this.#context.journal.failed(this.#context.sessionId);
  }

  /** Keeps the history alone. */
  free(): void {
    this.episode.free();
    this.episode.forgetTexts();
    this.#window.clear();
  }

  /** The inverse of `free`. */
  revive(rebuilt: Rebuilt): void {
    for (const { node, record } of rebuilt.records) this.#window.add({ actionsDigest: node.actionsJson, record });
    this.episode.revive(rebuilt);
  }

  #refusal(seq: number): Refusal | undefined {
    const { status } = this;
    if (status === "ACTIVE") return undefined;
    if (status === "FAILED") return this.#refusals.of("SESSION_FAILED", seq, "the environment failed in this session");
    const reason = this.episode.latest.endReason ?? "an outcome";
    return this.#refusals.of("EPISODE_ENDED", seq, `the episode ended with ${reason}`);
  }

  #misfit(seq: number, actions: SubmittedActions): Refusal | undefined {
    const { actingAgents } = this.episode.latest;
    if (actionsFit(actingAgents, actions)) return undefined;
    const ids = { acting_agents: JSON.stringify(actingAgents) };
    return this.#refusals.of("AGENTS_MISMATCH", seq, "an action of each acting agent is needed, and of no other", ids);
  }

  #runStep(step: QueuedStep, nowMs: () => number): StepAnswer | Promise<StepAnswer> {
    const { seq } = step;
    const over = this.#refusal(seq);
    if (over !== undefined) return over;
    const { fullHash } = this.episode.latest;
    if (step.expectedFullHash !== "" && step.expectedFullHash !== fullHash) {
      const ids = { expected: step.expectedFullHash, actual: fullHash };
      const sentence = "the session is in another state than expected_full_state_hash";
      return this.#refusals.of("STATE_MISMATCH", seq, sentence, ids);
    }
    const misfit = this.#misfit(seq, step.actions);
    if (misfit !== undefined) return misfit;
    const startedMs = nowMs();
    try {
      const executed = this.episode.step(step.actions, step);
      if (!(executed instanceof Promise)) {
        return this.#takeStep(step, executed, startedMs, microseconds(nowMs() - startedMs));
      }
      return executed.then(
        (done) => this.#takeStep(step, done, nowMs() - done.record.envUs / 1_000, done.record.envUs),
        (thrown: unknown) => this.#breakStep(step, thrown),
      );
    } catch (thrown) {
      return this.#breakStep(step, thrown);
    }
  }

  /** The step was executed; its effect is had, unless it took too long or nobody may have it any more. */
  #takeStep(step: QueuedStep, { state, record }: Executed, startedMs: number, envUs: number): StepAnswer {
    const { runner, world } = this.episode.start;
    if (step.cancelled || envUs > runner.stepLimitMs * 1_000) {
      runner.drop(state);
      return this.#breakStep(step, tookTooLong(world.description.name, runner.stepLimitMs));
    }
    const timed: StepRecord = { ...record, queueUs: microseconds(startedMs - step.queuedAtMs), envUs };
    this.#advance({ state, record: timed }, step.digest);
    return { record: timed, replayed: false };
  }

  /** The boundary of the world: whatever it throws is its author's fault and ends the session here. */
  #breakStep(step: QueuedStep, thrown: unknown): StepAnswer {
    const answer = this.#refusals.fault(step.seq, thrown);
    if (step.cancelled) return answer; // its waiters have another answer already
    this.fail();
    this.#countFault(answer);
    return answer;
  }

  #runCommit({ commit }: QueuedCommit): StepAnswer {
    const { seq, branchIndex, fullHash } = commit;
    const over = this.#refusal(seq);
    if (over !== undefined) return over;
    const { branches } = this.episode;
    const chosen = branches?.results[branchIndex];
    if (chosen === undefined || "error" in chosen) {
      const what = branches === undefined ? "no branch of this step is kept" : "this branch has no outcome";
      return this.#refusals.of("BRANCH_NOT_FOUND", seq, `${what}; send BranchStep again, or step`);
    }
    const { record } = chosen.executed;
    if (record.fullHash !== fullHash) {
      const ids = { expected: fullHash, actual: record.fullHash };
      return this.#refusals.of("STATE_MISMATCH", seq, "the branch of this index has another full hash", ids);
    }
    this.#advance(chosen.executed, chosen.digest);
    return { record, replayed: false };
  }

  #runBranch(branch: QueuedBranch, nowMs: () => number): BranchAnswer | Promise<BranchAnswer> {
    const { seq, digest, candidates } = branch;
    const nextSeq = this.episode.history.seq + 1;
    if (seq !== nextSeq) {
      const ids = { next_seq: String(nextSeq) };
      return this.#refusals.of("SEQ_GAP", seq, "the step before this branch was refused", ids);
    }
    const over = this.#refusal(seq);
    if (over !== undefined) return over;
    const known = this.episode.branches;
    if (known !== undefined) {
      if (known.digest !== digest) return this.conflict(seq);
      this.#context.counters.outcomes_replayed_total += known.results.length;
      return { candidates: known.results.map((result) => this.#candidateAnswer(seq, result, true)) };
    }
    for (const actions of candidates) {
      const misfit = this.#misfit(seq, actions);
      if (misfit !== undefined) return misfit;
    }
    const results = this.episode.runCandidates(candidates, nowMs, branch);
    if (!(results instanceof Promise)) return this.#takeBranches(branch, results);
    return results.then((settled) => this.#takeBranches(branch, settled));
  }

  #takeBranches({ seq, digest, cancelled }: QueuedBranch, results: BranchSet["results"]): BranchAnswer {
    const distinct = new Set(results);
    if (cancelled) {
      const { runner } = this.episode.start;
      for (const result of distinct) if ("executed" in result) runner.drop(result.executed.state);
      return { candidates: [] }; // its waiters have another answer already
    }
    this.episode.keepBranches({ digest, results });
    this.#context.counters.branch_candidates_total += results.length;
    for (const result of distinct) if ("error" in result) this.#countFault(this.#refusals.fault(seq, result.error));
    return { candidates: results.map((result) => this.#candidateAnswer(seq, result, false)) };
  }

  #candidateAnswer(seq: number, result: BranchSet["results"][number], replayed: boolean): StepAnswer {
    if ("error" in result) return this.#refusals.fault(seq, result.error);
    return { record: result.executed.record, replayed };
  }

  #advance(executed: Executed, digest: string): void {
    const { counters, journal, sessionId } = this.#context;
    const { record } = executed;
    journal.step(sessionId, this.episode.advance(executed, digest));
    this.#window.add({ actionsDigest: digest, record });
    counters.steps_total++;
    counters.onStep?.(this.episode.start.world.description.name, record);
    if (record.endReason !== undefined) counters.episodes_ended_total++;
  }

  #countFault({ error }: { readonly error: AnchorgymError }): void {
    const { counters } = this.#context;
    if (error.reason === "ENV_TIMEOUT") counters.env_timeouts_total++;
    else if (error.reason === "REPLAY_DIVERGED") counters.replay_divergences_total++;
    else counters.env_faults_total++;
  }
}
