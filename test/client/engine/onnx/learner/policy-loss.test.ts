// The loss of the training graph on numbers by hand and, where they are, on the golden ones: value, parts and gradient
// with respect to the logprobs.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { encodeModel } from "../../../../../client/engine/onnx/graph/encode.ts";
import type { PolicyGradientForm } from "../../../../../client/engine/onnx/learner/loss-form.ts";
import { buildPolicyLossOnly } from "../../../../../client/engine/onnx/learner/policy-loss.ts";
import { f32, type HostTensors } from "../../../../../client/engine/onnx/session/graph-session.ts";
import { openOrtSession } from "../../../../../client/engine/onnx/session/ort-session.ts";
import { policyGradientLoss } from "../../../../../client/loss/reference-loss.ts";
import { RandomStream } from "../../../../../client/random.ts";

interface LossCase {
  readonly logprobs: readonly number[];
  readonly behaviour: readonly number[];
  readonly reference: readonly number[];
  readonly advantages: readonly number[];
  readonly weights: readonly number[];
  readonly clipLow: number;
  readonly clipHigh: number;
  readonly dualClip: number | null;
  readonly klCoefficient: number;
  readonly kl: "k1" | "k2" | "k3";
  readonly ratio?: PolicyGradientForm["ratio"];
  /** Targets of each row, in order; default: one row. */
  readonly rowLengths?: readonly number[];
}

async function run(example: LossCase): Promise<{ loss: number; gradient: number[]; outputs: HostTensors }> {
  const form: PolicyGradientForm = {
    name: "policy-gradient",
    masked: false,
    sparse: false,
    chunkRows: 0,
    attentionParts: 1,
    ratio: example.ratio ?? "token",
    dualClip: example.dualClip !== null,
    kl: example.klCoefficient === 0 ? null : example.kl,
    entropy: false,
  };
  const session = await openOrtSession(encodeModel(buildPolicyLossOnly(form)), { threads: 1, optimization: "all" });
  const vector = (values: readonly number[]) => f32(Float32Array.from(values), [values.length]);
  const scalar = (value: number) => f32(Float32Array.of(value), []);
  const outputs = await session.run({
    logprobs: vector(example.logprobs),
    weights: vector(example.weights),
    advantages: vector(example.advantages),
    behaviour: vector(example.behaviour),
    ratio_low: scalar(1 - example.clipLow),
    ratio_high: scalar(1 + example.clipHigh),
    ...(form.ratio === "token" ? {} : rowTensors(example)),
    ...(form.dualClip ? { dual_clip: scalar(example.dualClip as number) } : {}),
    ...(form.kl === null
      ? {}
      : { kl_coefficient: scalar(example.klCoefficient), reference: vector(example.reference) }),
  });
  await session.release();
  const perTarget = outputs["loss"]?.data as Float32Array;
  return {
    loss: example.weights.reduce((sum, weight, i) => sum + weight * (perTarget[i] as number), 0),
    gradient: numbersOf(outputs, "gradient"),
    outputs,
  };
}

function rowTensors({ logprobs, ratio, rowLengths = [logprobs.length] }: LossCase): HostTensors {
  const [B, N] = [rowLengths.length, logprobs.length];
  const rowOf = rowLengths.flatMap((length, row) => new Array<number>(length).fill(row));
  const table = (share: (row: number) => number) =>
    f32(
      Float32Array.from({ length: B * N }, (_, i) =>
        rowOf[i % N] === Math.floor(i / N) ? share(Math.floor(i / N)) : 0,
      ),
      [B, N],
    );
  const share = (row: number) => (ratio === "action" ? 1 : 1 / (rowLengths[row] as number));
  return { row_members: table(() => 1), row_shares: table(share) };
}

const numbersOf = (outputs: HostTensors, name: string): number[] => [...(outputs[name]!.data as Float32Array)];

const base: LossCase = {
  logprobs: [-1],
  behaviour: [-1],
  reference: [-1],
  advantages: [2],
  weights: [1],
  clipLow: 0.2,
  clipHigh: 0.2,
  dualClip: 3,
  klCoefficient: 0,
  kl: "k3",
};

test("at the first update the loss is minus the advantage and its gradient too", async () => {
  expect(await run(base)).toMatchObject({ loss: -2, gradient: [-2] });
});

test("beyond the clip in the direction of the advantage there is no gradient; against it there is", async () => {
  const above = await run({
    ...base,
    logprobs: [-0.5, -0.5],
    behaviour: [-1, -1],
    advantages: [1, -1],
    weights: [1, 1],
  });
  expect(above.gradient[0]).toBeCloseTo(0, 7);
  expect(above.gradient[1]).toBeCloseTo(Math.exp(0.5), 5);
  expect(numbersOf(above.outputs, "clipped")).toEqual([1, 0]);
});

test("dual clip bounds the loss of a negative advantage and leaves a positive one alone", async () => {
  const far = { ...base, logprobs: [1, 1], behaviour: [-1, -1], weights: [1, 1], advantages: [-1, 1] };
  const bounded = await run(far);
  expect(numbersOf(bounded.outputs, "policy")).toEqual([3, expect.closeTo(-1.2, 5)]);
  expect(bounded.gradient).toEqual([0, 0]);
  const unbounded = await run({ ...far, dualClip: null });
  expect(unbounded.gradient[0]).toBeCloseTo(Math.exp(2), 4);
});

test("the KL estimators are zero at equality and k3 stays finite where its exponential would overflow", async () => {
  for (const kl of ["k1", "k2", "k3"] as const) {
    const at = (reference: number) =>
      run({ ...base, advantages: [0], klCoefficient: 1, kl, reference: [reference] }).then((result) => result.loss);
    expect(await at(-1)).toBeCloseTo(0, 6);
    const d = 0.3;
    const expected = { k1: -d, k2: 0.5 * d * d, k3: Math.exp(d) - d - 1 }[kl];
    expect(await at(-1 + d)).toBeCloseTo(expected, 5);
    expect(Number.isFinite(await at(200))).toBe(true);
  }
});

const goldenFile = fileURLToPath(new URL("../../../../../../shared/data/golden/grpo.json", import.meta.url));
if (!existsSync(goldenFile)) console.info("skipped: ../shared/data/golden/grpo.json is not there");

test.skipIf(!existsSync(goldenFile))(
  "values and gradients are the golden ones for every case of every ratio",
  async () => {
    const { loss } = JSON.parse(readFileSync(goldenFile, "utf8"));
    const mask: number[][] = loss.mask;
    const flat = (table: number[][]) => table.flatMap((row, i) => row.filter((_, t) => mask[i]?.[t] === 1));
    const lengths = mask.map((row) => row.reduce((a, c) => a + c, 0));
    const ratios = new Map<string, number>();
    for (const { config, expected } of loss.cases) {
      const seen = ratios.get(config.ratio) ?? 0;
      ratios.set(config.ratio, seen + 1);
      const tokens = lengths.reduce((a, c) => a + c, 0);
      const weightOf: Record<string, (row: number) => number> = {
        tokenMean: () => 1 / tokens,
        sequenceMeanTokenMean: (row) => 1 / (lengths.length * (lengths[row] as number)),
        sequenceMeanTokenSum: () => 1 / lengths.length,
        constantNorm: () => 1 / (lengths.length * config.normalizer),
      };
      const result = await run({
        ...config,
        kl: "k3",
        rowLengths: lengths,
        logprobs: flat(loss.logp),
        behaviour: flat(loss.old),
        reference: flat(loss.ref),
        advantages: flat(loss.advantages),
        weights: flat(
          mask.map((row, i) => row.map(() => (weightOf[config.aggregation] as (row: number) => number)(i))),
        ),
      });
      expect(result.loss).toBeCloseTo(expected.loss, 6);
      flat(expected.gradient).forEach((value, i) => {
        expect(result.gradient[i]).toBeCloseTo(value, 6);
      });
    }
    expect([...ratios.keys()].sort()).toEqual(["action", "sequence", "token"]);
  },
);

test.each(["token", "action", "sequence"] as const)(
  "the %s ratio agrees with the reference in plain numbers: value, parts and gradient",
  async (ratio) => {
    const stream = new RandomStream(31);
    const rowLengths = [3, 1, 5, 2];
    const count = rowLengths.reduce((a, b) => a + b, 0);
    const draw = (scale: number) => Array.from({ length: count }, () => scale * stream.normal());
    const logprobs = draw(0.5).map((value) => value - 2);
    const noise = draw(0.6);
    const example: LossCase = {
      ...base,
      ratio,
      rowLengths,
      logprobs,
      behaviour: logprobs.map((value, i) => value + (noise[i] as number)),
      reference: logprobs.map((value, i) => value - (noise[i] as number)),
      advantages: draw(1),
      weights: new Array<number>(count).fill(1 / count),
      klCoefficient: 0.1,
      dualClip: 1.5,
    };
    const rows = (values: readonly number[]) => {
      const starts = rowLengths.map((_, row) => rowLengths.slice(0, row).reduce((a, b) => a + b, 0));
      return rowLengths.map((length, row) => values.slice(starts[row], (starts[row] as number) + length));
    };
    const expected = policyGradientLoss(
      {
        logp_BT: rows(example.logprobs),
        old_BT: rows(example.behaviour),
        ref_BT: rows(example.reference),
        advantages_BT: rows(example.advantages),
        mask_BT: rowLengths.map((length) => new Array<number>(length).fill(1)),
      },
      { ...example, ratio, klEstimator: "k3", aggregation: "tokenMean" },
    );
    const ours = await run(example);
    expect(ours.loss).toBeCloseTo(expected.loss, 5);
    const mean = (name: string) => numbersOf(ours.outputs, name).reduce((sum, value) => sum + value / count, 0);
    expect(mean("policy")).toBeCloseTo(expected.policyLoss, 5);
    expect(mean("kl")).toBeCloseTo(expected.kl, 5);
    expect(mean("clipped")).toBeCloseTo(expected.clipFraction, 6);
    expect(expected.clipFraction).toBeGreaterThan(0);
    expected.gradient_BT
      .flatMap((row) => [...row])
      .forEach((value, i) => {
        expect(ours.gradient[i], `target ${i}`).toBeCloseTo(value, 5);
      });
  },
);
