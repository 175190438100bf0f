// The nouns of playing: what to play (groups), who decides (a Player), and what came of it (played episodes). Data and one
// interface; scheduler.ts plays, collect.ts is the Player that samples a policy, play-episodes.ts the one that calls a function.

import type { Outcome, WorldService } from "../transport/world-service.ts";
import type { EpisodeFailure, StopReason, TaskRef } from "../types.ts";

/** G episodes to play, named by the caller. */
export interface GroupRequest {
  /** Unique in one call; names the sampling seeds of its steps. */
  readonly groupKey: string;
  readonly task: TaskRef;
  /** A non-negative integer below 2^53: the world's randomness. */
  readonly seed: number;
}

/** One episode's question: what to do now? */
export interface Turn<Memory> {
  readonly groupKey: string;
  readonly replicaIndex: number;
  /** Number that the step will carry, from 1. */
  readonly seq: number;
  readonly memory: Memory;
  readonly outcome: Outcome;
}

/** No decision is possible: this episode breaks. */
export interface EpisodeBreak {
  readonly breaks: { readonly reason: string; readonly message: string };
}

/** The policy can go no further: the episode ends here, unsolved, and trains and counts as it is. */
export interface EpisodeStop {
  readonly stops: StopReason;
}

/** Memories and decisions; `decide` answers each turn, in their order, and one rejection stops the whole rollout. */
export interface Player<Memory, Decision extends { readonly action: string }> {
  begin(initial: Outcome): Memory;
  advance(memory: Memory, action: string, outcome: Outcome): Memory;
  decide(turns: readonly Turn<Memory>[]): readonly Promise<Decision | EpisodeBreak | EpisodeStop>[];
}

export interface PlayedStep<Decision> {
  readonly decision: Decision;
  readonly before: Outcome;
  readonly after: Outcome;
}

export interface PlayedEpisode<Decision> {
  readonly replicaIndex: number;
  readonly steps_S: readonly PlayedStep<Decision>[];
  readonly stopReason: StopReason;
  readonly score: number;
}

export interface PlayedGroup<Decision> {
  readonly request: GroupRequest;
  /** By replica; broken episodes are absent. */
  readonly episodes_G: readonly PlayedEpisode<Decision>[];
  readonly failures: readonly EpisodeFailure[];
}

export interface RolloutProgress {
  readonly episodesDone: number;
  readonly episodesTotal: number;
  readonly steps: number;
}

export interface PlayRequest<Memory, Decision extends { readonly action: string }> {
  readonly service: WorldService;
  readonly player: Player<Memory, Decision>;
  readonly groups: readonly GroupRequest[];
  /** G. */
  readonly groupSize: number;
  /** The world's options as JSON; absent: its defaults. */
  readonly optionsJson?: string;
  /** Bound on the turns that are being decided. */
  readonly maxBatchRows: number;
  /** Decide what is ready while other turns are being decided; default: one batch after the other. */
  readonly overlaps?: boolean;
  /** Groups wait for room beyond this many open episodes; default 1024. */
  readonly maxOpenSessions?: number;
  /** Times that one group is created again after its server was lost; default 5: with the pauses about 8 s. */
  readonly maxGroupRetries?: number;
  /** Pause before the first retry, doubled for each further one; default 250 ms. */
  readonly retryDelayMs?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: RolloutProgress) => void;
}
