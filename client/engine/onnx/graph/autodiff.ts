// Reverse-mode differentiation: gradients of one scalar with respect to named values, as further nodes of the graph.
// It visits only nodes between a wanted value and the scalar, so what is frozen costs nothing. A node without a rule on
// that path is a build error, never a silent zero, and each gradient's shape is checked against its value.

import type { GraphBuilder, RecomputedPart } from "./builder.ts";
import { add } from "./ops/arithmetic.ts";
import { describe, type GraphNode, sameShape, type Value } from "./value.ts";

/**
 * Gradients of `scalar` with respect to each of `wanted`, in order.
 * @throws {Error} when the scalar does not depend on one of them, or an operator on the path has no rule
 */
export function gradientsOf(b: GraphBuilder, scalar: Value, wanted: readonly Value[]): Value[] {
  if (scalar.shape.length !== 0) throw new Error(`only a scalar has gradients, not ${describe(scalar)}`);
  const pass = new ReversePass(b, wanted);
  pass.contribute(scalar, b.scalar(scalar.dtype, 1));
  pass.walk([...b.nodes], wanted, scalar);
  return wanted.map((value) => {
    const gradient = pass.total(value);
    if (gradient === undefined) throw new Error(`${describe(scalar)} does not depend on ${describe(value)}`);
    return gradient;
  });
}

/** What is known of gradients so far, by name of the value. */
class ReversePass {
  readonly #b: GraphBuilder;
  readonly #wanted: readonly Value[];
  readonly #contributions = new Map<string, Value[]>();

  constructor(b: GraphBuilder, wanted: readonly Value[]) {
    this.#b = b;
    this.#wanted = wanted;
  }

  contribute(value: Value, gradient: Value): void {
    const known = this.#contributions.get(value.name);
    if (known === undefined) this.#contributions.set(value.name, [gradient]);
    else known.push(gradient);
  }

  total(value: Value): Value | undefined {
    const sum = this.#contributions.get(value.name)?.reduce((left, right) => add(this.#b, left, right));
    if (sum !== undefined) this.#contributions.set(value.name, [sum]);
    return sum;
  }

  /** Pulls the gradient of `end` back through those of `nodes` that lie between it and `sources`. */
  walk(nodes: readonly GraphNode[], sources: readonly Value[], end: Value): void {
    const path = nodesBetween(nodes, sources, end);
    const parts = new Map<GraphNode, RecomputedPart>();
    for (const part of this.#b.recomputedParts) {
      for (const node of this.#b.nodes.slice(part.from, part.to)) parts.set(node, part);
    }
    const done = new Set<RecomputedPart>();
    for (const node of path.nodes.toReversed()) {
      const part = parts.get(node);
      if (part === undefined) {
        this.#pull(node, path.needed);
      } else if (!done.has(part)) {
        done.add(part);
        this.#pullRecomputed(part, path.needed.has(part.input.name));
      }
    }
  }

  #pull(node: GraphNode, needed: ReadonlySet<string>): void {
    const outputGradients = node.outputs.map((output) => this.total(output));
    if (outputGradients.every((gradient) => gradient === undefined)) return;
    if (node.vjp === undefined) {
      throw new Error(
        `${node.op} has no gradient rule but lies between a parameter and the loss: mark it stopGradient`,
      );
    }
    const inputGradients = node.vjp(outputGradients);
    dependencies(node).forEach((input, i) => {
      const gradient = inputGradients[i];
      if (input === undefined || gradient === undefined || !needed.has(input.name)) return;
      if (!sameShape(gradient.shape, input.shape)) {
        throw new Error(`the rule of ${node.op} gave [${gradient.shape.join(", ")}] for ${describe(input)}`);
      }
      this.contribute(input, gradient);
    });
  }

  /** Builds the part again, behind the gradient of its output, and goes back through the new nodes. */
  #pullRecomputed(part: RecomputedPart, inputIsNeeded: boolean): void {
    const gradient = this.total(part.output);
    if (gradient === undefined) return;
    const input = after(this.#b, part.input, [gradient]);
    const from = this.#b.nodes.length;
    const output = part.rebuild(input);
    const nodes = this.#b.nodes.slice(from);
    this.contribute(output, gradient);
    const before = this.#wanted.map((value) => this.#contributions.get(value.name)?.length ?? 0);
    this.walk(nodes, inputIsNeeded ? [...this.#wanted, input] : this.#wanted, output);
    const inputGradient = this.total(input);
    if (!inputIsNeeded || inputGradient === undefined) return;
    // Gradients of this part's own parameters come first: whatever waits for them keeps the part's activations.
    const own = this.#wanted.flatMap((value, i) => this.#contributions.get(value.name)?.slice(before[i]) ?? []);
    this.contribute(part.input, after(this.#b, inputGradient, own));
  }
}

/**
 * x, but not before `others` are known: x plus a zero that is chosen over a sum of their first elements. Without the detour
 * the runtime sees two equal computations and keeps one of them, or runs them in an order that keeps everything.
 */
function after(b: GraphBuilder, x: Value, others: readonly Value[]): Value {
  if (others.length === 0) return x;
  const elements = others.map((other) => {
    const rank = other.shape.length;
    const axes = b.int64s(other.shape.map((_, axis) => axis));
    const [zeros, ones] = [b.int64s(new Array(rank).fill(0)), b.int64s(new Array(rank).fill(1))];
    const first = b.emitOne("Slice", [other, zeros, ones, axes], new Array(rank).fill(1));
    return b.emitOne("Reshape", [first, b.int64s([1])], [1]);
  });
  const sum = elements.length === 1 ? elements[0] : b.emitOne("Sum", elements, [1]);
  const never = b.constant("bool", [1], [0]);
  const zero = b.emitOne("Where", [never, sum, b.scalar(x.dtype, 0)], [1], { dtype: x.dtype });
  return b.emitOne("Add", [x, zero], x.shape);
}

/** What the gradient rule of a node answers for: its inputs, then what a graph inside it reads from outside. */
function dependencies(node: GraphNode): readonly (Value | undefined)[] {
  return node.captures === undefined ? node.inputs : [...node.inputs, ...node.captures];
}

/** Nodes from which a wanted value reaches the scalar, in order, and the names whose gradient somebody needs. */
function nodesBetween(
  nodes: readonly GraphNode[],
  wanted: readonly Value[],
  scalar: Value,
): { readonly nodes: readonly GraphNode[]; readonly needed: ReadonlySet<string> } {
  const needed = new Set(wanted.map((value) => value.name));
  const forward = nodes.filter((node) => {
    const reached = dependencies(node).some((input) => input !== undefined && needed.has(input.name));
    if (reached) for (const output of node.outputs) needed.add(output.name);
    return reached;
  });
  const reaching = new Set([scalar.name]);
  const path: GraphNode[] = [];
  for (const node of forward.toReversed()) {
    if (!node.outputs.some((output) => reaching.has(output.name))) continue;
    for (const input of dependencies(node)) if (input !== undefined) reaching.add(input.name);
    path.push(node);
  }
  return { nodes: path.reverse(), needed };
}

/** The value itself; no gradient passes. */
export function stopGradient(b: GraphBuilder, x: Value): Value {
  return b.emitOne("Identity", [x], x.shape, { vjp: () => [undefined] });
}
