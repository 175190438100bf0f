// Gradients summed over micro-batches, one array per parameter. The first micro-batch's arrays are taken as they are: the
// runtime has just made them, and copying all of them costs as much as many a product.

import type { ParameterTable } from "../model/parameters.ts";
import type { HostTensors } from "../session/graph-session.ts";
import { gradientName } from "./loss-graph.ts";

export class GradientSums {
  readonly #table: ParameterTable;
  #sums: readonly Float32Array[] | null = null;

  constructor(table: ParameterTable) {
    this.#table = table;
  }

  /** One array per parameter of the table; null: nothing was added since they were cleared. */
  get sums(): readonly Float32Array[] | null {
    return this.#sums;
  }

  /** A copy of one parameter's sum. @throws {RangeError} for a parameter that the table has not */
  of(name: string): Float32Array {
    const index = this.#table.specs.findIndex((spec) => spec.name === name);
    const spec = this.#table.specs[index];
    if (spec === undefined) throw new RangeError(`no parameter ${name}`);
    return this.#sums?.[index]?.slice() ?? new Float32Array(spec.size);
  }

  /** Adds the gradients among a run's outputs, which nobody else may use from now on. */
  add(outputs: HostTensors): void {
    const gradients = this.#table.specs.map(({ name }) => outputs[gradientName(name)]?.data as Float32Array);
    if (this.#sums === null) {
      this.#sums = gradients;
      return;
    }
    this.#sums.forEach((sum, p) => {
      const gradient = gradients[p] as Float32Array;
      for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (gradient[i] as number);
    });
  }

  clear(): void {
    this.#sums = null;
  }
}
