// Plays groups with a function instead of a sampler: scripted policies, experts that read text, a person at the keyboard.
// The same scheduler, failures and retries as a rollout; no prompts and no tokens.

import { AnchorgymError } from "../../proto/errors.ts";
import type { Outcome } from "../transport/world-service.ts";
import type { SchedulerCounters } from "./counters.ts";
import type { PlayedGroup, Player, PlayRequest } from "./player.ts";
import { playGroups } from "./scheduler.ts";

/** All that has happened in one episode so far. */
export interface EpisodeView {
  readonly groupKey: string;
  readonly replicaIndex: number;
  /** Number that the next step will carry, from 1. */
  readonly seq: number;
  readonly initial: Outcome;
  /** Oldest first. */
  readonly past: readonly { readonly action: string; readonly outcome: Outcome }[];
  /** The newest outcome. */
  readonly outcome: Outcome;
}

/** Answers with one action; a throw breaks the episode, not the rollout. */
export type PolicyFunction = (view: EpisodeView) => string | Promise<string>;

export interface SpokenDecision {
  readonly action: string;
}

type History = Pick<EpisodeView, "initial" | "past">;

/** @throws what `playGroups` throws */
export async function playEpisodes(
  request: Omit<PlayRequest<History, SpokenDecision>, "player"> & { readonly policy: PolicyFunction },
): Promise<{ readonly groups: readonly PlayedGroup<SpokenDecision>[]; readonly counters: SchedulerCounters }> {
  const player: Player<History, SpokenDecision> = {
    begin: (initial) => ({ initial, past: [] }),
    advance: ({ initial, past }, action, outcome) => ({ initial, past: [...past, { action, outcome }] }),
    decide: (turns) =>
      turns.map(async ({ memory, groupKey, replicaIndex, seq, outcome }) => {
        try {
          return { action: await request.policy({ groupKey, replicaIndex, seq, outcome, ...memory }) };
        } catch (thrown) {
          return { breaks: { reason: "POLICY_FAILED", message: AnchorgymError.from(thrown).message } };
        }
      }),
  };
  return await playGroups({ ...request, player });
}
