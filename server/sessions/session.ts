// A client's hold on an episode: epochs, the queue of effects and the last outcomes. The `submit` functions check an item
// in the order of `protocol.md` section 5 and `runNext` has its effect, exactly once per seq. One effect runs at a time; on
// a thread it may outlast the turn, and what happens to the session meanwhile decides whether it was had. It knows no wire,
// stream or clock.

import { canonicalJson } from "../../envs/core/canonical-json.ts";
import { AnchorgymError, type ErrorIds, fail, type Reason } from "../../proto/errors.ts";
import type { Counters } from "../observability/counters.ts";
import { EffectQueue, type Queued } from "./effect-queue.ts";
import { Episode } from "./episode.ts";
import type { Executed } from "./execute-step.ts";
import type { Journal } from "./journal.ts";
import { type Refusal, Refusals } from "./refusals.ts";
import { rebuildEpisode } from "./replay.ts";
import { SessionEffects } from "./session-effects.ts";
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
import { actionsBody } from "./submitted-action.ts";
import type { EpisodeStart } from "./world-runner.ts";

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

const nothing = (): void => undefined;

export class Session {
  readonly sessionId: string;
  readonly groupId: string;
  readonly principal: string;
  readonly replicaIndex: number;
  readonly parent: SessionOrigin["parent"];
  leaseId: string;
  lastUsedAtMs: number;
  readonly #windowSize: number;
  readonly #counters: Counters;
  readonly #journal: Journal;
  readonly #refusals: Refusals;
  readonly #effects: SessionEffects;
  readonly #queue: EffectQueue;
  /** The first of the queue, where it is executed elsewhere. */
  #running: Queued | undefined;
  #epoch: number;
  /** Undefined: it is alive, and its status is that of its episode. */
  #parked: "SUSPENDED" | "CLOSED" | undefined;

  constructor(origin: SessionOrigin) {
    const { start, history, live, outcomeWindow, counters, journal, sessionId } = origin;
    this.sessionId = sessionId;
    this.groupId = origin.groupId;
    this.leaseId = origin.leaseId;
    this.principal = origin.principal;
    this.replicaIndex = origin.replicaIndex;
    this.parent = origin.parent;
    this.lastUsedAtMs = origin.createdAtMs;
    this.#epoch = origin.epoch;
    this.#windowSize = outcomeWindow;
    this.#counters = counters;
    this.#journal = journal;
    this.#refusals = new Refusals(sessionId, start.world.description.name);
    const effects = { sessionId, outcomeWindow, counters, journal };
    const failed = origin.failed ?? false;
    this.#effects = new SessionEffects(new Episode(start, history, live), this.#refusals, effects, failed);
    this.#queue = new EffectQueue(outcomeWindow);
    if (live === undefined) this.#parked = "SUSPENDED";
  }

  get status(): SessionStatus {
    return this.#parked ?? this.#effects.status;
  }

  /** Fence, from 1; raised by each `resume`. */
  get epoch(): number {
    return this.#epoch;
  }

  get start(): EpisodeStart {
    return this.#effects.episode.start;
  }

  get history(): HistoryNode {
    return this.#effects.episode.history;
  }

  /** Number of the next step that would be executed. */
  get nextSeq(): number {
    return this.#effects.episode.history.seq + 1;
  }

  /** The record of the current state; of a suspended session, its seq and full hash alone. */
  get latest(): StepRecord {
    return this.#effects.episode.latest;
  }

  /** The environment broke in this session, suspended or not. */
  get hasFailed(): boolean {
    return this.#effects.hasFailed;
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
      settle(this.#effects.replay(seq, (stored) => stored.actionsDigest === digest));
      return false;
    }
    return this.#enqueue({
      kind: "step",
      seq,
      digest,
      queuedAtMs: nowMs,
      cancelled: false,
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
      settle(this.#effects.replay(seq, (stored) => stored.record.fullHash === fullHash));
      return false;
    }
    const digest = `commit ${commit.branchIndex} ${fullHash}`;
    const waiters = [settle];
    return this.#enqueue({ kind: "commit", seq, digest, queuedAtMs: nowMs, cancelled: false, commit, waiters });
  }

  /** As `submit`, for candidates; consumes nothing. */
  submitBranch({ epoch, seq, candidates }: SubmittedBranch, nowMs: number, settle: SettleBranch): boolean {
    let refusal = this.#admit(epoch, seq, nowMs);
    if (refusal === undefined && seq < this.nextSeq) {
      refusal = this.#refusals.of("SEQ_EXPIRED", seq, `seq ${seq} was taken; candidates of the past need a Fork`).error;
    }
    if (refusal !== undefined) {
      settle({ error: refusal });
      return false;
    }
    const digest = canonicalJson(candidates.map(actionsBody));
    const waiters = [settle];
    return this.#enqueue({ kind: "branch", seq, digest, queuedAtMs: nowMs, cancelled: false, candidates, waiters });
  }

  /**
   * Has the effect of the oldest queued item and settles it. A refused step sends those queued behind it back with
   * SEQ_GAP. Does nothing while an effect runs elsewhere.
   * @returns true when the effect is executed elsewhere; `onOver` is called when that has ended, had or not
   */
  runNext(nowMs: () => number, onOver: (session: Session) => void = nothing): boolean {
    const item = this.#queue.first();
    if (item === undefined || this.#running !== undefined) return false;
    const answer = this.#effects.execute(item, nowMs);
    if (!(answer instanceof Promise)) {
      this.#settle(item, answer);
      return false;
    }
    this.#running = item;
    void answer.then((settled) => {
      if (!item.cancelled) {
        this.#running = undefined;
        this.#settle(item, settled);
      }
      onOver(this);
    });
    return true;
  }

  /** Frees all but the history; queued items are answered SESSION_SUSPENDED. False: there was nothing to free. */
  suspend(): boolean {
    if (this.#parked !== undefined) return false;
    this.#parked = "SUSPENDED";
    this.#effects.free();
    this.#returnQueue("SESSION_SUSPENDED", "the lease expired before this step ran");
    return true;
  }

  /**
   * Gives the session to another holder: a new epoch fences the former one, whose queued items are answered STALE_EPOCH.
   * A suspended session is executed again and verified, its last outcomes included; until that is over it stays suspended.
   * @param onMoved called in the turn in which it gets its new holder or, FAILED, comes back to its former one
   * @throws {DeterminismError} REPLAY_DIVERGED, {EnvError} ENV_FAULT, ENV_TIMEOUT; the session is FAILED then
   * @throws {SessionError} SESSION_CLOSED meanwhile
   */
  async resume(
    leaseId: string,
    nowMs: () => number,
    onMoved: (was: { readonly suspended: boolean; readonly leaseId: string }) => void = nothing,
  ): Promise<void> {
    const { runner } = this.start;
    while (this.#parked === "SUSPENDED") {
      const { history } = this;
      const rebuilt = await rebuildEpisode(this.start, history, this.#windowSize).catch((thrown: unknown) => ({
        thrown,
      }));
      const was = { suspended: true, leaseId: this.leaseId };
      if (this.#parked !== "SUSPENDED" || this.history !== history) {
        if ("state" in rebuilt) runner.drop(rebuilt.state); // closed, or another call was faster
        continue;
      }
      if ("thrown" in rebuilt) {
        this.#parked = undefined;
        this.#effects.fail();
        onMoved(was);
        if (AnchorgymError.from(rebuilt.thrown).reason === "REPLAY_DIVERGED") this.#counters.replay_divergences_total++;
        throw rebuilt.thrown;
      }
      this.#parked = undefined;
      this.#effects.revive(rebuilt);
      this.#takeOver(leaseId, nowMs());
      onMoved(was);
      return;
    }
    if (this.#parked === "CLOSED") {
      throw fail("SESSION_CLOSED", "the session is closed", { ids: { session: this.sessionId } });
    }
    const was = { suspended: false, leaseId: this.leaseId };
    this.#takeOver(leaseId, nowMs());
    onMoved(was);
  }

  /**
   * The state after `seq`, and the history that leads there. The session does not move.
   * @throws {SessionError} SEQ_GAP for a step that was never taken; and as `rebuildEpisode`
   */
  async stateAt(seq: number): Promise<Executed & { readonly history: HistoryNode }> {
    if (nodeAt(this.history, seq) === undefined) {
      throw this.#refusals.of("SEQ_GAP", seq, `step ${seq} was not taken`, { next_seq: String(this.nextSeq) }).error;
    }
    return this.#effects.episode.stateAt(seq);
  }

  /** Ends the session and frees its state; queued items are answered SESSION_CLOSED. False: it was closed before. */
  close(): boolean {
    if (this.#parked === "CLOSED") return false;
    this.#parked = "CLOSED";
    this.#effects.free();
    this.#returnQueue("SESSION_CLOSED", "the session was closed before this step ran");
    this.#effects.episode.forgetPast();
    this.#journal.closed(this.sessionId);
    return true;
  }

  #admit(epoch: number, seq: number, nowMs: number): AnchorgymError | undefined {
    if (epoch !== this.#epoch) {
      return this.#refusals.of("STALE_EPOCH", seq, `epoch ${epoch} is not the session's epoch ${this.#epoch}`).error;
    }
    if (this.#parked === "SUSPENDED") {
      return this.#refusals.of("SESSION_SUSPENDED", seq, "the lease of this session expired; resume it").error;
    }
    if (this.#parked === "CLOSED") return this.#refusals.of("SESSION_CLOSED", seq, "the session is closed").error;
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

  #refuseOffer(offered: "conflict" | "gap" | "full", seq: number): Refusal {
    if (offered === "conflict") return this.#effects.conflict(seq);
    if (offered === "gap") {
      const tail = this.#queue.tail(this.nextSeq);
      return this.#refusals.of("SEQ_GAP", seq, `seq ${seq} is beyond the next step, ${tail}`, {
        next_seq: String(tail),
      });
    }
    const sentence = `${this.#windowSize} steps of this session are queued already`;
    return this.#refusals.of("WINDOW_EXCEEDED", seq, sentence, {}, 10);
  }

  /** @param answer of the kind of the item */
  #settle(item: Queued, answer: StepAnswer | BranchAnswer): void {
    this.#queue.shift();
    if (item.kind !== "branch" && "error" in answer) {
      const sentence = "the step before this one was refused";
      this.#returnQueue("SEQ_GAP", sentence, { next_seq: String(this.nextSeq) });
    }
    for (const settle of item.waiters) (settle as (answer: StepAnswer | BranchAnswer) => void)(answer);
  }

  /** Answers everything that waits or runs. */
  #returnQueue(reason: Reason, sentence: string, more: ErrorIds = {}): void {
    this.#running = undefined;
    for (const { seq, waiters } of this.#queue.takeAll()) {
      const answer = this.#refusals.of(reason, seq, sentence, more);
      for (const settle of waiters) settle(answer);
    }
  }

  #takeOver(leaseId: string, nowMs: number): void {
    this.#epoch++;
    this.leaseId = leaseId;
    this.lastUsedAtMs = nowMs;
    this.#returnQueue("STALE_EPOCH", "another holder resumed this session before this step ran");
    this.#journal.resumed(this.sessionId, this.#epoch, leaseId);
  }
}
