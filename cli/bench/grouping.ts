// How long the advantages of one iteration take: GiGPO over 1,536 and 6,400 rows of 128 episodes, and its relatives.
// CPU time of the process, so that neighbours on the machine do not show; the wall time is beside it. Every repetition
// computes a batch of its own, because strings that were hashed once are faster the second time.

import { configureAlgorithm } from "../../client/algorithms/registry.ts";
import { type BenchRecord, cpuSeconds, median, type PeerFigure, quantile, rounded } from "./bench-record.ts";
import { generateRows } from "./grouping-rows.ts";

/** 16 groups of 8 episodes with 12 steps on average, and with 50 each. */
const BATCHES = [
  { rows: 1536, meanSteps: 12 },
  { rows: 6400, meanSteps: 50 },
] as const;
const GROUPS = 16;
const GROUP_SIZE = 8;

const SOURCE =
  "langfengQ/verl-agent 20bd331, gigpo/core_gigpo.py: its functions executed on another machine, float32, one CPU thread";
/** Sum of returns, grouping, step and episode statistics, per number of rows. */
const PEERS: Readonly<Record<number, PeerFigure>> = {
  1536: { peer: "verl-agent", value: 137, unit: "ms", source: SOURCE },
  6400: { peer: "verl-agent", value: 1031, unit: "ms", source: SOURCE },
};

/** Metric -> configuration; the first is the default that training uses. */
const CASES = {
  gigpo_ms: { name: "gigpo" },
  gigpo_hierarchical_ms: { name: "gigpo", anchor: "hierarchical" },
  gigpo_reference_ms: { name: "gigpo", preset: "reference" },
  hgpo_ms: { name: "hgpo" },
  grpo_ms: { name: "grpo" },
} as const;

export interface GroupingParams {
  /** Timed repetitions per case. */
  readonly repetitions: number;
  readonly seed: number;
}

const WARM_UPS = 5;

export async function* runGrouping(params: GroupingParams): AsyncIterable<BenchRecord> {
  for (const [metric, config] of Object.entries(CASES)) {
    const algorithm = configureAlgorithm(config);
    for (const { rows: rowCount, meanSteps } of BATCHES) {
      const cpuMs: number[] = [];
      const wallMs: number[] = [];
      for (let i = 0; i < WARM_UPS + params.repetitions; i++) {
        const rows = generateRows({ groups: GROUPS, groupSize: GROUP_SIZE, meanSteps, seed: params.seed + i });
        const spent = timeOf(() => algorithm.advantage(rows));
        if (i < WARM_UPS) continue;
        cpuMs.push(spent.cpuMs);
        wallMs.push(spent.wallMs);
      }
      yield {
        bench: "grouping",
        metric,
        value: rounded(median(cpuMs)),
        unit: "ms",
        params: {
          rows: rowCount,
          trajectories: GROUPS * GROUP_SIZE,
          config,
          repetitions: params.repetitions,
          p90: rounded(quantile(cpuMs, 0.9)),
          wallMs: rounded(median(wallMs)),
          ...(metric.startsWith("gigpo") ? { peers: [PEERS[rowCount]] } : {}),
        },
      };
    }
  }
}

function timeOf(work: () => { readonly advantage: Float64Array }): { readonly cpuMs: number; readonly wallMs: number } {
  const cpuStart = cpuSeconds();
  const wallStart = performance.now();
  const { advantage } = work();
  const wallMs = performance.now() - wallStart;
  const cpuMs = (cpuSeconds() - cpuStart) * 1_000;
  // Reading the result keeps the work from being optimised away, and a broken estimator from being fast.
  if (!advantage.every(Number.isFinite)) throw new Error("an advantage is not finite");
  return { cpuMs, wallMs };
}
