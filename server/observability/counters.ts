// What this server has done, as named counts: nothing is dropped, refused or closed silently. The exposition format is
// not decided here; names follow `protocol.md` section 12 without their prefix.

import type { StepRecord } from "../sessions/step-record.ts";

/** Counts since start; each only grows. */
export interface Counters {
  /** Told of each step that had its effect, for counts with labels. */
  onStep?: (environment: string, record: StepRecord) => void;
  groups_created_total: number;
  groups_refused_total: number;
  sessions_created_total: number;
  sessions_closed_total: number;
  steps_total: number;
  episodes_ended_total: number;
  env_faults_total: number;
  /** Steps and candidates that took longer than `step_timeout`. */
  env_timeouts_total: number;
  /** World threads that died or were stopped, and were started again. */
  world_thread_restarts_total: number;
  outcomes_replayed_total: number;
  step_conflicts_total: number;
  lease_expirations_total: number;
  /** Sessions suspended because their lease expired. */
  sessions_lease_expired_total: number;
  /** Sessions suspended because nobody stepped them for `maxIdleMs`. */
  sessions_idle_expired_total: number;
  admission_rejections_total: number;
  stream_write_stalls_total: number;
  streams_opened_total: number;
  streams_superseded_total: number;
  requests_replayed_total: number;
  /** Sessions of which only the log was kept, because their lease expired or nobody stepped them. */
  sessions_suspended_total: number;
  sessions_resumed_total: number;
  branch_candidates_total: number;
  forks_total: number;
  /** A world came out differently when it was executed again; alarm above 0. */
  replay_divergences_total: number;
}

export function createCounters(): Counters {
  return {
    groups_created_total: 0,
    groups_refused_total: 0,
    sessions_created_total: 0,
    sessions_closed_total: 0,
    steps_total: 0,
    episodes_ended_total: 0,
    env_faults_total: 0,
    env_timeouts_total: 0,
    world_thread_restarts_total: 0,
    outcomes_replayed_total: 0,
    step_conflicts_total: 0,
    lease_expirations_total: 0,
    sessions_lease_expired_total: 0,
    sessions_idle_expired_total: 0,
    admission_rejections_total: 0,
    stream_write_stalls_total: 0,
    streams_opened_total: 0,
    streams_superseded_total: 0,
    requests_replayed_total: 0,
    sessions_suspended_total: 0,
    sessions_resumed_total: 0,
    branch_candidates_total: 0,
    forks_total: 0,
    replay_divergences_total: 0,
  };
}
