// The plug-in contract: an algorithm is data over shared pure functions. It never sees an engine, a clock or a global
// random number, and what it drops it counts in `diagnostics`. One file per algorithm; registry.ts names them.
// Source: specs/algorithms.md section 1, narrowed to what the path needs (no hooks, one policy, token losses).

import type { z } from "zod";
import type { AdvantageRow } from "../advantage/rows.ts";
import type { Aggregation } from "../loss/token-weights.ts";
import type { AgentStep } from "../types.ts";

/** How rollouts are drawn: G episodes per task from one initial state, none branching. */
export type SamplerKind = "independent";

/** What an estimator returns: one number per row, in the order of the rows. */
export interface AdvantageResult {
  readonly advantage: Float64Array;
  /** Part that compares whole episodes. */
  readonly episodeAdvantage: Float64Array;
  /** Part that compares steps, before its weight; zeros where the algorithm has none. */
  readonly stepAdvantage: Float64Array;
  /** Metrics by name, "advantage/quantity_unit"; the table of metrics (observe/metrics.ts) gives unit and meaning. */
  readonly diagnostics: Readonly<Record<string, number>>;
}

/** Which loss the advantages are made for; clip, KL and entropy are settings of training. */
export interface AlgorithmLoss {
  readonly kind: "policyGradient";
  /** token: exp(lp - old) of each token. */
  readonly ratio: "token";
  /** What the paper uses, as the default of training. */
  readonly aggregation: Aggregation;
}

export interface Algorithm<Config extends object> {
  readonly name: string;
  readonly sampler: SamplerKind;
  /** Refuses what the algorithm cannot honour, with a path and an expectation; fills defaults and presets. */
  readonly configSchema: z.ZodType<Config>;
  /** The tuple of a row's comparison group, compared by its parts. */
  groupKey(row: AdvantageRow, config: Config): readonly string[];
  /** @throws {RowError} when a row lacks what the configuration needs. */
  advantage(rows: readonly AdvantageRow[], config: Config): AdvantageResult;
  /** Tokens that train, 1 or 0; absent: the drawn ones. */
  tokenMask?(step: AgentStep, config: Config): Uint8Array;
  readonly loss: AlgorithmLoss;
  /** The policy that a row trains; there is one. */
  router(row: AdvantageRow, config: Config): string;
}

/** Drop groups without spread and sample again, up to `maxBatches` rollouts per iteration. */
export interface DynamicSampling {
  readonly enabled: boolean;
  readonly maxBatches: number;
}

/** An algorithm with its checked configuration: what training and the command line hold. */
export interface ConfiguredAlgorithm {
  readonly name: string;
  readonly sampler: SamplerKind;
  /** Every switch with its value, as a run freezes it. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly dynamicSampling: DynamicSampling;
  readonly loss: AlgorithmLoss;
  groupKey(row: AdvantageRow): readonly string[];
  advantage(rows: readonly AdvantageRow[]): AdvantageResult;
  /** Tokens of a step that train, 1 or 0. */
  tokenMask(step: AgentStep): Uint8Array;
  router(row: AdvantageRow): string;
}
