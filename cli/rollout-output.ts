// What `rollout` shows of played episodes: transcripts to read, JSON lines to process, demonstrations to imitate.

import type { DemonstrationEpisode, Demonstrations } from "../client/train/demonstrations.ts";
import type { Outcome } from "../client/transport/world-service.ts";
import type { EpisodeRecorder, RecordedEpisode } from "./episode-recorder.ts";
import { builtInWorld } from "./experts.ts";

/** Label of a step by `groupKey/replicaIndex/seq`: what the policy wanted to say, null where it had no plan. */
export type Labels = ReadonlyMap<string, string | null>;

export interface DemonstrationFacts {
  readonly environment: string;
  readonly split: string;
  readonly policy: string;
  readonly noise: number;
  readonly seed: number;
}

export function transcript(episode: RecordedEpisode): string {
  const lines = [`# ${episode.taskId}`, episode.initial.observation];
  for (const { action, outcome } of episode.steps) {
    const validity = outcome.validity === "VALID" ? "" : `   (${outcome.validity})`;
    const reward = outcome.reward === 0 ? "" : `   [reward ${outcome.reward}]`;
    lines.push("", `> ${action}${validity}`, `${outcome.observation}${reward}`);
  }
  const end = episode.steps.at(-1)?.outcome;
  lines.push(
    "",
    `${end?.endReason ?? "not finished"} after ${episode.steps.length} steps, score ${end?.score ?? "none"}`,
    "",
  );
  return lines.join("\n");
}

export function jsonLine({ taskId, seed, initial, steps }: RecordedEpisode): string {
  const moment = ({ observation, admissible, anchors }: Outcome) => ({ observation, admissible, anchors });
  const end = steps.at(-1)?.outcome;
  return JSON.stringify({
    taskId,
    seed,
    score: end?.score ?? null,
    endReason: end?.endReason ?? null,
    initial: moment(initial),
    steps: steps.map(({ action, outcome }) => ({
      action,
      validity: outcome.validity,
      reward: outcome.reward,
      ...moment(outcome),
    })),
  });
}

export function demonstrationsOf(recorder: EpisodeRecorder, labels: Labels, facts: DemonstrationFacts): Demonstrations {
  const world = builtInWorld(facts.environment);
  const { environment, policy, noise, seed, split } = facts;
  return {
    header: {
      kind: "anchorgym-demonstrations",
      schema: 1,
      environment,
      version: world.description.version,
      policy,
      noise,
      seed,
      vocabulary: [...(world.vocabulary?.() ?? [])],
    },
    episodes: recorder.episodes.map((episode): DemonstrationEpisode => {
      const moment = ({ observation, admissible }: Outcome) => ({ observation, admissible: [...admissible] });
      return {
        taskId: episode.taskId,
        split,
        seed: episode.seed,
        score: episode.steps.at(-1)?.outcome.score ?? null,
        initial: moment(episode.initial),
        steps: episode.steps.map(({ action, outcome }) => ({
          label: labels.get(`${episode.groupKey}/${episode.replicaIndex}/${outcome.seq}`) ?? null,
          action,
          validity: outcome.validity,
          ...moment(outcome),
        })),
      };
    }),
  };
}

export function totals({ episodes }: EpisodeRecorder): string {
  const won = episodes.filter(({ steps }) => steps.at(-1)?.outcome.score === 1).length;
  const steps = episodes.reduce((sum, episode) => sum + episode.steps.length, 0);
  return `${episodes.length} episodes, ${won} reached the goal, ${(steps / Math.max(1, episodes.length)).toFixed(1)} steps an episode`;
}
