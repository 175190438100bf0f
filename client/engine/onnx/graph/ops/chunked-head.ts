// The head over a large vocabulary without all of its logits at once: rows go through a Loop, R at a time, each turn making
// their logits, logprob of the target and entropy, and keeping only the latter two. The derivative makes the logits again:
//   d logits = g_lp (onehot - p) - g_H p (log p + H),   times the inverse temperature,
// which goes back to the rows and, where the head trains, adds to its one gradient. Memory R V instead of several N V, for
// one more product with the head.   Axis suffixes: N row (a multiple of R), R row of a turn, D width, V vocabulary.

import type { GraphBuilder } from "../builder.ts";
import { type Dim, int, subgraph, type Value } from "../value.ts";
import { add, exp, mul, neg, sub } from "./arithmetic.ts";
import { expand, reduceSum } from "./broadcast.ts";
import { addElements } from "./gather.ts";
import { linear, linearTransposed } from "./matmul.ts";
import { reshape } from "./shape.ts";
import { logSoftmax } from "./softmax.ts";

export interface ChunkedHead {
  /** Normed rows [N, D]. */
  readonly rows: Value;
  /** [D, V], or [V, D] of a tied embedding. */
  readonly weight: Value;
  readonly isTransposed: boolean;
  /** Whether the weight's gradient is wanted: it is as large as the weight, and each turn adds to it. */
  readonly trainsWeight: boolean;
  /** int64 [N] */
  readonly targets: Value;
  /** [N, 1] */
  readonly inverseTemperature: Value;
  /** Tokens that a row may choose among, int64 [N, K], repeated where fewer; base [N, 1] is 0 where all are allowed. */
  readonly allowed: { readonly tokens: Value; readonly base: Value } | null;
  /** int64 [C]: first row of each turn. */
  readonly starts: Value;
  /** R. */
  readonly chunkRows: number;
}

/** Logprobs of the targets and entropies, [N] each. */
export function chunkedHead(b: GraphBuilder, head: ChunkedHead): { readonly logprobs: Value; readonly entropy: Value } {
  const { rows, weight, chunkRows: R } = head;
  const [N, C] = [rows.shape[0] as Dim, head.starts.shape[0] as Dim];
  const body = loopBody(b, "head_forward");
  const turn = turnOf(body, head);
  body.results([body.condition, turn.logprob, turn.entropy]);
  const outputs = b.emit({
    op: "Loop",
    inputs: [b.dim(C), b.constant("bool", [], [1])],
    outputs: [
      { dtype: "float32", shape: [C, R] },
      { dtype: "float32", shape: [C, R] },
    ],
    attributes: { body: subgraph(body.builder.finish()) },
    captures: [rows, weight],
    vjp: ([logprobGradient, entropyGradient]) => {
      const pulled = pullBack(b, head, logprobGradient, entropyGradient);
      return [undefined, undefined, pulled.rows, pulled.weight];
    },
  });
  const [logprobs, entropy] = outputs.map((output) => flattened(b, output, N));
  return { logprobs: logprobs as Value, entropy: entropy as Value };
}

/** [C, R] as [N]; the sizes are equal, which symbols cannot tell. */
function flattened(b: GraphBuilder, x: Value, N: Dim): Value {
  return b.emitOne("Reshape", [x, b.int64s([-1])], [N], {
    vjp: ([g]) => [b.emitOne("Reshape", [g!, b.emitOne("Shape", [x], [2], { dtype: "int64" })], x.shape)],
  });
}

interface LoopBody {
  readonly builder: GraphBuilder;
  /** Number of the turn. */
  readonly step: Value;
  readonly condition: Value;
  results(values: readonly Value[]): void;
}

function loopBody(b: GraphBuilder, name: string): LoopBody {
  const builder = b.inner(name);
  const step = builder.input(`${name}_step`, "int64", []);
  const condition = builder.input(`${name}_condition`, "bool", []);
  const goesOn = builder.emitOne("Identity", [condition], []);
  return { builder, step, condition: goesOn, results: (values) => builder.results(values) };
}

interface Turn {
  readonly rows: Value;
  readonly logprob: Value;
  readonly entropy: Value;
  /** [R, V] */
  readonly distribution: Value;
  readonly targets_R1: Value;
  readonly inverseTemperature: Value;
  /** Rows of this turn, of anything with N of them. */
  cut(x: Value): Value;
}

function turnOf({ builder: b, step }: LoopBody, head: ChunkedHead): Turn {
  const { weight, isTransposed, allowed, chunkRows: R } = head;
  const start = b.emitOne("Gather", [head.starts, reshape(b, step, [1])], [1], { attributes: { axis: int(0) } });
  const end = add(b, start, b.int64s([R]));
  const cut = (x: Value) => b.emitOne("Slice", [x, start, end, b.int64s([0])], x.shape.with(0, R));
  const rows = cut(head.rows);
  const inverseTemperature = cut(head.inverseTemperature);
  const logits = isTransposed ? linearTransposed(b, rows, weight) : linear(b, rows, weight);
  let tempered = mul(b, logits, inverseTemperature);
  if (allowed !== null) {
    tempered = add(b, tempered, maskOf(b, cut(allowed.tokens), cut(allowed.base), logits.shape[1] as Dim));
  }
  const distribution = logSoftmax(b, tempered);
  const targets_R1 = reshape(b, cut(head.targets), [R, 1]);
  const picked = b.emitOne("GatherElements", [distribution, targets_R1], [R, 1], { attributes: { axis: int(1) } });
  const entropy = neg(b, reduceSum(b, mul(b, exp(b, distribution), distribution), [1], false));
  return { rows, logprob: reshape(b, picked, [R]), entropy, distribution, targets_R1, inverseTemperature, cut };
}

/** What to add to rows of V logits: 0 at the allowed tokens, int64 [R, K], and `base` [R, 1] elsewhere. */
export function maskOf(b: GraphBuilder, tokens: Value, base: Value, V: Dim): Value {
  const everywhere = expand(b, base, [tokens.shape[0] as Dim, V]);
  const zeros = b.emitOne("Mul", [toFloat(b, tokens), b.scalar("float32", 0)], tokens.shape);
  return b.emitOne("ScatterElements", [everywhere, tokens, zeros], everywhere.shape, { attributes: { axis: int(1) } });
}

/** @param logprobGradient [C, R], as is that of the entropy; undefined: none */
function pullBack(
  b: GraphBuilder,
  head: ChunkedHead,
  logprobGradient: Value | undefined,
  entropyGradient: Value | undefined,
): { readonly rows: Value; readonly weight: Value | undefined } {
  const { rows, weight, isTransposed, trainsWeight, chunkRows: R } = head;
  const C = head.starts.shape[0] as Dim;
  const loop = loopBody(b, "head_backward");
  const body = loop.builder;
  const carried = trainsWeight ? body.input("head_gradient", "float32", weight.shape) : undefined;
  const turn = turnOf(loop, head);
  const ofTurn = (gradient: Value) => {
    const row = body.emitOne("Gather", [gradient, reshape(body, loop.step, [1])], [1, R], {
      attributes: { axis: int(0) },
    });
    return reshape(body, row, [R, 1]);
  };
  const zero = body.constant("float32", [1, 1], [0]);
  const onLogprob = logprobGradient === undefined ? expand(body, zero, [R, 1]) : ofTurn(logprobGradient);
  let factor = neg(body, onLogprob);
  if (entropyGradient !== undefined) {
    const surprise = add(body, turn.distribution, reshape(body, turn.entropy, [R, 1]));
    factor = sub(body, factor, mul(body, ofTurn(entropyGradient), surprise));
  }
  const spread = mul(body, exp(body, turn.distribution), factor);
  const onTempered = addElements(body, spread, turn.targets_R1, onLogprob, 1);
  const onLogits = mul(body, onTempered, turn.inverseTemperature);
  const onRows = isTransposed
    ? body.emitOne("MatMul", [onLogits, weight], turn.rows.shape)
    : body.emitOne("Gemm", [onLogits, weight], turn.rows.shape, { attributes: { transB: int(1) } });
  const results = [loop.condition];
  if (carried !== undefined) {
    const [left, right] = isTransposed ? [onLogits, turn.rows] : [turn.rows, onLogits];
    results.push(body.emitOne("Gemm", [left, right, carried], weight.shape, { attributes: { transA: int(1) } }));
  }
  loop.results([...results, onRows]);
  const outputs = b.emit({
    op: "Loop",
    inputs: [b.dim(C), b.constant("bool", [], [1]), ...(trainsWeight ? [expand(b, zero, weight.shape)] : [])],
    outputs: [
      ...(trainsWeight ? [{ dtype: "float32" as const, shape: weight.shape }] : []),
      { dtype: "float32", shape: [C, R, rows.shape[1] as Dim] },
    ],
    attributes: { body: subgraph(body.finish()) },
  });
  const onAllRows = b.emitOne("Reshape", [outputs.at(-1), b.int64s([-1, rows.shape[1] as number])], rows.shape, {
    dtype: "float32",
  });
  return { rows: onAllRows, weight: trainsWeight ? outputs[0] : undefined };
}

function toFloat(b: GraphBuilder, x: Value): Value {
  return b.emitOne("Cast", [x], x.shape, { dtype: "float32", attributes: { to: int(1) } });
}
