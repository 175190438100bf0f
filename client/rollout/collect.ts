// Rollout: a policy plays groups of episodes, and every prompt, completion and action becomes a row that can train.
// Deterministic under a seed: the draws of a step depend on (sampleSeed, group, replica, step) and on the engine's promise that
// a completion does not depend on its batch mates, so neither timing nor retries nor the batch size change a trajectory.

import type { Completion, SampleRequest, Sampler } from "../engine/engine.ts";
import { type AnswerForm, type ParsedAction, parseChoice, parseText, spokenAction } from "../prompt/action-parser.ts";
import { type Choices, encodeChoices } from "../prompt/choices.ts";
import { type PromptForm, PromptTooLongError } from "../prompt/prompt-form.ts";
import type { Tokenizer } from "../prompt/tokenizer.ts";
import { deriveSeed } from "../random.ts";
import type { Outcome } from "../transport/world-service.ts";
import type { AgentStep, Prompt, Trajectory, TrajectoryGroup } from "../types.ts";
import { countRollout, countSampling, type RolloutCounters } from "./counters.ts";
import type { EpisodeBreak, EpisodeStop, PlayedEpisode, PlayedGroup, Player, PlayRequest, Turn } from "./player.ts";
import { playGroups } from "./scheduler.ts";

export interface Decoding {
  /** Only admissible actions can be written; off: free text, parsed by `answerForm`. */
  readonly constrained: boolean;
  /** Above 0. */
  readonly temperature: number;
  readonly greedy: boolean;
  /** Bound on a completion; constrained ones are as long as their action. */
  readonly maxTokens: number;
  /** Of free text; default tags. */
  readonly answerForm?: AnswerForm;
  /** Admissible actions that a constrained policy is not offered, for example `help`. */
  readonly hiddenActions?: readonly string[];
}

export interface CollectRequest<Memory> extends Omit<PlayRequest<Memory, PolicyDecision>, "player" | "overlaps"> {
  readonly sampler: Sampler;
  readonly promptForm: PromptForm<Memory>;
  readonly tokenizer: Tokenizer;
  readonly decoding: Decoding;
  /** A non-negative integer below 2^53; one per rollout. */
  readonly sampleSeed: number;
}

export interface RolloutResult {
  /** In the order of the request; trajectories by replica. A group may be empty when all its episodes broke. */
  readonly groups: readonly TrajectoryGroup[];
  readonly counters: RolloutCounters;
}

/** What a policy said at one step. */
export interface PolicyDecision {
  readonly action: string;
  readonly parsed: boolean;
  readonly prompt: Prompt;
  readonly completion: Completion;
  /** Admissible actions that the vocabulary could not tell apart. */
  readonly aliasCount: number;
}

/** @throws what `playGroups` throws, and what the sampler rejects with */
export async function collectGroups<Memory>(request: CollectRequest<Memory>): Promise<RolloutResult> {
  const countedSince = countSampling(request.sampler);
  const { groups: played, counters } = await playGroups({
    ...request,
    player: policyPlayer(request),
    // The few runs that choices take are over before much is ready; what is ready meanwhile makes a fuller batch.
    overlaps: !request.decoding.constrained,
  });
  const groups = played.map((group) => trajectoryGroup(group, request.sampler));
  const aliased = played.flatMap(({ episodes_G }) => episodes_G).flatMap(({ steps_S }) => steps_S);
  const aliasedChoices = aliased.reduce((sum, { decision }) => sum + decision.aliasCount, 0);
  return { groups, counters: countRollout(groups, counters, countedSince(request.sampler), aliasedChoices) };
}

interface Question {
  readonly prompt: Prompt;
  readonly choices: Choices | undefined;
  readonly request: SampleRequest;
}

function policyPlayer<Memory>(request: CollectRequest<Memory>): Player<Memory, PolicyDecision> {
  const { sampler, promptForm, tokenizer, decoding } = request;
  const eosTokenId = tokenizer.specialTokenId("eos");
  return {
    begin: (initial) => promptForm.begin(initial),
    advance: (memory, action, outcome) => promptForm.advance(memory, action, outcome),
    decide: (turns) => {
      const questions = turns.map((turn) => question(turn, request, eosTokenId));
      const asked = questions.filter((one) => "request" in one).map((one) => one.request);
      const completions = sampled(asked);
      return questions.map(async (one) =>
        "request" in one ? decision(one, await (completions.get(one.request) as Promise<Completion>)) : one,
      );
    },
  };

  /** Choices are a few tokens, and one call for all of them is cheap; free texts end each at its own time. */
  function sampled(requests: readonly SampleRequest[]): ReadonlyMap<SampleRequest, Promise<Completion>> {
    if (!decoding.constrained)
      return new Map(requests.map((one) => [one, sampler.sample([one]).then(([only]) => only as Completion)]));
    const all = requests.length === 0 ? Promise.resolve([]) : sampler.sample(requests);
    return new Map(requests.map((one, i) => [one, all.then((completions) => completions[i] as Completion)]));
  }

  function decision({ prompt, choices }: Question, completion: Completion): PolicyDecision {
    const result: ParsedAction =
      choices === undefined
        ? parseText(tokenizer, completion, decoding.answerForm ?? "tags")
        : parseChoice(choices, completion);
    const aliasCount = choices?.aliasCount ?? 0;
    return { action: spokenAction(result), parsed: result.parsed, prompt, completion, aliasCount };
  }
}

function question<Memory>(
  turn: Turn<Memory>,
  request: CollectRequest<Memory>,
  eosTokenId: number,
): Question | EpisodeBreak | EpisodeStop {
  const { promptForm, tokenizer, decoding, sampleSeed } = request;
  let prompt: Prompt;
  try {
    prompt = promptForm.render(turn.memory);
  } catch (error) {
    if (!(error instanceof PromptTooLongError)) throw error;
    // The policy's own limit, not a fault: leaving the episode out would flatter every rate. A bound that holds not even the
    // first prompt is a fault of the configuration.
    if (turn.seq > 1) return { stops: "CONTEXT_LIMIT" };
    return { breaks: { reason: "PROMPT_TOO_LONG", message: error.message } };
  }
  const choices = decoding.constrained
    ? encodeChoices(tokenizer, offered(turn.outcome, decoding), eosTokenId)
    : undefined;
  if (choices?.actions_C.length === 0)
    return {
      breaks: { reason: "NO_CHOICES", message: "the world listed no action that constrained decoding could write" },
    };
  const { temperature, greedy, maxTokens } = decoding;
  return {
    prompt,
    choices,
    request: {
      prompt_T: prompt.tokens_T,
      maxTokens,
      stopTokens: [eosTokenId],
      temperature,
      greedy,
      seed: deriveSeed(sampleSeed, `${turn.groupKey}/${turn.replicaIndex}/${turn.seq}`),
      ...(choices === undefined ? {} : { choices_C: choices.tokens_C }),
    },
  };
}

/** What constrained decoding may write: the admissible actions in the world's order, less the hidden ones. */
export function offered(outcome: Outcome, decoding: Pick<Decoding, "hiddenActions">): readonly string[] {
  const hidden = decoding.hiddenActions ?? [];
  return hidden.length === 0 ? outcome.admissible : outcome.admissible.filter((action) => !hidden.includes(action));
}

function trajectoryGroup(group: PlayedGroup<PolicyDecision>, sampler: Sampler): TrajectoryGroup {
  const { groupKey, task } = group.request;
  const versions = group.episodes_G.flatMap(({ steps_S }) =>
    steps_S.map(({ decision }) => decision.completion.policyVersion),
  );
  const versionsOr = versions.length > 0 ? versions : [sampler.policyVersion];
  return {
    groupKey,
    task,
    trajectories_G: group.episodes_G.map((episode) => trajectory(groupKey, episode)),
    failures: group.failures,
    policyVersions: {
      oldest: versionsOr.reduce((a, b) => Math.min(a, b)),
      newest: versionsOr.reduce((a, b) => Math.max(a, b)),
    },
  };
}

function trajectory(groupKey: string, episode: PlayedEpisode<PolicyDecision>): Trajectory {
  const { replicaIndex, stopReason, score } = episode;
  const last = episode.steps_S.length - 1;
  const steps_S = episode.steps_S.map(
    ({ decision, before, after }, at): AgentStep => ({
      seq: after.seq,
      agentId: "",
      prompt: decision.prompt,
      completion: decision.completion,
      action: decision.action,
      parsed: decision.parsed,
      admissible: after.validity === "VALID",
      anchors: before.anchors,
      nextAnchors: after.anchors,
      reward: after.reward,
      terminated: after.terminated,
      truncated: after.truncated || (stopReason === "CONTEXT_LIMIT" && at === last),
    }),
  );
  const episodeReturn = steps_S.reduce((sum, { reward }) => sum + reward, 0);
  return { groupKey, replicaIndex, steps_S, episodeReturn, score, stopReason };
}
