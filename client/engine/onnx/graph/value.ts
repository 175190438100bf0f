// What a computation graph is made of: typed values with symbolic shapes, nodes and their attributes. Data only; the
// builder makes them, `encode.ts` writes them as ONNX, `autodiff.ts` walks them backwards.
// A dimension is a number, a symbol ("B"), or a product of both ("2*T"); "P+C" counts as one symbol.

export type DType = "float32" | "float64" | "int32" | "int64" | "bool";
export type Dim = number | string;
export type Shape = readonly Dim[];

/** One edge of the graph. Names are unique over a graph and all graphs inside it. */
export interface Value {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
}

export type Attribute =
  | { readonly kind: "int"; readonly value: number }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "ints"; readonly value: readonly number[] }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "graph"; readonly value: Graph };

/** Gradients of a node's outputs to gradients of its inputs, both in order; undefined: none. */
export type Vjp = (gradients: readonly (Value | undefined)[]) => readonly (Value | undefined)[];

export interface GraphNode {
  readonly op: string;
  /** "" for standard operators, "com.microsoft" for the runtime's own. */
  readonly domain: string;
  /** Undefined: an optional input that is left out. */
  readonly inputs: readonly (Value | undefined)[];
  readonly outputs: readonly Value[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** Values that a graph inside the node reads and its gradient rule answers for, after the inputs. */
  readonly captures?: readonly Value[];
  /** Absent: no gradient passes, and reaching the node from a parameter is a build error. */
  readonly vjp?: Vjp;
}

/** A constant of the graph; small by design, weights are inputs. Integers and booleans as numbers. */
export interface Initializer {
  readonly value: Value;
  readonly data: readonly number[];
}

export interface Graph {
  readonly name: string;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly nodes: readonly GraphNode[];
  readonly initializers: readonly Initializer[];
}

export const int = (value: number): Attribute => ({ kind: "int", value });
export const float = (value: number): Attribute => ({ kind: "float", value });
export const ints = (value: readonly number[]): Attribute => ({ kind: "ints", value });
export const text = (value: string): Attribute => ({ kind: "string", value });
export const subgraph = (value: Graph): Attribute => ({ kind: "graph", value });

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, axis) => dim === b[axis]);
}

export function describe(value: Value): string {
  return `${value.name}: ${value.dtype}[${value.shape.join(", ")}]`;
}

/** Numpy broadcasting; two different symbols never broadcast. @throws {Error} a build error that names both shapes. */
export function broadcastShapes(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    if (x === y || y === 1) return x;
    if (x === 1) return y;
    throw new Error(`shapes [${a.join(", ")}] and [${b.join(", ")}] do not broadcast`);
  });
}

/** The product of two dimensions: a number, or a product of a number and symbols in sorted order. */
export function multiplyDims(dims: Shape): Dim {
  let factor = 1;
  const symbols: string[] = [];
  for (const dim of dims) {
    if (typeof dim === "number") factor *= dim;
    else
      for (const part of dim.split("*")) {
        const asNumber = Number(part);
        if (Number.isInteger(asNumber)) factor *= asNumber;
        else symbols.push(part);
      }
  }
  if (symbols.length === 0 || factor === 0) return factor;
  symbols.sort();
  return (factor === 1 ? symbols : [String(factor), ...symbols]).join("*");
}
