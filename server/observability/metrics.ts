// What this server measures, under the names of `protocol.md` section 12 with the prefix `anchorgym_`. Counts that the
// services keep anyway are read when somebody asks; durations and labelled counts are observed as they happen. No label
// ever holds an id, a principal or a text of an agent.

import type { StepRecord } from "../sessions/step-record.ts";
import type { Counters } from "./counters.ts";
import { CounterFamily, HistogramFamily, type Instrument, type Labels, ReadFamily } from "./exposition.ts";

const PREFIX = "anchorgym_";
/** How often the event loop is asked how late it is, in milliseconds. */
const LAG_PERIOD_MS = 100;

/** State of the server that is counted when somebody asks. */
export interface MetricsSource {
  readonly counters: Readonly<Counters>;
  /** Sessions by {environment, state}. */
  sessions(): Iterable<readonly [Labels, number]>;
  leases(): number;
  /** Unanswered items over all streams. */
  streamItems(): number;
  /** Executions that wait for a world thread or run on one. */
  threadQueue(): number;
  /** States that world threads hold. */
  threadStates(): number;
}

const QUEUE: Labels = { phase: "queue" };
const ENV: Labels = { phase: "env" };

type CountName = Exclude<keyof Counters, "onStep">;

/** Flat counts that are exposed under their own names, with their help. */
const PLAIN: Readonly<Partial<Record<CountName, string>>> = {
  sessions_created_total: "Sessions created",
  sessions_closed_total: "Sessions closed, by whomever",
  env_faults_total: "Steps and candidates in which the environment broke",
  env_timeouts_total: "Steps and candidates that took longer than step_timeout",
  world_thread_restarts_total: "World threads that died or were stopped, and were started again",
  outcomes_replayed_total: "Steps that were answered from the outcome window",
  step_conflicts_total: "Steps sent again with other actions",
  lease_expirations_total: "Leases that expired",
  sessions_lease_expired_total: "Sessions that lost their client",
  sessions_idle_expired_total: "Sessions that nobody stepped for too long",
  stream_write_stalls_total: "Writes that a slow reader held up",
  streams_opened_total: "Interact streams opened",
  streams_superseded_total: "Interact streams ended by a newer one of the same lease",
  sessions_suspended_total: "Sessions of which only the log was kept",
  sessions_resumed_total: "Sessions taken over by ResumeSessions",
  branch_candidates_total: "Candidates that BranchStep tried",
  forks_total: "Sessions made by Fork",
  replay_divergences_total: "Replays that came out differently; alarm above 0",
  requests_replayed_total: "Creating calls that were answered from memory",
};

export class Metrics {
  readonly #steps = new CounterFamily("steps_total", "Steps that had their effect");
  readonly #stepSeconds = new HistogramFamily("step_seconds", "Waiting and executing time of a step");
  readonly #ended = new CounterFamily("episodes_ended_total", "Episodes that ended");
  readonly #rejections = new CounterFamily("admission_rejections_total", "Sessions that were refused, by reason");
  readonly #refusals = new CounterFamily("auth_refusals_total", "Calls that were refused by who called");
  readonly #bytes = new CounterFamily("message_bytes_total", "Bytes on the connections of this server");
  readonly #logAppends = new HistogramFamily("log_append_seconds", "Writing to the action log, fsync included");
  readonly #lag = new HistogramFamily("event_loop_lag_seconds", "How late the event loop ran a timer");
  readonly #labels = new Map<string, Map<string, Labels>>();
  readonly #instruments: Instrument[];
  readonly #lagTimer: NodeJS.Timeout;

  constructor(source: MetricsSource) {
    const { counters } = source;
    const plain = (Object.keys(PLAIN) as CountName[]).map(
      (name) => new ReadFamily(name, PLAIN[name] ?? "", "counter", () => [[{}, counters[name]]]),
    );
    this.#instruments = [
      new ReadFamily("sessions", "Sessions that are not closed", "gauge", () => source.sessions()),
      new ReadFamily("leases", "Leases that have not expired", "gauge", () => [[{}, source.leases()]]),
      new ReadFamily("stream_in_flight_items", "Unanswered items of all streams", "gauge", () => [
        [{}, source.streamItems()],
      ]),
      new ReadFamily("world_thread_queue", "Executions that wait for a world thread or run on one", "gauge", () => [
        [{}, source.threadQueue()],
      ]),
      new ReadFamily("world_thread_states", "States that world threads hold", "gauge", () => [
        [{}, source.threadStates()],
      ]),
      new ReadFamily("groups_created_total", "Groups, created or refused", "counter", () => [
        [{ result: "created" }, counters.groups_created_total],
        [{ result: "refused" }, counters.groups_refused_total],
      ]),
      this.#steps,
      this.#stepSeconds,
      this.#ended,
      this.#rejections,
      this.#refusals,
      this.#bytes,
      this.#logAppends,
      this.#lag,
      ...plain,
      new ReadFamily("process_resident_memory_bytes", "Resident memory", "gauge", () => [
        [{}, process.memoryUsage.rss()],
      ]),
    ];
    let dueMs = performance.now() + LAG_PERIOD_MS;
    this.#lagTimer = setInterval(() => {
      const nowMs = performance.now();
      this.#lag.observe({}, Math.max(0, nowMs - dueMs) / 1_000);
      dueMs = nowMs + LAG_PERIOD_MS;
    }, LAG_PERIOD_MS);
    this.#lagTimer.unref();
  }

  /** A step had its effect. */
  stepped(environment: string, record: StepRecord): void {
    const acted = record.agents.find(({ transition }) => transition !== undefined);
    this.#steps.add(this.#stepLabels(environment, acted?.transition?.validity ?? "UNSPECIFIED"));
    this.#stepSeconds.observe(QUEUE, record.queueUs / 1e6);
    this.#stepSeconds.observe(ENV, record.envUs / 1e6);
    if (record.endReason !== undefined) this.#ended.add({ environment, end_reason: record.endReason });
  }

  rejected(reason: string): void {
    this.#rejections.add({ reason });
  }

  refused(reason: string): void {
    this.#refusals.add({ reason });
  }

  transferred(direction: "in" | "out", bytes: number): void {
    this.#bytes.add({ direction }, bytes);
  }

  /** One write of the action log. */
  logAppended(seconds: number): void {
    this.#logAppends.observe({}, seconds);
  }

  #stepLabels(environment: string, validity: string): Labels {
    let byValidity = this.#labels.get(environment);
    if (byValidity === undefined) {
      byValidity = new Map();
      this.#labels.set(environment, byValidity);
    }
    let labels = byValidity.get(validity);
    if (labels === undefined) {
      labels = { environment, validity };
      byValidity.set(validity, labels);
    }
    return labels;
  }

  /** The whole exposition, version 0.0.4. */
  render(): string {
    return this.#instruments.map((instrument) => instrument.render(PREFIX)).join("");
  }

  close(): void {
    clearInterval(this.#lagTimer);
  }
}
