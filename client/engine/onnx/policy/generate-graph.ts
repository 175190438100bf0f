// A whole completion in one graph: right-padded prompts with lengths of their own are read, then one Loop draws a token
// per row and step: final norm, head, temperature, draw, stop flags, embedding, layers. The draw is an inverse CDF over
// uniforms from the host, so the graph is pure. A run per token would copy the cache out at every step.
// Axis suffixes: B row, T prompt token, S token in reach, U step, K stop token, V vocabulary.

import { GraphBuilder } from "../graph/builder.ts";
import { add, compare, mul } from "../graph/ops/arithmetic.ts";
import { expand } from "../graph/ops/broadcast.ts";
import { pickPerRow, toInt64 } from "../graph/ops/gather.ts";
import { concat } from "../graph/ops/layout.ts";
import { reshape } from "../graph/ops/shape.ts";
import { logSoftmax } from "../graph/ops/softmax.ts";
import { type Graph, int, subgraph, type Value } from "../graph/value.ts";
import type { DecoderConfig } from "../model/config.ts";
import { decode, headLogits, int32Input, type LayerCache, type Readouts, weightValues } from "../model/decoder.ts";

/**
 * Inputs: tokens, positions [B, T]; mask [1,1,1,T,T]; readouts of the last tokens (rows [B], positions [B, 1], mask
 * [B,1,1,1,T]); lengths, max_tokens [B]; uniforms [U, B]; inverse_temperature [B, 1]; greedy int32 [B]; stops int32 [B, K], -1 where none.
 * Outputs: drawn int32 [steps, B] and logprobs [steps, B]; what follows a row's end is to be ignored.
 */
export function buildGenerateGraph(config: DecoderConfig): Graph {
  const b = new GraphBuilder("generate");
  const weights = weightValues(b, config);
  // What a prompt's last token sees is what every later one sees of the prompt.
  const readouts: Readouts = {
    rows: int32Input(b, "readout_rows", ["B"]),
    positions_BM: int32Input(b, "readout_positions", ["B", 1]),
    mask: b.input("readout_mask", "float32", ["B", 1, 1, 1, "T"]),
  };
  const { hidden, caches } = decode(b, config, weights, {
    tokens_BT: int32Input(b, "tokens", ["B", "T"]),
    positions_BT: int32Input(b, "positions", ["B", "T"]),
    mask: b.input("mask", "float32", [1, 1, 1, "T", "T"]),
    readouts,
  });
  const first = reshape(b, hidden, ["B", config.hiddenSize]);
  const inputs: StepInputs = {
    lengths: int32Input(b, "lengths", ["B"]),
    maxTokens: int32Input(b, "max_tokens", ["B"]),
    uniforms: b.input("uniforms", "float32", ["U", "B"]),
    inverseTemperature: b.input("inverse_temperature", "float32", ["B", 1]),
    greedy: compare(b, "Equal", b.input("greedy", "int32", ["B"]), b.scalar("int32", 1)),
    stops: int32Input(b, "stops", ["B", "K"]),
  };
  const body = b.inner("step");
  // The order that Loop wants of its body: step number, condition, then what is carried.
  const step = body.input("step_number", "int64", []);
  body.input("step_condition", "bool", []);
  const state: StepState = {
    step,
    hidden: body.input("step_hidden", "float32", ["B", config.hiddenSize]),
    ended: body.input("step_ended", "bool", ["B"]),
    mask: body.input("step_mask", "float32", ["B", 1, 1, 1, "S"]),
    caches: caches.map((_, layer) => ({
      keys: body.input(`step_keys_${layer}`, "float32", ["B", config.kvHeadCount, "S", config.headDim]),
      values: body.input(`step_values_${layer}`, "float32", ["B", config.kvHeadCount, "S", config.headDim]),
    })),
  };
  const loopBody = buildStep(body, config, weights, inputs, state);
  const notEnded = expand(b, b.constant("bool", [1], [0]), ["B"]);
  const carried = [first, notEnded, readouts.mask, ...caches.flatMap(({ keys, values }) => [keys, values])];
  const [drawn, logprobs] = b
    .emit({
      op: "Loop",
      inputs: [b.dim("U"), b.constant("bool", [], [1]), ...carried],
      outputs: [
        ...carried.map(({ dtype, shape }) => ({ dtype, shape })),
        { dtype: "int32", shape: ["steps", "B"] },
        { dtype: "float32", shape: ["steps", "B"] },
      ],
      attributes: { body: subgraph(loopBody) },
    })
    .slice(-2);
  b.output("drawn", drawn as Value);
  b.output("logprobs", logprobs as Value);
  return b.finish();
}

interface StepInputs {
  readonly lengths: Value;
  readonly maxTokens: Value;
  readonly uniforms: Value;
  readonly inverseTemperature: Value;
  readonly greedy: Value;
  readonly stops: Value;
}

interface StepState {
  readonly step: Value;
  readonly hidden: Value;
  readonly ended: Value;
  readonly mask: Value;
  readonly caches: readonly LayerCache[];
}

function buildStep(
  b: GraphBuilder,
  config: DecoderConfig,
  weights: ReturnType<typeof weightValues>,
  inputs: StepInputs,
  state: StepState,
): Graph {
  const { step } = state;
  const tempered = mul(b, headLogits(b, config, weights, state.hidden), inputs.inverseTemperature);
  const distribution = logSoftmax(b, tempered);
  const uniform = b.emitOne("Gather", [inputs.uniforms, step], ["B"], { attributes: { axis: int(0) } });
  const token = drawInGraph(b, inputs, distribution, uniform);

  const isStop = compare(b, "Equal", inputs.stops, reshape(b, token, ["B", 1]));
  const stopCount = b.emitOne("ReduceMax", [cast(b, isStop, "int32", 6), b.int64s([1])], ["B"], {
    attributes: { keepdims: int(0) },
  });
  const used = add(b, step, b.scalar("int64", 1));
  const isFull = compare(b, "GreaterOrEqual", used, inputs.maxTokens);
  const isLast = b.emitOne("Or", [cast(b, stopCount, "bool", 9), isFull], ["B"]);
  const ended = b.emitOne("Or", [state.ended, isLast], ["B"]);
  const endedCount = b.emitOne("ReduceMin", [cast(b, ended, "int32", 6), b.int64s([0])], [], {
    attributes: { keepdims: int(0) },
  });
  const goesOn = b.emitOne("Not", [cast(b, endedCount, "bool", 9)], []);

  const visible = expand(b, b.constant("float32", [1, 1, 1, 1, 1], [0]), ["B", 1, 1, 1, 1]);
  const mask = concat(b, [state.mask, visible], 4, "S+1");
  const next = decode(b, config, weights, {
    tokens_BT: reshape(b, token, ["B", 1]),
    positions_BT: reshape(b, add(b, inputs.lengths, step), ["B", 1]),
    mask,
    past: state.caches,
  });
  const carried = [next.hidden, ended, mask, ...next.caches.flatMap(({ keys, values }) => [keys, values])];
  b.results([goesOn, ...carried, cast(b, token, "int32", 6), pickPerRow(b, distribution, token)]);
  return b.finish();
}

/**
 * The first token whose cumulated probability exceeds u times the last one: the sums end near 1, not at it. u below 1
 * keeps the product below the last sum, so the token exists and has mass.
 */
function drawInGraph(b: GraphBuilder, inputs: StepInputs, distribution: Value, uniform: Value): Value {
  const V = distribution.shape[1] as number;
  const probabilities = b.emitOne("Exp", [distribution], ["B", V]);
  const cumulated = b.emitOne("CumSum", [probabilities, b.scalar("int64", 1)], ["B", V]);
  const total = b.emitOne("Slice", [cumulated, b.int64s([V - 1]), b.int64s([V]), b.int64s([1])], ["B", 1]);
  const threshold = mul(b, reshape(b, uniform, ["B", 1]), total);
  const passed = compare(b, "LessOrEqual", cumulated, threshold);
  const count = b.emitOne("ReduceSum", [cast(b, passed, "int32", 6), b.int64s([1])], ["B"], {
    attributes: { keepdims: int(0) },
  });
  const greedy = b.emitOne("ArgMax", [distribution], ["B"], {
    dtype: "int64",
    attributes: { axis: int(1), keepdims: int(0), select_last_index: int(0) },
  });
  return b.emitOne("Where", [inputs.greedy, greedy, toInt64(b, count)], ["B"], { dtype: "int64" });
}

function cast(b: GraphBuilder, x: Value, dtype: "int32" | "bool", code: number): Value {
  return b.emitOne("Cast", [x], x.shape, { dtype, attributes: { to: int(code) } });
}
