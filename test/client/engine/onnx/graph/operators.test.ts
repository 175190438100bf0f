// Every derivative rule against finite differences, with broadcasting, size-1 axes, symbols and repeated indices.
import { expect, test } from "vitest";
import { gradientsOf, stopGradient } from "../../../../../client/engine/onnx/graph/autodiff.ts";
import { GraphBuilder } from "../../../../../client/engine/onnx/graph/builder.ts";
import { encodeModel } from "../../../../../client/engine/onnx/graph/encode.ts";
import { sigmoid, silu, swiglu } from "../../../../../client/engine/onnx/graph/ops/activation.ts";
import * as math from "../../../../../client/engine/onnx/graph/ops/arithmetic.ts";
import { attendCausally } from "../../../../../client/engine/onnx/graph/ops/attention.ts";
import { expand, reduceSum } from "../../../../../client/engine/onnx/graph/ops/broadcast.ts";
import { gatherRows, pickRows } from "../../../../../client/engine/onnx/graph/ops/gather.ts";
import * as layout from "../../../../../client/engine/onnx/graph/ops/layout.ts";
import { linear, linearTransposed, matMul } from "../../../../../client/engine/onnx/graph/ops/matmul.ts";
import { reduceMean } from "../../../../../client/engine/onnx/graph/ops/mean.ts";
import { rmsNorm } from "../../../../../client/engine/onnx/graph/ops/rms-norm.ts";
import { rotary } from "../../../../../client/engine/onnx/graph/ops/rotary.ts";
import * as shape from "../../../../../client/engine/onnx/graph/ops/shape.ts";
import { logSoftmax, logSoftmaxAt, softmax, softmaxMix } from "../../../../../client/engine/onnx/graph/ops/softmax.ts";
import type { Value } from "../../../../../client/engine/onnx/graph/value.ts";
import { openOrtSession } from "../../../../../client/engine/onnx/session/ort-session.ts";
import { checkGradients, type OperatorCase } from "./finite-difference.ts";

const pair = (a: OperatorCase["inputs"][number]["shape"], c: OperatorCase["inputs"][number]["shape"]) => [
  { shape: a },
  { shape: c },
];
const sizes = { N: 5, M: 3 };

/** What each of so many tokens sees, by rows. */
const causal = (size: number): number[] =>
  Array.from({ length: size * size }, (_, i) => (i % size > Math.floor(i / size) ? -1e30 : 0));
/** The same numbers under the symbols of a graph. */
const reshapeTo = (b: GraphBuilder, mask: Value): Value =>
  b.emitOne("Reshape", [mask, b.int64s([1, 1, 1, 6, 6])], [1, 1, 1, "3*C", "3*C"]);

const cases: OperatorCase[] = [
  { name: "add, broadcast", inputs: pair([2, 1, 3], [4, 1]), build: (b, [x, y]) => math.add(b, x!, y!) },
  { name: "sub, scalar", inputs: pair([2, 3], []), build: (b, [x, y]) => math.sub(b, x!, y!) },
  { name: "mul, broadcast", inputs: pair(["N", 3], [3]), sizes, build: (b, [x, y]) => math.mul(b, x!, y!) },
  { name: "mul, same value", inputs: [{ shape: [4] }], build: (b, [x]) => math.mul(b, x!, x!) },
  { name: "div", inputs: pair([2, 3], [2, 1]), range: [0.5, 2], build: (b, [x, y]) => math.div(b, x!, y!) },
  { name: "neg", inputs: [{ shape: [3] }], build: (b, [x]) => math.neg(b, x!) },
  { name: "exp", inputs: [{ shape: [2, 2] }], build: (b, [x]) => math.exp(b, x!) },
  { name: "log", inputs: [{ shape: [4] }], range: [0.5, 3], build: (b, [x]) => math.log(b, x!) },
  { name: "sqrt", inputs: [{ shape: [4] }], range: [0.5, 3], build: (b, [x]) => math.sqrt(b, x!) },
  { name: "min", inputs: pair([5, 3], [3]), build: (b, [x, y]) => math.min(b, x!, y!) },
  { name: "max", inputs: pair([5, 3], [5, 1]), build: (b, [x, y]) => math.max(b, x!, y!) },
  {
    name: "clip",
    inputs: [{ shape: [9] }],
    build: (b, [x]) => math.clip(b, x!, b.scalar("float64", -0.5), b.scalar("float64", 0.7)),
  },
  {
    name: "where",
    inputs: pair([4, 3], [3]),
    build: (b, [x, y]) => math.where(b, math.compare(b, "Less", x!, b.scalar("float64", 0)), x!, y!),
  },
  { name: "sum", inputs: [{ shape: [2, 3, 4] }], build: (b, [x]) => reduceSum(b, x!, [0, 2], false) },
  { name: "mean", inputs: [{ shape: ["N", 3] }], sizes, build: (b, [x]) => reduceMean(b, x!, [0], true) },
  { name: "reshape", inputs: [{ shape: ["N", "M", 4] }], sizes, build: (b, [x]) => shape.reshape(b, x!, ["M*N", 4]) },
  { name: "transpose", inputs: [{ shape: [2, 3, 4] }], build: (b, [x]) => layout.transpose(b, x!, [2, 0, 1]) },
  { name: "squeeze", inputs: [{ shape: [2, 1, 3] }], build: (b, [x]) => shape.squeeze(b, x!, 1) },
  { name: "unsqueeze", inputs: [{ shape: [2, 3] }], build: (b, [x]) => shape.unsqueeze(b, x!, 0) },
  { name: "expand", inputs: [{ shape: [1, 3] }], build: (b, [x]) => expand(b, x!, [4, 3]) },
  { name: "concat", inputs: pair([2, 3], [2, 1]), build: (b, [x, y]) => layout.concat(b, [x!, y!], 1) },
  {
    name: "attention in parts",
    inputs: [{ shape: [2, 1, 2, "3*C", 2] }, { shape: [2, 1, "3*C", 2] }, { shape: [2, 1, "3*C", 2] }],
    sizes: { C: 2 },
    build: (b, [queries, keys, values]) => {
      const mask = b.constant("float64", [1, 1, 1, 6, 6], causal(6));
      return attendCausally(
        b,
        queries!,
        { keys: keys!, values: values!, mask: reshapeTo(b, mask) },
        { count: 3, size: "C" },
      );
    },
  },
  {
    name: "split, one part unused",
    inputs: [{ shape: [2, 6] }],
    build: (b, [x]) => {
      const [first, , third] = layout.split(b, x!, 1, [2, 2, 2]);
      return math.mul(b, first!, third!);
    },
  },
  { name: "slice", inputs: [{ shape: [3, 6] }], build: (b, [x]) => layout.slice(b, x!, 1, 2, 5) },
  {
    name: "matmul, batched and broadcast",
    inputs: pair([3, 1, 2, 4], [2, 4, 3]),
    build: (b, [x, y]) => matMul(b, x!, y!),
  },
  { name: "linear", inputs: pair(["N", "M", 4], [4, 2]), sizes, build: (b, [x, w]) => linear(b, x!, w!) },
  {
    name: "linear, wider than its input",
    inputs: pair(["N", 2], [2, 5]),
    sizes,
    dtype: "float32",
    build: (b, [x, w]) => linear(b, x!, w!),
  },
  {
    name: "linear, transposed",
    inputs: pair(["N", 4], [3, 4]),
    sizes,
    build: (b, [x, w]) => linearTransposed(b, x!, w!),
  },
  {
    name: "rows, repeated",
    inputs: [{ shape: [4, 3] }],
    dtype: "float32",
    build: (b, [x]) => gatherRows(b, x!, b.int64s([1, 3, 1, 1, 0])),
  },
  {
    name: "rows of a long table, repeated",
    inputs: [{ shape: ["N", 3] }],
    sizes,
    build: (b, [x]) => gatherRows(b, x!, b.int64s([1, 3, 1, 1, 0])),
  },
  {
    name: "rows that count once",
    inputs: [{ shape: ["N", 3] }],
    sizes,
    build: (b, [x]) => pickRows(b, x!, b.int64s([3, 0, 4])),
  },
  {
    name: "a copy without a gradient behind rows that count once",
    inputs: [{ shape: ["N", 3] }],
    sizes,
    build: (b, [x]) => pickRows(b, pickRows(b, x!, b.int64s([2, 0, 2, 2])), b.int64s([1, 0])),
  },
  { name: "softmax", inputs: [{ shape: [2, 3, 4] }], build: (b, [x]) => softmax(b, x!) },
  {
    name: "mixture by softmax",
    inputs: pair([2, 3, 4], [2, 4, 5]),
    build: (b, [x, y]) => softmaxMix(b, x!, y!),
  },
  {
    name: "log-softmax at columns",
    inputs: [{ shape: [3, 4] }],
    build: (b, [x]) => logSoftmaxAt(b, x!, b.int64s([1, 1, 3])).picked,
  },
  {
    name: "log-softmax at columns, and the whole of it",
    inputs: [{ shape: [3, 4] }],
    build: (b, [x]) => {
      const { distribution, picked } = logSoftmaxAt(b, x!, b.int64s([2, 0, 2]));
      return math.add(b, distribution, shape.reshape(b, picked, [3, 1]));
    },
  },
  { name: "log-softmax", inputs: [{ shape: [3, 5] }], build: (b, [x]) => logSoftmax(b, x!) },
  { name: "sigmoid", inputs: [{ shape: [5] }], build: (b, [x]) => sigmoid(b, x!) },
  { name: "silu", inputs: [{ shape: [5] }], build: (b, [x]) => silu(b, x!) },
  { name: "swiglu", inputs: pair([2, 4], [2, 4]), build: (b, [x, y]) => swiglu(b, x!, y!) },
  {
    name: "rms norm",
    inputs: pair(["N", "M", 4], [4]),
    sizes,
    dtype: "float32",
    build: (b, [x, w]) => rmsNorm(b, x!, w!, 1e-6),
  },
  {
    name: "rotary",
    inputs: [{ shape: [2, 3, 8] }],
    dtype: "float32",
    build: (b, [x]) => {
      const angles = Array.from({ length: 10 }, (_, i) => Math.floor(i / 2) * (i % 2 === 0 ? 1 : 0.1));
      const cos = b.constant("float32", [5, 2], angles.map(Math.cos));
      const sin = b.constant("float32", [5, 2], angles.map(Math.sin));
      return rotary(b, x!, b.constant("int64", [2, 3], [0, 1, 2, 4, 2, 3]), { cos, sin });
    },
  },
];

test.each(cases)("the derivative of $name equals finite differences", (operator) => checkGradients(operator));

const tied = [1, -1, 2];
test.each([
  { name: "min", build: math.min },
  { name: "max", build: math.max },
])("on a tie the whole gradient of $name goes to the first argument", async ({ build }) => {
  const b = new GraphBuilder("tie");
  const [x, y] = [b.input("x", "float32", [3]), b.input("y", "float32", [3])];
  gradientsOf(b, reduceSum(b, build(b, x, y), [0], false), [x, y]).forEach((g, i) => {
    b.output(`g${i}`, g);
  });
  const session = await openOrtSession(encodeModel(b.finish()), { threads: 1, optimization: "all" });
  const value = { dtype: "float32", shape: [3], data: Float32Array.from(tied) } as const;
  const { g0, g1 } = await session.run({ x: value, y: value });
  expect([...(g0?.data ?? [])]).toEqual([1, 1, 1]);
  expect([...(g1?.data ?? [])]).toEqual([0, 0, 0]);
});

test("clip passes the gradient on its borders", async () => {
  const b = new GraphBuilder("border");
  const x = b.input("x", "float32", [4]);
  const clipped = math.clip(b, x, b.scalar("float32", -1), b.scalar("float32", 2));
  b.output("g", gradientsOf(b, reduceSum(b, clipped, [0], false), [x])[0]!);
  const session = await openOrtSession(encodeModel(b.finish()), { threads: 1, optimization: "all" });
  const { g } = await session.run({ x: { dtype: "float32", shape: [4], data: Float32Array.of(-2, -1, 2, 3) } });
  expect([...(g?.data ?? [])]).toEqual([0, 1, 1, 0]);
});

test("an operator without a rule between a parameter and the loss is a build error, stopped or not reached it is none", () => {
  const b = new GraphBuilder("missing");
  const x = b.input("x", "float32", [3]);
  const rounded = b.emitOne("Round", [x], [3]);
  expect(() => gradientsOf(b, reduceSum(b, rounded, [0], false), [x])).toThrow(/Round has no gradient rule/);
  const mixed = math.mul(b, x, stopGradient(b, rounded));
  expect(gradientsOf(b, reduceSum(b, mixed, [0], false), [x])).toHaveLength(1);
});

test("shapes that do not fit are refused while the graph is built", () => {
  const b = new GraphBuilder("shapes");
  const [x, y] = [b.input("x", "float32", ["N", 3]), b.input("y", "float32", ["M", 3])];
  expect(() => math.add(b, x, y)).toThrow(/\[N, 3\] and \[M, 3\] do not broadcast/);
  expect(() => shape.reshape(b, x, ["N", 4])).toThrow(/reshape/);
  expect(() => matMul(b, x, y)).toThrow(/inner sizes differ/);
});
