// One episode: its state, its queue of effects and its last outcomes. The `submit` functions check an item in the order
// of `protocol.md` section 5 and `runNext` has its effect, exactly once per seq. It knows no wire, stream or clock.

import { canonicalJson } from "../../envs/core/canonical-json.ts";
import type { StateHash } from "../../envs/core/types.ts";
import { AnchorgymError, type ErrorIds, fail, type Reason } from "../../proto/errors.ts";
import type { Counters } from "../observability/counters.ts";
import { type BranchSet, runCandidates } from "./branch-set.ts";
import { EffectQueue, type Queued, type QueuedBranch, type QueuedCommit, type QueuedStep } from "./effect-queue.ts";
import { actionsFit, type Executed, executeStep } from "./execute-step.ts";
import type { Journal } from "./journal.ts";
import { OutcomeWindow } from "./outcome-window.ts";
import { type EpisodeStart, rebuildEpisode } from "./replay.ts";
import { type HistoryNode, nodeAt } from "./session-history.ts";
import type {
  BranchAnswer,
  SessionStatus,
  Settle,
  SettleBranch,
  StepAnswer,
  SubmittedBranch,
  SubmittedCommit,
  SubmittedStep,
} from "./session-items.ts";
import type { StepRecord } from "./step-record.ts";
import { actionsBody, type SubmittedActions } from "./submitted-action.ts";

export interface SessionOrigin {
  readonly sessionId: string;
  readonly groupId: string;
  readonly leaseId: string;
  /** Who created it; "" where nobody has to say. */
  readonly principal: string;
  readonly replicaIndex: number;
  readonly start: EpisodeStart;
  readonly history: HistoryNode;
  /** The state at the end of `history`; undefined: the session begins SUSPENDED. */
  readonly live: Executed | undefined;
  /** The environment broke in this session before it was suspended. */
  readonly failed?: boolean;
  /** Forks only. */
  readonly parent: { readonly sessionId: string; readonly seq: number } | undefined;
  readonly epoch: number;
  readonly outcomeWindow: number;
  readonly counters: Counters;
  readonly journal: Journal;
  readonly createdAtMs: number;
}

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

export class Session {
  readonly sessionId: string;
  readonly groupId: string;
  readonly principal: string;
  readonly replicaIndex: number;
  readonly start: EpisodeStart;
  readonly parent: SessionOrigin["parent"];
  leaseId: string;
  lastUsedAtMs: number;
  readonly #windowSize: number;
  readonly #window: OutcomeWindow;
  readonly #counters: Counters;
  readonly #journal: Journal;
  #epoch: number;
  #history: HistoryNode;
  #state: unknown;
  #latest: StepRecord;
  #status: SessionStatus;
  /** Survives a suspension. */
  #failed: boolean;
  #branches: BranchSet | undefined;
  readonly #queue: EffectQueue;

  constructor(origin: SessionOrigin) {
    this.sessionId = origin.sessionId;
    this.groupId = origin.groupId;
    this.leaseId = origin.leaseId;
    this.principal = origin.principal;
    this.replicaIndex = origin.replicaIndex;
    this.start = origin.start;
    this.parent = origin.parent;
    this.lastUsedAtMs = origin.createdAtMs;
    this.#epoch = origin.epoch;
    this.#failed = origin.failed ?? false;
    this.#history = origin.history;
    this.#state = origin.live?.state;
    this.#latest = origin.live?.record ?? parkedRecord(origin.history);
    this.#status = origin.live === undefined ? "SUSPENDED" : this.#liveStatus();
    this.#windowSize = origin.outcomeWindow;
    this.#window = new OutcomeWindow(origin.outcomeWindow);
    this.#queue = new EffectQueue(origin.outcomeWindow);
    this.#counters = origin.counters;
    this.#journal = origin.journal;
  }

  get status(): SessionStatus {
    return this.#status;
  }

  /** Fence, from 1; raised by each `resume`. */
  get epoch(): number {
    return this.#epoch;
  }

  get history(): HistoryNode {
    return this.#history;
  }

  /** Number of the next step that would be executed. */
  get nextSeq(): number {
    return this.#history.seq + 1;
  }

  /** The record of the current state; of a suspended session, its seq and full hash alone. */
  get latest(): StepRecord {
    return this.#latest;
  }

  /** The environment broke in this session, suspended or not. */
  get hasFailed(): boolean {
    return this.#failed;
  }

  get hasQueuedSteps(): boolean {
    return this.#queue.length > 0;
  }

  /**
   * Checks one item. `settle` is called exactly once: now, from `runNext`, or when the session stops.
   * @returns true when the queue grew and somebody has to call `runNext`
   */
  submit(step: SubmittedStep, nowMs: number, settle: Settle): boolean {
    const { seq, actions, expectedFullHash } = step;
    const refusal = this.#admit(step.epoch, seq, nowMs);
    if (refusal !== undefined) {
      settle({ error: refusal });
      return false;
    }
    const digest = canonicalJson(actionsBody(actions));
    if (seq < this.nextSeq) {
      settle(this.#replay(seq, (stored) => stored.actionsDigest === digest));
      return false;
    }
    return this.#enqueue({
      kind: "step",
      seq,
      digest,
      queuedAtMs: nowMs,
      actions,
      expectedFullHash,
      waiters: [settle],
    });
  }

  /** As `submit`, for the promotion of a branch. */
  submitCommit(commit: SubmittedCommit, nowMs: number, settle: Settle): boolean {
    const { seq, fullHash } = commit;
    const refusal = this.#admit(commit.epoch, seq, nowMs);
    if (refusal !== undefined) {
      settle({ error: refusal });
      return false;
    }
    if (seq < this.nextSeq) {
      settle(this.#replay(seq, (stored) => stored.record.fullHash === fullHash));
      return false;
    }
    const digest = `commit ${commit.branchIndex} ${fullHash}`;
    return this.#enqueue({ kind: "commit", seq, digest, queuedAtMs: nowMs, commit, waiters: [settle] });
  }

  /** As `submit`, for candidates; consumes nothing. */
  submitBranch({ epoch, seq, candidates }: SubmittedBranch, nowMs: number, settle: SettleBranch): boolean {
    let refusal = this.#admit(epoch, seq, nowMs);
    if (refusal === undefined && seq < this.nextSeq) {
      refusal = this.#refuse("SEQ_EXPIRED", seq, `seq ${seq} was taken; candidates of the past need a Fork`).error;
    }
    if (refusal !== undefined) {
      settle({ error: refusal });
      return false;
    }
    const digest = canonicalJson(candidates.map(actionsBody));
    return this.#enqueue({ kind: "branch", seq, digest, queuedAtMs: nowMs, candidates, waiters: [settle] });
  }

  /** Executes the oldest queued item and settles it. A refused step sends those queued behind it back with SEQ_GAP. */
  runNext(nowMs: () => number): void {
    const item = this.#queue.shift();
    if (item === undefined) return;
    if (item.kind === "branch") {
      const answer = this.#runBranch(item, nowMs);
      for (const settle of item.waiters) settle(answer);
      return;
    }
    const answer = item.kind === "step" ? this.#runStep(item, nowMs) : this.#runCommit(item);
    if ("error" in answer) {
      const sentence = "the step before this one was refused";
      this.#returnQueue("SEQ_GAP", sentence, { next_seq: String(this.nextSeq) });
    }
    for (const settle of item.waiters) settle(answer);
  }

  /** Frees all but the history; queued items are answered SESSION_SUSPENDED. False: there was nothing to free. */
  suspend(): boolean {
    if (this.#status === "CLOSED" || this.#status === "SUSPENDED") return false;
    this.#status = "SUSPENDED";
    this.#free();
    this.#returnQueue("SESSION_SUSPENDED", "the lease expired before this step ran");
    return true;
  }

  /**
   * Gives the session to another holder: a new epoch fences the former one, whose queued items are answered STALE_EPOCH.
   * A suspended session is executed again and verified, its last outcomes included.
   * @throws {DeterminismError} REPLAY_DIVERGED, {EnvError} ENV_FAULT; the session is FAILED then
   */
  resume(leaseId: string, nowMs: number): void {
    if (this.#status === "SUSPENDED") {
      try {
        const { state, record, records } = rebuildEpisode(this.start, this.#history, this.#windowSize);
        for (const each of records) this.#window.add({ actionsDigest: each.node.actionsJson, record: each.record });
        this.#state = state;
        this.#latest = record;
        this.#status = this.#liveStatus();
      } catch (thrown) {
        this.#fail();
        if (AnchorgymError.from(thrown).reason === "REPLAY_DIVERGED") this.#counters.replay_divergences_total++;
        throw thrown;
      }
    }
    this.#epoch++;
    this.leaseId = leaseId;
    this.lastUsedAtMs = nowMs;
    this.#returnQueue("STALE_EPOCH", "another holder resumed this session before this step ran");
    this.#journal.resumed(this.sessionId, this.#epoch, leaseId);
  }

  /**
   * The state after `seq`, and the history that leads there. The session does not move.
   * @throws {SessionError} SEQ_GAP for a step that was never taken; and as `rebuildEpisode`
   */
  stateAt(seq: number): Executed & { readonly history: HistoryNode } {
    const history = nodeAt(this.#history, seq);
    if (history === undefined) {
      throw this.#refuse("SEQ_GAP", seq, `step ${seq} was not taken`, { next_seq: String(this.nextSeq) }).error;
    }
    const isHere = history === this.#history && (this.#status === "ACTIVE" || this.#status === "ENDED");
    if (isHere) return { state: this.#state, record: this.#latest, history };
    const { state, record } = rebuildEpisode(this.start, history, 0);
    return { state, record, history };
  }

  /** Ends the session and frees its state; queued items are answered SESSION_CLOSED. False: it was closed before. */
  close(): boolean {
    if (this.#status === "CLOSED") return false;
    this.#status = "CLOSED";
    this.#free();
    this.#returnQueue("SESSION_CLOSED", "the session was closed before this step ran");
    this.#history = { ...this.#history, before: undefined };
    this.#journal.closed(this.sessionId);
    return true;
  }

  #admit(epoch: number, seq: number, nowMs: number): AnchorgymError | undefined {
    if (epoch !== this.#epoch) {
      return this.#refuse("STALE_EPOCH", seq, `epoch ${epoch} is not the session's epoch ${this.#epoch}`).error;
    }
    if (this.#status === "SUSPENDED") {
      return this.#refuse("SESSION_SUSPENDED", seq, "the lease of this session expired; resume it").error;
    }
    if (this.#status === "CLOSED") return this.#refuse("SESSION_CLOSED", seq, "the session is closed").error;
    this.lastUsedAtMs = nowMs;
    return undefined;
  }

  #enqueue(item: Queued): boolean {
    const { seq } = item;
    const offered = this.#queue.offer(item, this.nextSeq);
    if (offered === "queued") return true;
    if (offered === "joined") return false;
    const answer = this.#refuseOffer(offered, seq);
    for (const settle of item.waiters) settle(answer);
    return false;
  }

  #refuseOffer(offered: "conflict" | "gap" | "full", seq: number): { readonly error: AnchorgymError } {
    if (offered === "conflict") return this.#conflict(seq);
    if (offered === "gap") {
      const tail = this.#queue.tail(this.nextSeq);
      return this.#refuse("SEQ_GAP", seq, `seq ${seq} is beyond the next step, ${tail}`, { next_seq: String(tail) });
    }
    const sentence = `${this.#windowSize} steps of this session are queued already`;
    return { error: fail("WINDOW_EXCEEDED", sentence, { ids: this.#ids(seq), retryDelayMs: 10 }) };
  }

  #replay(seq: number, isSame: (stored: { actionsDigest: string; record: StepRecord }) => boolean): StepAnswer {
    const stored = this.#window.find(seq);
    if (stored === undefined) {
      return this.#refuse("SEQ_EXPIRED", seq, `seq ${seq} is older than the last ${this.#windowSize} outcomes`);
    }
    if (!isSame(stored)) return this.#conflict(seq);
    this.#counters.outcomes_replayed_total++;
    return { record: stored.record, replayed: true };
  }

  #refusal(seq: number): { readonly error: AnchorgymError } | undefined {
    if (this.#status === "ENDED") {
      return this.#refuse("EPISODE_ENDED", seq, `the episode ended with ${this.#latest.endReason ?? "an outcome"}`);
    }
    if (this.#status === "FAILED") return this.#refuse("SESSION_FAILED", seq, "the environment failed in this session");
    return undefined;
  }

  #misfit(seq: number, actions: SubmittedActions): { readonly error: AnchorgymError } | undefined {
    const { actingAgents } = this.#latest;
    if (actionsFit(actingAgents, actions)) return undefined;
    const ids = { acting_agents: JSON.stringify(actingAgents) };
    return this.#refuse("AGENTS_MISMATCH", seq, "an action of each acting agent is needed, and of no other", ids);
  }

  #runStep(step: QueuedStep, nowMs: () => number): StepAnswer {
    const { seq } = step;
    const over = this.#refusal(seq);
    if (over !== undefined) return over;
    if (step.expectedFullHash !== "" && step.expectedFullHash !== this.#latest.fullHash) {
      const ids = { expected: step.expectedFullHash, actual: this.#latest.fullHash };
      return this.#refuse("STATE_MISMATCH", seq, "the session is in another state than expected_full_state_hash", ids);
    }
    const misfit = this.#misfit(seq, step.actions);
    if (misfit !== undefined) return misfit;
    const startedMs = nowMs();
    const { world, task } = this.start;
    try {
      const executed = executeStep(world, task, this.#state, seq, step.actions, this.#latest);
      const queueUs = Math.max(0, Math.round((startedMs - step.queuedAtMs) * 1_000));
      const envUs = Math.max(0, Math.round((nowMs() - startedMs) * 1_000));
      const record: StepRecord = { ...executed.record, queueUs, envUs };
      this.#advance({ state: executed.state, record }, step.digest);
      return { record, replayed: false };
    } catch (thrown) {
      // The boundary of the world: whatever it throws is its author's fault and ends the session here.
      this.#fail();
      this.#counters.env_faults_total++;
      return this.#fault(seq, thrown);
    }
  }

  #runCommit({ commit }: QueuedCommit): StepAnswer {
    const { seq, branchIndex, fullHash } = commit;
    const over = this.#refusal(seq);
    if (over !== undefined) return over;
    const chosen = this.#branches?.results[branchIndex];
    if (chosen === undefined || "error" in chosen) {
      const what = this.#branches === undefined ? "no branch of this step is kept" : "this branch has no outcome";
      return this.#refuse("BRANCH_NOT_FOUND", seq, `${what}; send BranchStep again, or step`);
    }
    const { record } = chosen.executed;
    if (record.fullHash !== fullHash) {
      const ids = { expected: fullHash, actual: record.fullHash };
      return this.#refuse("STATE_MISMATCH", seq, "the branch of this index has another full hash", ids);
    }
    this.#advance(chosen.executed, chosen.digest);
    return { record, replayed: false };
  }

  #runBranch({ seq, digest, candidates }: QueuedBranch, nowMs: () => number): BranchAnswer {
    if (seq !== this.nextSeq) {
      const ids = { next_seq: String(this.nextSeq) };
      return this.#refuse("SEQ_GAP", seq, "the step before this branch was refused", ids);
    }
    const over = this.#refusal(seq);
    if (over !== undefined) return over;
    const known = this.#branches;
    if (known !== undefined) {
      if (known.digest !== digest) return this.#conflict(seq);
      this.#counters.outcomes_replayed_total += known.results.length;
      return { candidates: known.results.map((result) => this.#candidateAnswer(seq, result, true)) };
    }
    for (const actions of candidates) {
      const misfit = this.#misfit(seq, actions);
      if (misfit !== undefined) return misfit;
    }
    const { world, task } = this.start;
    const results = runCandidates(world, task, this.#state, seq, candidates, nowMs);
    this.#branches = { digest, results };
    this.#counters.branch_candidates_total += candidates.length;
    return { candidates: results.map((result) => this.#candidateAnswer(seq, result, false)) };
  }

  #candidateAnswer(seq: number, result: BranchSet["results"][number], replayed: boolean): StepAnswer {
    return "error" in result ? this.#fault(seq, result.error) : { record: result.executed.record, replayed };
  }

  #advance({ state, record }: Executed, digest: string): void {
    const { seq, fullHash } = record;
    this.#history = { before: this.#history, seq, actionsJson: digest, fullHash, reseed: undefined };
    this.#journal.step(this.sessionId, this.#history);
    this.#state = state;
    this.#latest = record;
    this.#branches = undefined;
    this.#window.add({ actionsDigest: digest, record });
    this.#status = this.#liveStatus();
    this.#counters.steps_total++;
    this.#counters.onStep?.(this.start.world.description.name, record);
    if (record.endReason !== undefined) this.#counters.episodes_ended_total++;
  }

  #liveStatus(): SessionStatus {
    if (this.#failed) return "FAILED";
    return this.#latest.actingAgents.length === 0 ? "ENDED" : "ACTIVE";
  }

  #fail(): void {
    this.#failed = true;
    this.#status = "FAILED";
    this.#branches = undefined;
    this.#journal.failed(this.sessionId);
  }

  #free(): void {
    this.#state = undefined;
    this.#branches = undefined;
    this.#window.clear();
    // Remembered requests may hold this session for a while: keep its hashes, not its texts.
    this.#latest = { ...this.#latest, agents: [] };
  }

  #returnQueue(reason: Reason, sentence: string, more: ErrorIds = {}): void {
    for (const { seq, waiters } of this.#queue.takeAll()) {
      const answer = this.#refuse(reason, seq, sentence, more);
      for (const settle of waiters) settle(answer);
    }
  }

  #fault(seq: number, thrown: unknown): { readonly error: AnchorgymError } {
    const cause = AnchorgymError.from(thrown, "ENV_FAULT");
    const sentence = `${this.start.world.description.name}.step failed: ${cause.sentence}`;
    return { error: fail("ENV_FAULT", sentence, { ids: this.#ids(seq), cause: thrown }) };
  }

  #conflict(seq: number): { readonly error: AnchorgymError } {
    this.#counters.step_conflicts_total++;
    return this.#refuse("STEP_CONFLICT", seq, `seq ${seq} was sent before with other actions`);
  }

  #refuse(reason: Reason, seq: number, sentence: string, more: ErrorIds = {}): { readonly error: AnchorgymError } {
    return { error: fail(reason, sentence, { ids: { ...this.#ids(seq), ...more } }) };
  }

  #ids(seq: number): ErrorIds {
    return { session: this.sessionId, seq: String(seq) };
  }
}
