// Checks a derivative rule against central differences: builds sum(op(inputs) * weights) with fixed random weights, takes
// the gradient that the rules give and compares it with what moving each input element does. Needs no other library.

import { expect } from "vitest";
import { gradientsOf } from "../../../../../client/engine/onnx/graph/autodiff.ts";
import { GraphBuilder } from "../../../../../client/engine/onnx/graph/builder.ts";
import { encodeModel } from "../../../../../client/engine/onnx/graph/encode.ts";
import { mul } from "../../../../../client/engine/onnx/graph/ops/arithmetic.ts";
import { reduceSum } from "../../../../../client/engine/onnx/graph/ops/broadcast.ts";
import type { Shape, Value } from "../../../../../client/engine/onnx/graph/value.ts";
import type { HostTensor, HostTensors } from "../../../../../client/engine/onnx/session/graph-session.ts";
import { openOrtSession } from "../../../../../client/engine/onnx/session/ort-session.ts";
import { RandomStream } from "../../../../../client/random.ts";

export interface OperatorCase {
  readonly name: string;
  readonly inputs: readonly { readonly shape: Shape; readonly values?: readonly number[] }[];
  /** Run-time sizes of the symbols in the shapes. */
  readonly sizes?: Readonly<Record<string, number>>;
  readonly dtype?: "float32" | "float64";
  /** Inputs are drawn from [low, high). */
  readonly range?: readonly [number, number];
  readonly build: (b: GraphBuilder, inputs: Value[]) => Value;
}

function sizeOf(shape: Shape, sizes: Readonly<Record<string, number>>): number[] {
  const sizeOfPart = (part: string) => sizes[part] ?? Number(part);
  return shape.map((dim) =>
    String(dim)
      .split("*")
      .reduce((product, part) => product * sizeOfPart(part), 1),
  );
}

export async function checkGradients(operator: OperatorCase): Promise<void> {
  const dtype = operator.dtype ?? "float64";
  const sizes = operator.sizes ?? {};
  const stream = new RandomStream(7).split(operator.name);
  const [low, high] = operator.range ?? [-2, 2];
  const arrays = operator.inputs.map(({ shape, values }) => {
    const count = sizeOf(shape, sizes).reduce((a, c) => a * c, 1);
    return Array.from({ length: count }, (_, i) => values?.[i] ?? low + (high - low) * stream.real());
  });
  const weightStream = stream.split("weights");
  const weights = Array.from({ length: 4096 }, () => weightStream.real() - 0.5);

  const b = new GraphBuilder("check");
  const inputs = operator.inputs.map(({ shape }, i) => b.input(`x${i}`, dtype, shape));
  const y = operator.build(b, inputs);
  const weightInput = b.input("weights", dtype, y.shape);
  const axes = y.shape.map((_, axis) => axis);
  const total = axes.length === 0 ? mul(b, y, weightInput) : reduceSum(b, mul(b, y, weightInput), axes, false);
  gradientsOf(b, total, inputs).forEach((gradient, i) => {
    b.output(`gradient${i}`, gradient);
  });
  b.output("total", total);
  b.output("y", y);
  const session = await openOrtSession(encodeModel(b.finish()), { threads: 1, optimization: "all" });

  const tensor = (shape: readonly number[], values: readonly number[]): HostTensor => ({
    dtype,
    shape,
    data: dtype === "float64" ? Float64Array.from(values) : Float32Array.from(values),
  });
  const outputShape = sizeOf(y.shape, sizes);
  const outputCount = outputShape.reduce((a, c) => a * c, 1);
  const run = (values: readonly (readonly number[])[]): Promise<HostTensors> => {
    const feeds: Record<string, HostTensor> = { weights: tensor(outputShape, weights.slice(0, outputCount)) };
    values.forEach((array, i) => {
      feeds[`x${i}`] = tensor(sizeOf(operator.inputs[i]?.shape ?? [], sizes), array);
    });
    return session.run(feeds);
  };
  const step = dtype === "float64" ? 1e-6 : 1e-2;
  const tolerance = dtype === "float64" ? 1e-6 : 2e-3;
  const analytic = await run(arrays);
  for (const [i, array] of arrays.entries()) {
    const gradient = analytic[`gradient${i}`]?.data as Float64Array;
    expect(gradient.length).toBe(array.length);
    for (let at = 0; at < array.length; at++) {
      const moved = async (delta: number) => {
        const changed = array.with(at, (array[at] as number) + delta);
        return Number((await run(arrays.with(i, changed)))["total"]?.data[0]);
      };
      const numeric = ((await moved(step)) - (await moved(-step))) / (2 * step);
      const difference = Math.abs(numeric - (gradient[at] as number));
      expect(difference, `${operator.name}: input ${i}, element ${at}`).toBeLessThan(
        tolerance * (1 + Math.abs(numeric)),
      );
    }
  }
  await session.release();
}
