// Drawing the next token inside a graph: temperature, log-softmax, an inverse CDF over uniforms from the host, stop flags.
// Pure, so the same uniforms give the same tokens. Axis suffixes: B row, U step, K stop token, V vocabulary.

import type { GraphBuilder } from "../graph/builder.ts";
import { add, compare, mul } from "../graph/ops/arithmetic.ts";
import { expand } from "../graph/ops/broadcast.ts";
import { pickPerRow, toInt64 } from "../graph/ops/gather.ts";
import { reshape } from "../graph/ops/shape.ts";
import { logSoftmax } from "../graph/ops/softmax.ts";
import { int, type Value } from "../graph/value.ts";

/** The largest uniform that keeps its float32 product with any total below the total. */
export const JUST_BELOW_ONE = 1 - 2 ** -23;

/** What the rows of a run have in common; it leaves operators out and changes no number. */
export interface DecodeFlavour {
  /** Which rows draw, and which take the most probable token. */
  readonly draws: "all" | "some" | "none";
  /** Some row's temperature is not 1; else both logprobs are the same. */
  readonly tempered: boolean;
}

export interface DrawInputs {
  readonly uniforms: Value;
  readonly maxTokens: Value;
  readonly stops: Value;
  readonly leaveAt: Value;
  readonly inverseTemperature: Value | undefined;
  readonly draws: DecodeFlavour["draws"];
  /** bool [B], where some rows draw and some do not. */
  readonly greedy: Value | undefined;
}

export function drawStep(b: GraphBuilder, inputs: DrawInputs, logits: Value, step: Value, endedBefore: Value) {
  const plain = logSoftmax(b, logits);
  const distribution =
    inputs.inverseTemperature === undefined ? plain : logSoftmax(b, mul(b, logits, inputs.inverseTemperature));
  const token = drawToken(b, inputs, distribution, step);
  const isStop = compare(b, "Equal", inputs.stops, reshape(b, token, ["B", 1]));
  const stopCount = b.emitOne("ReduceMax", [cast(b, isStop, "int32", 6), b.int64s([1])], ["B"], {
    attributes: { keepdims: int(0) },
  });
  const isFull = compare(b, "GreaterOrEqual", add(b, step, b.scalar("int64", 1)), inputs.maxTokens);
  const isLast = b.emitOne("Or", [cast(b, stopCount, "bool", 9), isFull], ["B"]);
  const ended = b.emitOne("Or", [endedBefore, isLast], ["B"]);
  const endedCount = b.emitOne("ReduceSum", [cast(b, ended, "int32", 6), b.int64s([0])], [], {
    attributes: { keepdims: int(0) },
  });
  const logprob = pickPerRow(b, distribution, token);
  return {
    token,
    ended,
    goesOn: compare(b, "Less", endedCount, inputs.leaveAt),
    logprob,
    untempered: distribution === plain ? logprob : pickPerRow(b, plain, token),
  };
}

/**
 * The first token whose cumulated probability exceeds u times the total. Two levels, blocks of about sqrt(V) and then
 * within the block: short float32 sums are exact enough for vocabularies of 10^5, and cheap.
 */
function drawToken(b: GraphBuilder, inputs: DrawInputs, distribution: Value, step: Value): Value {
  const V = distribution.shape[1] as number;
  const mostProbable = () =>
    b.emitOne("ArgMax", [distribution], ["B"], {
      dtype: "int64",
      attributes: { axis: int(1), keepdims: int(0), select_last_index: int(0) },
    });
  if (inputs.draws === "none") return mostProbable();
  const blockSize = Math.ceil(Math.sqrt(V) / 16) * 16;
  const blockCount = Math.ceil(V / blockSize);
  const exact = b.emitOne("Exp", [distribution], ["B", V]);
  const padding = blockCount * blockSize - V;
  const padded = padding === 0 ? exact : b.emitOne("Pad", [exact, b.int64s([0, 0, 0, padding])], ["B", V + padding]);
  const blocks = reshape(b, padded, ["B", blockCount, blockSize]);
  const masses = b.emitOne("ReduceSum", [blocks, b.int64s([2])], ["B", blockCount], {
    attributes: { keepdims: int(0) },
  });
  const cumulated = b.emitOne("CumSum", [masses, b.scalar("int64", 1)], ["B", blockCount]);
  const total = b.emitOne("Gather", [cumulated, b.int64s([blockCount - 1])], ["B", 1], {
    attributes: { axis: int(1) },
  });
  const uniform = b.emitOne("Gather", [inputs.uniforms, step], ["B"], { attributes: { axis: int(0) } });
  const threshold = mul(b, reshape(b, uniform, ["B", 1]), total);
  const block = firstBeyond(b, cumulated, threshold, blockCount);
  const before = b.emitOne("Sub", [pickColumn(b, cumulated, block), pickColumn(b, masses, block)], ["B", 1]);
  const index = expand(b, reshape(b, block, ["B", 1, 1]), ["B", 1, blockSize]);
  const inside = reshape(
    b,
    b.emitOne("GatherElements", [blocks, index], ["B", 1, blockSize], { attributes: { axis: int(1) } }),
    ["B", blockSize],
  );
  const sums = b.emitOne("CumSum", [inside, b.scalar("int64", 1)], ["B", blockSize]);
  const last = b.emitOne("Gather", [sums, b.int64s([blockSize - 1])], ["B", 1], { attributes: { axis: int(1) } });
  // Below the block's last sum, so that the token exists and has mass although both levels round differently.
  const below = mul(b, last, b.scalar("float32", JUST_BELOW_ONE));
  const rest = b.emitOne("Min", [b.emitOne("Sub", [threshold, before], ["B", 1]), below], ["B", 1]);
  const place = firstBeyond(b, sums, rest, blockSize);
  const drawn = reshape(b, add(b, mul(b, block, b.scalar("int64", blockSize)), place), ["B"]);
  if (inputs.greedy === undefined) return drawn;
  return b.emitOne("Where", [inputs.greedy, mostProbable(), drawn], ["B"], { dtype: "int64" });
}

/** Index of the first column above a threshold [B, 1], the last column where none is: int64 [B, 1]. */
function firstBeyond(b: GraphBuilder, sums: Value, threshold: Value, count: number): Value {
  const passed = compare(b, "LessOrEqual", sums, threshold);
  const index = b.emitOne("ReduceSum", [cast(b, passed, "int32", 6), b.int64s([1])], ["B", 1], {
    attributes: { keepdims: int(1) },
  });
  return toInt64(b, b.emitOne("Min", [index, b.scalar("int32", count - 1)], ["B", 1]));
}

function pickColumn(b: GraphBuilder, x: Value, column: Value): Value {
  return b.emitOne("GatherElements", [x, column], ["B", 1], { attributes: { axis: int(1) } });
}

export function cast(b: GraphBuilder, x: Value, dtype: "int32" | "bool", code: number): Value {
  return b.emitOne("Cast", [x], x.shape, { dtype, attributes: { to: int(code) } });
}
