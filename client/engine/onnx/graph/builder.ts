// Builds one computation graph: mints unique names, keeps shapes, shares constants, records the derivative of each node.
// Operators live in `ops/`; this file knows none but the few that turn symbolic dimensions into run-time tensors.
// It refuses shapes that do not fit at build time, where the message can name them.

import {
  type Attribute,
  type Dim,
  type DType,
  describe,
  type Graph,
  type GraphNode,
  type Initializer,
  int,
  multiplyDims,
  type Shape,
  type Value,
  type Vjp,
} from "./value.ts";

export interface NodeSpec {
  readonly op: string;
  readonly domain?: string;
  readonly inputs: readonly (Value | undefined)[];
  readonly outputs: readonly { readonly dtype: DType; readonly shape: Shape }[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
  /** As `GraphNode.captures`. */
  readonly captures?: readonly Value[];
  readonly vjp?: Vjp;
}

/** Nodes that the reverse pass makes anew from their one input, instead of keeping what they computed. */
export interface RecomputedPart {
  /** Indices into the builder's nodes, end exclusive. */
  readonly from: number;
  readonly to: number;
  readonly input: Value;
  readonly output: Value;
  readonly rebuild: (input: Value) => Value;
}

/** Where a dimension's size is seen: on an axis of an input, divided by one number and times another. */
interface Place {
  readonly value: Value;
  readonly axis: number;
  readonly divisor: number;
  readonly factor: number;
}

/** A number times one symbol. */
const MULTIPLE = /^(\d+)\*(\w+)$/;

/** What stands in for an input of a graph that is built inside another. */
export type InputSource = (name: string, dtype: DType, shape: Shape) => Value;

export class GraphBuilder {
  readonly #name: string;
  /** Constants and names are shared with the inner graphs of loops, which see outer values. */
  readonly #root: GraphBuilder;
  readonly #outer: GraphBuilder | undefined;
  #source: InputSource | undefined;
  readonly #inputs: Value[] = [];
  readonly #outputs: Value[] = [];
  readonly #nodes: GraphNode[] = [];
  readonly #recomputedParts: RecomputedPart[] = [];
  readonly #initializers = new Map<string, Initializer>();
  readonly #dims = new Map<string, Place>();
  readonly #shapeTensors = new Map<string, Value>();
  #nextId = 0;

  constructor(name: string, outer?: GraphBuilder) {
    this.#name = name;
    this.#root = outer === undefined ? this : outer.#root;
    this.#outer = outer;
  }

  get nodes(): readonly GraphNode[] {
    return this.#nodes;
  }

  get recomputedParts(): readonly RecomputedPart[] {
    return this.#recomputedParts;
  }

  /** `build` of an input, and a note for the reverse pass to build it again: memory for time. Nothing else inside may be used. */
  recomputed(input: Value, build: (input: Value) => Value): Value {
    const from = this.#nodes.length;
    const output = build(input);
    this.#recomputedParts.push({ from, to: this.#nodes.length, input, output, rebuild: build });
    return output;
  }

  /** A graph for the body of a loop: it sees the values of this one. */
  inner(name: string): GraphBuilder {
    return new GraphBuilder(name, this);
  }

  /** From here on `source` answers what would be inputs: a graph that stands alone becomes a part of this one. */
  takeInputsFrom(source: InputSource): void {
    this.#source = source;
  }

  input(name: string, dtype: DType, shape: Shape): Value {
    const value: Value = this.#source?.(name, dtype, shape) ?? { name, dtype, shape };
    if (this.#source === undefined) this.#inputs.push(value);
    shape.forEach((dim, axis) => {
      if (typeof dim === "number") return;
      const place = { value, axis, divisor: 1, factor: 1 };
      if (!this.#dims.has(dim)) this.#dims.set(dim, place);
      // A multiple tells what it is a multiple of.
      const [, divisor, part] = MULTIPLE.exec(dim) ?? [];
      if (part !== undefined && !this.#dims.has(part)) this.#dims.set(part, { ...place, divisor: Number(divisor) });
    });
    return value;
  }

  /** Publishes a value under a name of its own. */
  output(name: string, value: Value): void {
    const published: Value = { ...value, name };
    this.#nodes.push({ op: "Identity", domain: "", inputs: [value], outputs: [published], attributes: {} });
    this.#outputs.push(published);
  }

  /** Publishes values as they are, in order: what a loop's body returns. A named output would copy each cache a step. */
  results(values: readonly Value[]): void {
    this.#outputs.push(...values);
  }

  emit(spec: NodeSpec): Value[] {
    const outputs = spec.outputs.map(({ dtype, shape }) => ({ name: this.#mint(spec.op), dtype, shape }));
    this.#nodes.push({
      op: spec.op,
      domain: spec.domain ?? "",
      inputs: spec.inputs,
      outputs,
      attributes: spec.attributes ?? {},
      ...(spec.captures === undefined ? {} : { captures: spec.captures }),
      ...(spec.vjp === undefined ? {} : { vjp: spec.vjp }),
    });
    return outputs;
  }

  /** A node with one output, of the first input's element type unless `dtype` is given. */
  emitOne(
    op: string,
    inputs: readonly (Value | undefined)[],
    shape: Shape,
    options: {
      dtype?: DType;
      attributes?: Readonly<Record<string, Attribute>>;
      domain?: string;
      captures?: readonly Value[];
      vjp?: Vjp;
    } = {},
  ): Value {
    const dtype = options.dtype ?? inputs[0]?.dtype;
    if (dtype === undefined) throw new Error(`${op}: no element type given and no first input to take it from`);
    const [output] = this.emit({ op, inputs, outputs: [{ dtype, shape }], ...options });
    return output as Value;
  }

  constant(dtype: DType, shape: readonly number[], data: readonly number[]): Value {
    const root = this.#root;
    const key = `${dtype}[${shape.join(",")}]${data.join(",")}`;
    const known = root.#initializers.get(key);
    if (known !== undefined) return known.value;
    const value: Value = { name: root.#mint("const"), dtype, shape };
    root.#initializers.set(key, { value, data });
    return value;
  }

  scalar(dtype: DType, data: number): Value {
    return this.constant(dtype, [], [data]);
  }

  int64s(data: readonly number[]): Value {
    return this.constant("int64", [data.length], data);
  }

  /** The run-time size of a dimension as an int64 tensor of one element; undefined when no input has that symbol. */
  dim(dim: Dim): Value | undefined {
    if (typeof dim === "number") return this.int64s([dim]);
    const place = this.#placeOf(dim);
    if (place === undefined) return undefined;
    return this.#shared(`dim ${dim}`, () => {
      const size = this.emitOne("Shape", [place.value], [1], {
        dtype: "int64",
        attributes: { start: int(place.axis), end: int(place.axis + 1) },
      });
      const part = place.divisor === 1 ? size : this.emitOne("Div", [size, this.int64s([place.divisor])], [1]);
      return place.factor === 1 ? part : this.emitOne("Mul", [part, this.int64s([place.factor])], [1]);
    });
  }

  /** A shape as an int64 tensor. With `allowOneUnknown` one symbol, one that no input tells if there is, becomes -1. */
  shapeTensor(shape: Shape, allowOneUnknown = false): Value {
    return this.#shared(`shape ${shape.join(",")} ${allowOneUnknown}`, () => {
      const unknown = shape.findIndex((dim) => !this.#knows(dim));
      const symbol = shape.findIndex((dim) => typeof dim === "string");
      const inferred = allowOneUnknown ? (unknown < 0 ? symbol : unknown) : -1;
      const sizes = shape.map((dim, axis) => (axis === inferred ? -1 : dim));
      if (sizes.every((dim) => typeof dim === "number")) return this.int64s(sizes);
      const parts = sizes.map((dim) => {
        const part = this.dim(dim);
        if (part === undefined) throw new Error(`no input tells the size of ${dim} in [${shape.join(", ")}]`);
        return part;
      });
      return this.emitOne("Concat", parts, [shape.length], { attributes: { axis: int(0) } });
    });
  }

  /** The graph of what the outputs need: rules of derivatives also make nodes for what is frozen. */
  finish(): Graph {
    return {
      name: this.#name,
      inputs: this.#inputs,
      outputs: this.#outputs,
      nodes: neededNodes(this.#nodes, this.#outputs),
      initializers: [...this.#initializers.values()],
    };
  }

  #knows(dim: Dim): boolean {
    return typeof dim === "number" || this.#placeOf(dim) !== undefined;
  }

  /** The input that tells a symbol's size: of this graph, or of the nearest one around it. */
  #placeOf(dim: string): Place | undefined {
    const place = this.#dims.get(dim) ?? (this.#outer === undefined ? undefined : this.#outer.#placeOf(dim));
    if (place !== undefined) return place;
    const [, factor, symbol] = MULTIPLE.exec(dim) ?? [];
    const single = symbol === undefined ? undefined : this.#placeOf(symbol);
    return single === undefined ? undefined : { ...single, factor: Number(factor) };
  }

  /** One node for equal requests; an inner graph makes its own, because it cannot insert into the outer one. */
  #shared(key: string, make: () => Value): Value {
    const known = this.#shapeTensors.get(key);
    if (known !== undefined) return known;
    const value = make();
    this.#shapeTensors.set(key, value);
    return value;
  }

  #mint(op: string): string {
    this.#root.#nextId += 1;
    return `${op.toLowerCase()}_${this.#root.#nextId}`;
  }
}

function neededNodes(nodes: readonly GraphNode[], outputs: readonly Value[]): readonly GraphNode[] {
  const needed = new Set(outputs.map((value) => value.name));
  const kept = nodes.toReversed().filter((node) => {
    if (!node.outputs.some((output) => needed.has(output.name))) return false;
    for (const name of namesRead(node)) needed.add(name);
    return true;
  });
  return kept.reverse();
}

/** A node's inputs, and everything that graphs inside it mention. */
function namesRead(node: GraphNode): string[] {
  const inside = Object.values(node.attributes).flatMap((attribute) =>
    attribute.kind === "graph"
      ? [...attribute.value.outputs.map((value) => value.name), ...attribute.value.nodes.flatMap(namesRead)]
      : [],
  );
  return [...node.inputs.flatMap((input) => (input === undefined ? [] : [input.name])), ...inside];
}

/** @throws {Error} a build error unless both shapes hold the same number of elements. */
export function checkSameSize(what: string, from: Value, to: Shape): void {
  if (multiplyDims(from.shape) !== multiplyDims(to)) {
    throw new Error(`${what}: ${describe(from)} does not have the size of [${to.join(", ")}]`);
  }
}
