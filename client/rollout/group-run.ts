// One group on its way through a scheduler: its try, its open episodes, what is done and what broke, and the rules that say
// which errors cost a group, which an episode, and which ends are ends. Mutable records of the scheduler; no effects.

import type { AnchorgymError } from "../../proto/errors.ts";
import type { Outcome, RemoteSession } from "../transport/world-service.ts";
import type { EpisodeFailure, StopReason } from "../types.ts";
import type { GroupRequest, PlayedEpisode, PlayedGroup, PlayedStep, Turn } from "./player.ts";

export interface Episode<Memory, Decision> {
  readonly group: GroupRun<Memory, Decision>;
  /** The try of the group that this episode belongs to; answers to older tries are ignored. */
  readonly attempt: number;
  readonly session: RemoteSession;
  memory: Memory;
  outcome: Outcome;
  readonly steps: PlayedStep<Decision>[];
}

/** A group on its way: mutable, owned by one scheduler. */
export interface GroupRun<Memory, Decision> {
  readonly request: GroupRequest;
  attempt: number;
  groupId: string | undefined;
  open: Episode<Memory, Decision>[];
  done: PlayedEpisode<Decision>[];
  failures: EpisodeFailure[];
}

export function newGroupRun<Memory, Decision>(request: GroupRequest): GroupRun<Memory, Decision> {
  return { request, attempt: 0, groupId: undefined, open: [], done: [], failures: [] };
}

export function isCurrent<Memory, Decision>(episode: Episode<Memory, Decision>): boolean {
  return episode.attempt === episode.group.attempt;
}

export function turnOf<Memory, Decision>({
  group,
  session,
  memory,
  outcome,
  steps,
}: Episode<Memory, Decision>): Turn<Memory> {
  const { groupKey } = group.request;
  return { groupKey, replicaIndex: session.replicaIndex, seq: steps.length + 1, memory, outcome };
}

export function playedGroup<Memory, Decision>({
  request,
  done,
  failures,
}: GroupRun<Memory, Decision>): PlayedGroup<Decision> {
  const byReplica = (a: { replicaIndex: number }, b: { replicaIndex: number }): number =>
    a.replicaIndex - b.replicaIndex;
  return { request, episodes_G: done.toSorted(byReplica), failures: failures.toSorted(byReplica) };
}

/** The server or its session is gone, which says nothing about the episode: another server can play it from the start. */
export function losesServer(error: AnchorgymError): boolean {
  return error.retryable || LOST_SESSION.has(error.reason);
}

/** SESSION_CLOSED comes from a server whose lease ran out: a session that this side closed asks nothing any more. */
const LOST_SESSION: ReadonlySet<string> = new Set(["SESSION_NOT_FOUND", "SESSION_SUSPENDED", "SESSION_CLOSED"]);

const STOP_REASONS: ReadonlySet<string> = new Set<StopReason>([
  "GOAL_REACHED",
  "TASK_FAILED",
  "AGENT_STOPPED",
  "MAX_TURNS",
  "MAX_INVALID_ACTIONS",
  "CONTEXT_LIMIT",
]);

/** Reasons that end an episode as training knows it; all others (ENV_ERROR, LEASE_EXPIRED, ...) broke it. */
export function isStopReason(endReason: string): endReason is StopReason {
  return STOP_REASONS.has(endReason);
}
