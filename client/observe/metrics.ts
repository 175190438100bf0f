// The one table of every metric of a run: name `stage/quantity_unit`, unit and meaning. A metric that is not in the table
// cannot be written; README.md of this side prints the table. Names never change their meaning: a new meaning is a new name.

export interface MetricRow {
  readonly unit: string;
  readonly meaning: string;
}

const row = (unit: string, meaning: string): MetricRow => ({ unit, meaning });

/** In the order in which a run produces them. */
export const METRICS = {
  "imitation/loss_nat": row("nat per decision", "cross-entropy of the expert's choice among what was admissible"),
  "imitation/grad_norm": row("1", "global L2 norm before clipping"),
  "imitation/learning_rate": row("1", "of this update"),
  "imitation/epoch_count": row("1", "passes over the demonstrations so far, fractional"),

  "rollout/success_frac": row("fraction", "episodes with a score of 1"),
  "rollout/score_mean": row("1", "mean task score in [0, 1]"),
  "rollout/episode_return_mean": row("reward", "mean undiscounted return, before penalties"),
  "rollout/episode_steps_mean": row("steps", "mean length of an episode"),
  "rollout/batches_count": row("batches", "generation batches"),
  "rollout/batch_rows_mean": row("rows", "mean size of a generation batch"),
  "rollout/prefilled_tokens_count": row("tokens", "prompt tokens that the engine computed"),
  "rollout/reused_tokens_count": row("tokens", "prompt tokens whose keys and values an equal prefix had left"),
  "rollout/evicted_blocks_count": row("blocks", "pieces of kept prefixes that went for want of room"),
  "rollout/queued_rows_count": row("rows", "completions that waited for room"),
  "rollout/discarded_steps_count": row("steps", "steps thrown away with broken episodes and retried groups"),
  "rollout/dropped_groups_count": row("groups", "groups without spread that dynamic sampling dropped"),
  "rollout/stale_steps_count": row("steps", "trained steps that another policy drew than the one being updated"),
  "rollout/aliased_choices_count": row("actions", "admissible actions that the vocabulary could not tell apart"),
  "rollout/truncated_frac": row("fraction", "episodes that a limit cut"),
  "rollout/episodes_count": row("episodes", "whole episodes, which train"),
  "rollout/failed_episodes_count": row("episodes", "broken by a fault, left out of every statistic"),
  "rollout/group_retries_count": row("groups", "groups played again after a fault"),
  "rollout/steps_count": row("steps", "agent steps of whole episodes"),
  "rollout/parsed_frac": row("fraction", "steps whose completion was an action"),
  "rollout/admissible_frac": row("fraction", "steps whose action the world accepted"),
  "rollout/cut_prompts_count": row("prompts", "prompts that did not fit and were cut"),
  "rollout/prompt_tokens_mean": row("tokens", "mean length of a prompt"),
  "rollout/drawn_tokens_mean": row("tokens", "mean drawn (not forced) tokens of a step"),
  "rollout/behaviour_logprob_mean": row("nat", "mean logprob of the drawn tokens"),

  "advantage/group_count": row("groups", "groups with at least one whole episode"),
  "advantage/trajectory_count": row("episodes", "whole episodes"),
  "advantage/row_count": row("steps", "steps that got an advantage"),
  "advantage/lone_group_frac": row("fraction", "groups of one episode: nothing to compare with"),
  "advantage/zero_spread_group_frac": row("fraction", "groups whose episode scores are all equal: episode part 0"),
  "advantage/penalty_only_group_frac": row("fraction", "groups whose scores differ by penalties alone"),
  "advantage/invalid_row_frac": row("fraction", "steps that paid the invalid-action penalty"),
  "advantage/episode_abs_mean": row("1", "mean absolute episode part of the advantage"),
  "advantage/step_abs_mean": row("1", "mean absolute step part of the advantage, before omega"),
  "advantage/step_group_count": row("groups", "anchor groups"),
  "advantage/step_group_size_mean": row("steps", "mean size of an anchor group"),
  "advantage/zero_spread_step_group_frac": row("fraction", "anchor groups whose returns are all equal"),
  "advantage/singleton_anchor_frac": row("fraction", "steps alone in their anchor group: step part 0"),
  "advantage/singleton_anchor_observation_frac": row("fraction", "the same if observations were the anchors"),
  "advantage/singleton_anchor_semantic_frac": row("fraction", "the same if semantic states were the anchors"),
  "advantage/singleton_anchor_full_frac": row("fraction", "the same if full states were the anchors"),
  "advantage/hierarchical_full_frac": row("fraction", "steps compared in their full state"),
  "advantage/hierarchical_semantic_frac": row("fraction", "steps compared in their semantic state"),
  "advantage/hierarchical_unmatched_frac": row("fraction", "steps compared in neither"),
  "advantage/zero_frac": row("fraction", "steps of advantage 0"),
  "advantage/abs_mean": row("1", "mean absolute advantage of a step"),

  "learner/loss": row("1", "mean over updates of the weighted loss"),
  "learner/policy_loss": row("1", "its policy-gradient part"),
  "learner/ratio_mean": row("1", "mean of new over behaviour probability"),
  "learner/clip_frac": row("fraction", "targets whose ratio the clip cut"),
  "learner/entropy_nat": row("nat", "mean entropy of the distribution that a token was drawn from"),
  "learner/kl_nat": row("nat", "mean estimated distance to the reference policy"),
  "learner/grad_norm": row("1", "mean over updates of the global L2 norm before clipping"),
  "learner/grad_clipped_frac": row("fraction", "updates whose gradient was clipped"),
  "learner/learning_rate": row("1", "of this iteration"),
  "learner/updates_count": row("updates", "optimiser steps of this iteration"),
  "learner/rows_count": row("rows", "rows that the learner computed, all epochs"),
  "learner/targets_count": row("tokens", "targets of those rows"),
  "learner/untrainable_steps_count": row("steps", "steps whose every token was forced or masked"),
  "learner/zero_advantage_steps_count": row("steps", "rows left out because they cannot move a weight"),
  "learner/policy_version": row("updates", "optimiser steps since the policy was made"),

  "evaluation/success_frac": row("fraction", "held-out success at the rollout temperature"),
  "evaluation/success_low_frac": row("fraction", "lower end of its 95 % Wilson interval"),
  "evaluation/success_high_frac": row("fraction", "upper end of its 95 % Wilson interval"),
  "evaluation/greedy_success_frac": row("fraction", "held-out success of greedy decoding"),
  "evaluation/greedy_success_low_frac": row("fraction", "lower end of its 95 % Wilson interval"),
  "evaluation/greedy_success_high_frac": row("fraction", "upper end of its 95 % Wilson interval"),
  "evaluation/episodes_count": row("episodes", "whole episodes behind each rate"),
  "evaluation/failed_episodes_count": row("episodes", "broken by a fault, left out of the rates"),

  "time/generation_s": row("s", "wall time in which prompts and completions were made"),
  "time/environment_s": row("s", "wall time in which every episode waited for its world"),
  "time/rollout_s": row("s", "wall time of collecting the groups"),
  "time/advantage_s": row("s", "wall time of the advantages"),
  "time/learner_s": row("s", "wall time of the updates"),
  "time/checkpoint_s": row("s", "wall time of the checkpoint before this line (0: none)"),
  "time/evaluation_s": row("s", "wall time of an evaluation"),
  "memory/rss_mb": row("MB", "resident memory of all processes of the run together, now"),
} as const satisfies Record<string, MetricRow>;

export type MetricName = keyof typeof METRICS;
export type Metrics = { readonly [Name in MetricName]?: number };

/** The table as Markdown, for README.md. */
export function metricsTable(): string {
  const rows = Object.entries(METRICS).map(([name, { unit, meaning }]) => `| \`${name}\` | ${unit} | ${meaning} |`);
  return ["| metric | unit | meaning |", "| --- | --- | --- |", ...rows].join("\n");
}

/** True for metrics that depend on the machine and not on the seed alone. */
export function isMachineMetric(name: string): boolean {
  return name.startsWith("time/") || name.startsWith("memory/") || MACHINE_METRICS.has(name);
}

/** Which sessions were ready together, and what a lost server cost, is a matter of timing. */
const MACHINE_METRICS: ReadonlySet<string> = new Set([
  "rollout/batches_count",
  "rollout/batch_rows_mean",
  "rollout/prefilled_tokens_count",
  "rollout/reused_tokens_count",
  "rollout/evicted_blocks_count",
  "rollout/queued_rows_count",
  "rollout/discarded_steps_count",
  "rollout/group_retries_count",
]);
