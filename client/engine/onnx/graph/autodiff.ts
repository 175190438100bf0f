// Reverse-mode differentiation: gradients of one scalar with respect to named values, as further nodes of the graph.
// It visits only nodes between a wanted value and the scalar, so what is frozen costs nothing. A node without a rule on
// that path is a build error, never a silent zero, and each gradient's shape is checked against its value.

import type { GraphBuilder } from "./builder.ts";
import { add } from "./ops/arithmetic.ts";
import { describe, type GraphNode, sameShape, type Value } from "./value.ts";

/**
 * Gradients of `scalar` with respect to each of `wanted`, in order.
 * @throws {Error} when the scalar does not depend on one of them, or an operator on the path has no rule
 */
export function gradientsOf(b: GraphBuilder, scalar: Value, wanted: readonly Value[]): Value[] {
  if (scalar.shape.length !== 0) throw new Error(`only a scalar has gradients, not ${describe(scalar)}`);
  const path = nodesBetween(b.nodes, wanted, scalar);
  const contributions = new Map<string, Value[]>([[scalar.name, [b.scalar(scalar.dtype, 1)]]]);
  const total = (value: Value): Value | undefined => {
    const sum = contributions.get(value.name)?.reduce((left, right) => add(b, left, right));
    if (sum !== undefined) contributions.set(value.name, [sum]);
    return sum;
  };
  for (const node of path.nodes.toReversed()) {
    const outputGradients = node.outputs.map(total);
    if (outputGradients.every((gradient) => gradient === undefined)) continue;
    if (node.vjp === undefined) {
      throw new Error(
        `${node.op} has no gradient rule but lies between a parameter and the loss: mark it stopGradient`,
      );
    }
    const inputGradients = node.vjp(outputGradients);
    node.inputs.forEach((input, i) => {
      const gradient = inputGradients[i];
      if (input === undefined || gradient === undefined || !path.needed.has(input.name)) return;
      if (!sameShape(gradient.shape, input.shape)) {
        throw new Error(`the rule of ${node.op} gave [${gradient.shape.join(", ")}] for ${describe(input)}`);
      }
      const known = contributions.get(input.name);
      if (known === undefined) contributions.set(input.name, [gradient]);
      else known.push(gradient);
    });
  }
  return wanted.map((value) => {
    const gradient = total(value);
    if (gradient === undefined) throw new Error(`${describe(scalar)} does not depend on ${describe(value)}`);
    return gradient;
  });
}

/** Nodes from which a wanted value reaches the scalar, in order, and the names whose gradient somebody needs. */
function nodesBetween(
  nodes: readonly GraphNode[],
  wanted: readonly Value[],
  scalar: Value,
): { readonly nodes: readonly GraphNode[]; readonly needed: ReadonlySet<string> } {
  const needed = new Set(wanted.map((value) => value.name));
  const forward = nodes.filter((node) => {
    const reached = node.inputs.some((input) => input !== undefined && needed.has(input.name));
    if (reached) for (const output of node.outputs) needed.add(output.name);
    return reached;
  });
  const reaching = new Set([scalar.name]);
  const path: GraphNode[] = [];
  for (const node of forward.toReversed()) {
    if (!node.outputs.some((output) => reaching.has(output.name))) continue;
    for (const input of node.inputs) if (input !== undefined) reaching.add(input.name);
    path.push(node);
  }
  return { nodes: path.reverse(), needed };
}

/** The value itself; no gradient passes. */
export function stopGradient(b: GraphBuilder, x: Value): Value {
  return b.emitOne("Identity", [x], x.shape, { vjp: () => [undefined] });
}
