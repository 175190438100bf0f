// The inputs of several runs of one graph as the inputs of one: of each tensor the elements of all runs, one behind the
// other, where each page begins, and its shape. A loop's body reads the page of its turn, whatever that page's shape is, so
// nothing is padded and every turn computes exactly what a run of its own would.
// Axis suffixes: G page.

import type { GraphBuilder } from "../graph/builder.ts";
import { add } from "../graph/ops/arithmetic.ts";
import { toInt64 } from "../graph/ops/gather.ts";
import { type DType, int, type Shape, type Value } from "../graph/value.ts";
import { f32, type HostTensor, type HostTensors, i32 } from "../session/graph-session.ts";

const startsName = (name: string): string => `${name} starts`;
const shapesName = (name: string): string => `${name} shapes`;

/** @param pages inputs of each run, all of the same names, int32 or float32; at least one */
export function packPages(pages: readonly HostTensors[]): HostTensors {
  const packed: Record<string, HostTensor> = {};
  for (const [name, { dtype, shape }] of Object.entries(pages[0] as HostTensors)) {
    const tensors = pages.map((page) => page[name] as HostTensor);
    const starts = new Int32Array(pages.length + 1);
    tensors.forEach(({ data }, i) => {
      starts[i + 1] = (starts[i] as number) + data.length;
    });
    const total = starts[pages.length] as number;
    const elements = dtype === "int32" ? new Int32Array(total) : new Float32Array(total);
    tensors.forEach(({ data }, i) => {
      elements.set(data as Int32Array | Float32Array, starts[i]);
    });
    packed[name] = elements instanceof Int32Array ? i32(elements, [total]) : f32(elements, [total]);
    packed[startsName(name)] = i32(starts, [pages.length + 1]);
    const shapes = Int32Array.from(tensors.flatMap((tensor) => [...tensor.shape]));
    if (shape.length > 0) packed[shapesName(name)] = i32(shapes, [pages.length, shape.length]);
  }
  return packed;
}

interface PageInputs {
  readonly elements: Value;
  readonly starts: Value;
  readonly shapes: Value | undefined;
}

export class PageReader {
  readonly #root: GraphBuilder;
  readonly #inputs = new Map<string, PageInputs>();

  /** @param root the outermost graph, which gets the packed inputs */
  constructor(root: GraphBuilder) {
    this.#root = root;
  }

  /** Number of pages, int64 [1], once something has been read. */
  get count(): Value {
    return this.#root.dim("G") as Value;
  }

  /** @param page int64 [1] */
  read(b: GraphBuilder, page: Value, name: string, dtype: DType, shape: Shape): Value {
    const { elements, starts, shapes } = this.#inputsOf(name, dtype, shape.length);
    const at = (index: Value) => b.emitOne("Gather", [starts, index], [1], { attributes: { axis: int(0) } });
    const bounds = [at(page), at(add(b, page, b.int64s([1])))];
    const cut = b.emitOne("Slice", [elements, ...bounds, b.int64s([0])], [`${name} page`]);
    if (shapes === undefined) return b.emitOne("Reshape", [cut, b.int64s([])], shape);
    const row = b.emitOne("Gather", [shapes, page], [1, shape.length], { attributes: { axis: int(0) } });
    return b.emitOne("Reshape", [cut, b.emitOne("Reshape", [row, b.int64s([-1])], [shape.length])], shape);
  }

  #inputsOf(name: string, dtype: DType, rank: number): PageInputs {
    const known = this.#inputs.get(name);
    if (known !== undefined) return known;
    const root = this.#root;
    const inputs = {
      elements: root.input(name, dtype, [`${name} elements`]),
      starts: toInt64(root, root.input(startsName(name), "int32", ["G+1"])),
      shapes: rank === 0 ? undefined : toInt64(root, root.input(shapesName(name), "int32", ["G", rank])),
    };
    this.#inputs.set(name, inputs);
    return inputs;
  }
}
