// One AdamW update as part of a graph, for devices on which weights and moments stay over many updates. Operation for
// operation the arithmetic of adamw.ts and grad-clip.ts: float64 between loads and stores of float32, so that both forms
// give the same bits where their gradients do. A device spends more on it than float32 would cost, and little beside a
// training step.   @see arXiv 1711.05101, Algorithm 2

import type { OptimStep } from "../../engine.ts";
import type { GraphBuilder } from "../graph/builder.ts";
import { add, compare, div, mul, sqrt, sub, where } from "../graph/ops/arithmetic.ts";
import { reduceSum } from "../graph/ops/broadcast.ts";
import { int, type Shape, subgraph, type Value } from "../graph/value.ts";
import type { ParameterSpec } from "../model/parameters.ts";
import { stepNumbers } from "./adamw.ts";
import { NORM_EPSILON } from "./grad-clip.ts";

/** One parameter between two updates, float32. */
export interface ParameterState {
  readonly weight: Value;
  readonly first: Value;
  readonly second: Value;
}

/** What the host computes of a step; one float64 each, in this order. */
const NUMBERS = [
  "beta1",
  "rest1",
  "beta2",
  "rest2",
  "epsilon",
  "rate",
  "root",
  "keptDecaying",
  "kept",
  "bound",
] as const;
type StepNumber = (typeof NUMBERS)[number];
export const STEP_NUMBER_COUNT = NUMBERS.length;

/** @param updateCount updates that are complete once this one is */
export function graphNumbers(step: OptimStep, updateCount: number): number[] {
  const bound = step.maxGradNorm > 0 ? step.maxGradNorm : Number.POSITIVE_INFINITY;
  const numbers: Readonly<Record<StepNumber, number>> = { ...stepNumbers(step, updateCount), bound };
  return NUMBERS.map((name) => numbers[name]);
}

export interface GraphUpdate {
  /** One per parameter; as they were where the gradient is not finite. */
  readonly states: readonly ParameterState[];
  /** Sum of squares of each parameter's gradient, float64 [P]: not finite where the gradient is not. */
  readonly squares: Value;
  /** Whether all of them are. */
  readonly allFinite: Value;
}

/** @param numbers float64 [STEP_NUMBER_COUNT] */
export function adamwUpdate(
  b: GraphBuilder,
  specs: readonly ParameterSpec[],
  states: readonly ParameterState[],
  gradients: readonly Value[],
  numbers: Value,
): GraphUpdate {
  const squares = gradients.map((gradient) => {
    const wide = toFloat64(b, gradient);
    const sum = reduceSum(b, mul(b, wide, wide), [...wide.shape.keys()], false);
    return b.emitOne("Reshape", [sum, b.int64s([1])], [1]);
  });
  const all = b.emitOne("Concat", squares, [squares.length], { attributes: { axis: int(0) } });
  const total = reduceSum(b, all, [0], false);
  const finite = compare(b, "Less", total, b.scalar("float64", Number.POSITIVE_INFINITY));

  const changed = b.inner("update");
  const numberOf = (name: StepNumber) =>
    changed.emitOne("Gather", [numbers, changed.scalar("int64", NUMBERS.indexOf(name))], []);
  const known = Object.fromEntries(NUMBERS.map((name) => [name, numberOf(name)])) as Record<StepNumber, Value>;
  const norm = sqrt(changed, total);
  const factor = where(
    changed,
    compare(changed, "Greater", norm, known.bound),
    div(changed, known.bound, add(changed, norm, changed.scalar("float64", NORM_EPSILON))),
    changed.scalar("float64", 1),
  );
  changed.results(
    states.flatMap((state, i) => {
      const kept = specs[i]?.decays === true ? known.keptDecaying : known.kept;
      const next = updated(changed, state, gradients[i] as Value, { ...known, kept }, factor);
      return [next.weight, next.first, next.second];
    }),
  );

  const unchanged = b.inner("no_update");
  const flat = states.flatMap(({ weight, first, second }) => [weight, first, second]);
  unchanged.results(flat.map((value) => unchanged.emitOne("Identity", [value], value.shape)));
  const outputs = b.emit({
    op: "If",
    inputs: [finite],
    outputs: flat.map(({ dtype, shape }) => ({ dtype, shape })),
    attributes: { then_branch: subgraph(changed.finish()), else_branch: subgraph(unchanged.finish()) },
  });
  return {
    states: states.map((_, i) => {
      const [weight, first, second] = outputs.slice(3 * i, 3 * i + 3) as [Value, Value, Value];
      return { weight, first, second };
    }),
    squares: all,
    allFinite: finite,
  };
}

function updated(
  b: GraphBuilder,
  state: ParameterState,
  gradient: Value,
  step: Readonly<Record<StepNumber, Value>>,
  factor: Value,
): ParameterState {
  const [weight, first, second] = [state.weight, state.first, state.second].map((value) => toFloat64(b, value)) as [
    Value,
    Value,
    Value,
  ];
  const g = mul(b, toFloat64(b, gradient), factor);
  const m = add(b, mul(b, step.beta1, first), mul(b, step.rest1, g));
  const v = add(b, mul(b, step.beta2, second), mul(b, mul(b, step.rest2, g), g));
  const width = add(b, mul(b, sqrt(b, v), step.root), step.epsilon);
  const next = sub(b, mul(b, weight, step.kept), div(b, mul(b, step.rate, m), width));
  const stored = (x: Value) => cast(b, x, "float32", 1, weight.shape);
  return { weight: stored(next), first: stored(m), second: stored(v) };
}

function toFloat64(b: GraphBuilder, x: Value): Value {
  return cast(b, x, "float64", 11, x.shape);
}

function cast(b: GraphBuilder, x: Value, dtype: "float32" | "float64", code: number, shape: Shape): Value {
  return b.emitOne("Cast", [x], shape, { dtype, attributes: { to: int(code) } });
}
