// One episode: its state, its queue of steps and its last outcomes. `submit` checks an item in the order of
// `protocol.md` section 5 and `runNext` has its effect, exactly once per seq. It knows no wire, stream or clock.

import { stateHash } from "../../envs/core/state-hash.ts";
import type { Task } from "../../envs/core/types.ts";
import type { World } from "../../envs/core/world.ts";
import { AnchorgymError, type ErrorIds, fail, type Reason } from "../../proto/errors.ts";
import type { Counters } from "../observability/counters.ts";
import { OutcomeWindow } from "./outcome-window.ts";
import { recordState, type StepRecord } from "./step-record.ts";
import { actionsBody, executableActions, type SubmittedActions } from "./submitted-action.ts";

export type SessionStatus = "ACTIVE" | "ENDED" | "FAILED" | "CLOSED";

/** One step as a client asked for it. */
export interface SubmittedStep {
  readonly epoch: number;
  readonly seq: number;
  readonly actions: SubmittedActions;
  /** Hex; "": no precondition. */
  readonly expectedFullHash: string;
}

export type StepAnswer =
  | { readonly record: StepRecord; readonly replayed: boolean }
  | { readonly error: AnchorgymError };
export type Settle = (answer: StepAnswer) => void;

interface QueuedStep {
  readonly seq: number;
  readonly digest: string;
  readonly actions: SubmittedActions;
  readonly expectedFullHash: string;
  readonly queuedAtMs: number;
  readonly waiters: Settle[];
}

export interface SessionOrigin {
  readonly sessionId: string;
  readonly groupId: string;
  readonly leaseId: string;
  readonly replicaIndex: number;
  readonly world: World;
  readonly task: Task;
  readonly state: unknown;
  /** The record of `state`, seq 0. */
  readonly initial: StepRecord;
  readonly outcomeWindow: number;
  readonly counters: Counters;
  readonly createdAtMs: number;
}

export class Session {
  readonly sessionId: string;
  readonly groupId: string;
  readonly leaseId: string;
  readonly replicaIndex: number;
  readonly epoch = 1;
  lastUsedAtMs: number;
  readonly #world: World;
  readonly #task: Task;
  readonly #windowSize: number;
  readonly #window: OutcomeWindow;
  readonly #counters: Counters;
  #state: unknown;
  #latest: StepRecord;
  #status: SessionStatus = "ACTIVE";
  #queue: QueuedStep[] = [];

  constructor(origin: SessionOrigin) {
    this.sessionId = origin.sessionId;
    this.groupId = origin.groupId;
    this.leaseId = origin.leaseId;
    this.replicaIndex = origin.replicaIndex;
    this.lastUsedAtMs = origin.createdAtMs;
    this.#world = origin.world;
    this.#task = origin.task;
    this.#state = origin.state;
    this.#latest = origin.initial;
    this.#windowSize = origin.outcomeWindow;
    this.#window = new OutcomeWindow(origin.outcomeWindow);
    this.#counters = origin.counters;
  }

  get status(): SessionStatus {
    return this.#status;
  }

  /** Number of the next step that would be executed. */
  get nextSeq(): number {
    return this.#latest.seq + 1;
  }

  /** The record of the current state. */
  get latest(): StepRecord {
    return this.#latest;
  }

  get hasQueuedSteps(): boolean {
    return this.#queue.length > 0;
  }

  /**
   * Admits one step: answers it now (refusal, stored outcome), joins a running one, or queues it.
   * @param settle called exactly once, now or by `runNext` or `close`
   * @returns true when the queue grew and somebody has to call `runNext`
   */
  submit(step: SubmittedStep, nowMs: number, settle: Settle): boolean {
    const { seq } = step;
    if (step.epoch !== this.epoch) {
      settle(this.#refuse("STALE_EPOCH", seq, `epoch ${step.epoch} is not the session's epoch ${this.epoch}`));
      return false;
    }
    if (this.#status === "CLOSED") {
      settle(this.#refuse("SESSION_CLOSED", seq, "the session is closed"));
      return false;
    }
    this.lastUsedAtMs = nowMs;
    const digest = stateHash("actions", "actions/1", actionsBody(step.actions));
    if (seq < this.nextSeq) {
      settle(this.#replay(seq, digest));
      return false;
    }
    const tail = this.nextSeq + this.#queue.length;
    if (seq > tail) {
      const ids = { next_seq: String(tail) };
      settle(this.#refuse("SEQ_GAP", seq, `seq ${seq} is beyond the next step, ${tail}`, ids));
      return false;
    }
    const queued = this.#queue[seq - this.nextSeq];
    if (queued !== undefined) {
      if (queued.digest === digest) queued.waiters.push(settle);
      else settle(this.#conflict(seq));
      return false;
    }
    if (this.#queue.length >= this.#windowSize) {
      const sentence = `${this.#windowSize} steps of this session are queued already`;
      settle({ error: fail("WINDOW_EXCEEDED", sentence, { ids: this.#ids(seq), retryDelayMs: 10 }) });
      return false;
    }
    const { actions, expectedFullHash } = step;
    this.#queue.push({ seq, digest, actions, expectedFullHash, queuedAtMs: nowMs, waiters: [settle] });
    return true;
  }

  /** Executes the oldest queued step and settles it. A refusal sends those queued behind it back with SEQ_GAP. */
  runNext(nowMs: () => number): void {
    const step = this.#queue.shift();
    if (step === undefined) return;
    const startedMs = nowMs();
    const refusal = this.#refusal(step);
    const answer = refusal ?? this.#execute(step, startedMs, nowMs);
    if ("error" in answer) this.#returnQueue();
    for (const settle of step.waiters) settle(answer);
  }

  /** Ends the session and frees its state; queued steps are answered SESSION_CLOSED. False: it was closed before. */
  close(): boolean {
    if (this.#status === "CLOSED") return false;
    this.#status = "CLOSED";
    const queued = this.#queue;
    this.#queue = [];
    this.#state = undefined;
    this.#window.clear();
    // Remembered requests may hold this session for a while: keep its hashes, not its texts.
    this.#latest = { ...this.#latest, agents: [] };
    for (const { seq, waiters } of queued) {
      const answer = this.#refuse("SESSION_CLOSED", seq, "the session was closed before this step ran");
      for (const settle of waiters) settle(answer);
    }
    return true;
  }

  #replay(seq: number, digest: string): StepAnswer {
    const stored = this.#window.find(seq);
    if (stored === undefined) {
      return this.#refuse("SEQ_EXPIRED", seq, `seq ${seq} is older than the last ${this.#windowSize} outcomes`);
    }
    if (stored.actionsDigest !== digest) return this.#conflict(seq);
    this.#counters.outcomes_replayed_total++;
    return { record: stored.record, replayed: true };
  }

  #refusal(step: QueuedStep): StepAnswer | undefined {
    const { seq } = step;
    if (this.#status === "ENDED") {
      return this.#refuse("EPISODE_ENDED", seq, `the episode ended with ${this.#latest.endReason ?? "an outcome"}`);
    }
    if (this.#status === "FAILED") return this.#refuse("SESSION_FAILED", seq, "the environment failed in this session");
    if (step.expectedFullHash !== "" && step.expectedFullHash !== this.#latest.fullHash) {
      const ids = { expected: step.expectedFullHash, actual: this.#latest.fullHash };
      return this.#refuse("STATE_MISMATCH", seq, "the session is in another state than expected_full_state_hash", ids);
    }
    const { actingAgents } = this.#latest;
    if (step.actions.size !== actingAgents.length || !actingAgents.every((agentId) => step.actions.has(agentId))) {
      const ids = { acting_agents: JSON.stringify(actingAgents) };
      return this.#refuse("AGENTS_MISMATCH", seq, "an action of each acting agent is needed, and of no other", ids);
    }
    return undefined;
  }

  #execute(step: QueuedStep, startedMs: number, nowMs: () => number): StepAnswer {
    try {
      const { actions, refused } = executableActions(step.actions, this.#world.description.limits);
      const transition = this.#world.step(this.#state, actions);
      const agents = new Map(transition.agents);
      for (const [agentId, validity] of refused) {
        const judged = agents.get(agentId);
        if (judged !== undefined) agents.set(agentId, { ...judged, validity, normalizedAction: "" });
      }
      for (const [agentId, { reward }] of agents) {
        if (!Number.isFinite(reward)) throw new Error(`the reward of agent ${JSON.stringify(agentId)} is ${reward}`);
      }
      const consequence = { ...transition, agents };
      const measured = recordState(this.#world, this.#task, transition.state, step.seq, consequence, this.#latest);
      const queueUs = Math.max(0, Math.round((startedMs - step.queuedAtMs) * 1_000));
      const envUs = Math.max(0, Math.round((nowMs() - startedMs) * 1_000));
      const record: StepRecord = { ...measured, queueUs, envUs };
      this.#state = transition.state;
      this.#latest = record;
      this.#window.add({ actionsDigest: step.digest, record });
      this.#counters.steps_total++;
      if (record.endReason !== undefined) {
        this.#status = "ENDED";
        this.#counters.episodes_ended_total++;
      }
      return { record, replayed: false };
    } catch (thrown) {
      // The boundary of the world: whatever it throws is its author's fault and ends the session here.
      this.#status = "FAILED";
      this.#counters.env_faults_total++;
      const cause = AnchorgymError.from(thrown, "ENV_FAULT");
      const sentence = `${this.#world.description.name}.step failed: ${cause.sentence}`;
      return { error: fail("ENV_FAULT", sentence, { ids: this.#ids(step.seq), cause: thrown }) };
    }
  }

  #returnQueue(): void {
    const behind = this.#queue;
    this.#queue = [];
    for (const { seq, waiters } of behind) {
      const ids = { next_seq: String(this.nextSeq) };
      const answer = this.#refuse("SEQ_GAP", seq, `the step before seq ${seq} was refused`, ids);
      for (const settle of waiters) settle(answer);
    }
  }

  #conflict(seq: number): StepAnswer {
    this.#counters.step_conflicts_total++;
    return this.#refuse("STEP_CONFLICT", seq, `seq ${seq} was sent before with other actions`);
  }

  #refuse(reason: Reason, seq: number, sentence: string, more: ErrorIds = {}): StepAnswer {
    return { error: fail(reason, sentence, { ids: { ...this.#ids(seq), ...more } }) };
  }

  #ids(seq: number): ErrorIds {
    return { session: this.sessionId, seq: String(seq) };
  }
}
