// Training as loops inside one graph, for devices that every run's inputs and outputs have to reach over a bus. A turn of
// the inner loop is one micro-batch: it reads its page of the inputs and adds its gradients to those carried. A turn of the
// outer loop is one update: micro-batches, clip, AdamW, with weights and moments carried. So weights cross the bus once for
// any number of updates, and per target a few numbers come back.
// A turn computes what the host's form computes in a run of its own, from the same builders (loss-graph.ts).
// Axis suffixes: G micro-batch, K update, P parameter, B row, T token, N scored target.

import { GraphBuilder } from "../graph/builder.ts";
import { add, compare, sub, where } from "../graph/ops/arithmetic.ts";
import { expand } from "../graph/ops/broadcast.ts";
import { maskOf } from "../graph/ops/chunked-head.ts";
import { toInt64 } from "../graph/ops/gather.ts";
import { reshape } from "../graph/ops/shape.ts";
import { type Dim, type DType, type Graph, int, type Shape, subgraph, type Value } from "../graph/value.ts";
import type { DecoderConfig } from "../model/config.ts";
import { adapterTable } from "../model/lora.ts";
import { type ParameterSpec, parameterTable } from "../model/parameters.ts";
import { ROPE_INPUTS } from "../model/rope-tables.ts";
import { adamwUpdate, type ParameterState, STEP_NUMBER_COUNT } from "./adamw-graph.ts";
import { SHUT_OUT } from "./batch.ts";
import type { LossForm } from "./loss-form.ts";
import { gradientName, lossAndGradients, PER_TARGET } from "./loss-graph.ts";
import { PageReader } from "./pages.ts";

export const momentName = (which: "first" | "second", parameter: string): string => `${which} ${parameter}`;
/** The updated weight or moment of that name. */
export const updatedName = (name: string): string => `updated ${name}`;

/**
 * All micro-batches of one pass. Inputs: weights and rotary tables as in the host's form, and pages of `compactInputs` and of
 * the loss. Outputs: what the host's form gives per target, [all N], and the summed gradients.
 */
export function buildPassGraph(config: DecoderConfig, form: LossForm, recomputes: boolean): Graph {
  const b = new GraphBuilder("pass");
  const training = new Training(b, config, form, recomputes);
  const weights = form.name === "none" ? [] : training.specs.map((spec) => training.rootInput(spec.name, spec.shape));
  const { gradients, perTarget } = training.microBatches(b, weights, b.int64s([0]), undefined, undefined);
  training.outputPerTarget(perTarget);
  gradients.forEach((gradient, i) => {
    b.output(gradientName((training.specs[i] as ParameterSpec).name), gradient);
  });
  return b.finish();
}

/**
 * K updates. Inputs: as above, the moments, `first_batches` int32 [K+1]: the first micro-batch of each update, and
 * `step_numbers` float64 [K, STEP_NUMBER_COUNT]. Outputs: per target as above; `squares` float64 [done, P]; updated weights
 * and moments. An update whose squares are not finite changes nothing and is the last.
 */
export function buildUpdatesGraph(config: DecoderConfig, form: LossForm, recomputes: boolean): Graph {
  const b = new GraphBuilder("updates");
  const training = new Training(b, config, form, recomputes);
  const { specs } = training;
  const numbers = b.input("step_numbers", "float64", ["K", STEP_NUMBER_COUNT]);
  const firstBatches = toInt64(b, b.input("first_batches", "int32", ["K+1"]));
  const before = specs.map(
    ({ name, shape }): ParameterState => ({
      weight: training.rootInput(name, shape),
      first: training.rootInput(momentName("first", name), shape),
      second: training.rootInput(momentName("second", name), shape),
    }),
  );

  const body = b.inner("update_turn");
  const turn = body.input("update_number", "int64", []);
  body.input("update_condition", "bool", []);
  const states = before.map((state, i): ParameterState => {
    const carried = (kind: keyof ParameterState) => body.input(`${kind}_${i}`, "float32", state[kind].shape);
    return { weight: carried("weight"), first: carried("first"), second: carried("second") };
  });
  const perTargetBefore = body.input("update_per_target", "float32", ["parts", "targets"]);
  const row = (table: Value, index: Value, shape: Shape) =>
    body.emitOne("Gather", [table, index], shape, { attributes: { axis: int(0) } });
  const at = reshape(body, turn, [1]);
  const first = row(firstBatches, at, [1]);
  const count = sub(body, row(firstBatches, add(body, at, body.int64s([1])), [1]), first);
  const weights = states.map(({ weight }) => weight);
  const { gradients, perTarget } = training.microBatches(body, weights, first, count, perTargetBefore);
  const update = adamwUpdate(body, specs, states, gradients, row(numbers, turn, [STEP_NUMBER_COUNT]));
  body.results([update.allFinite, ...update.states.flatMap(flatState), perTarget, update.squares]);

  const carried = [...before.flatMap(flatState), training.noTargets()];
  const outputs = b.emit({
    op: "Loop",
    inputs: [b.dim("K"), b.constant("bool", [], [1]), ...carried],
    outputs: [
      ...carried.map(({ dtype, shape }) => ({ dtype, shape })),
      { dtype: "float64", shape: ["done", specs.length] },
    ],
    attributes: { body: subgraph(body.finish()) },
  });
  specs.forEach(({ name }, i) => {
    [name, momentName("first", name), momentName("second", name)].forEach((part, j) => {
      b.output(updatedName(part), outputs[3 * i + j] as Value);
    });
  });
  training.outputPerTarget(outputs.at(-2) as Value);
  b.output("squares", outputs.at(-1) as Value);
  return b.finish();
}

const flatState = ({ weight, first, second }: ParameterState): readonly Value[] => [weight, first, second];

/** What both graphs are made of. */
class Training {
  /** What trains. */
  readonly specs: readonly ParameterSpec[];
  readonly #root: GraphBuilder;
  readonly #config: DecoderConfig;
  readonly #form: LossForm;
  readonly #recomputes: boolean;
  readonly #pages: PageReader;
  readonly #rootInputs = new Map<string, Value>();
  /** Weights, also those that are frozen, and rotary tables: what is no micro-batch's own. */
  readonly #lasting: ReadonlySet<string>;
  /** In the order of the rows of what is carried per target; known once a body is built. */
  #perTargetNames: readonly string[] = [];

  constructor(root: GraphBuilder, config: DecoderConfig, form: LossForm, recomputes: boolean) {
    this.#root = root;
    this.#config = config;
    this.#form = form;
    this.#recomputes = recomputes;
    this.#pages = new PageReader(root);
    const { lora } = config;
    const base = parameterTable(config).specs;
    this.specs = lora === undefined ? base : adapterTable(config, lora).specs;
    this.#lasting = new Set([...base, ...this.specs].map(({ name }) => name).concat(ROPE_INPUTS));
  }

  /** A float32 input of the outermost graph: one for every name. */
  rootInput(name: string, shape: Shape): Value {
    const known = this.#rootInputs.get(name) ?? this.#root.input(name, "float32", shape);
    this.#rootInputs.set(name, known);
    return known;
  }

  /** Nothing yet, of all that is carried per target. */
  noTargets(): Value {
    return this.#root.constant("float32", [this.#perTargetNames.length, 0], []);
  }

  outputPerTarget(perTarget: Value): void {
    this.#perTargetNames.forEach((name, i) => {
      const row = this.#root.scalar("int64", i);
      this.#root.output(
        name,
        this.#root.emitOne("Gather", [perTarget, row], ["all"], { attributes: { axis: int(0) } }),
      );
    });
  }

  /**
   * The loop over micro-batches [first, first + count) inside `b`.
   * @param weights what trains, as `specs`; none where the form has no loss
   * @param count undefined: all of them
   * @param before what is carried per target, [parts, targets]; undefined: nothing
   * @returns gradients of `weights`, and what is carried with these micro-batches' targets behind it
   */
  microBatches(
    b: GraphBuilder,
    weights: readonly Value[],
    first: Value,
    count: Value | undefined,
    before: Value | undefined,
  ): { readonly gradients: readonly Value[]; readonly perTarget: Value } {
    const body = b.inner("batch_turn");
    const turn = body.input("batch_number", "int64", []);
    body.input("batch_condition", "bool", []);
    const sums = weights.map(({ shape }, i) => body.input(`gradient_${i}`, "float32", shape));
    const behind = body.input("batch_per_target", "float32", ["parts", "targets"]);
    const page = add(body, reshape(body, turn, [1]), first);
    body.takeInputsFrom(this.#sourceOf(body, page, weights));
    const { perTarget, gradients } = lossAndGradients(body, this.#config, this.#form, this.#recomputes);
    this.#perTargetNames = PER_TARGET.filter((name) => perTarget[name] !== undefined);
    const rows = this.#perTargetNames.map((name) => reshape(body, perTarget[name] as Value, [1, "N"]));
    const joined = (parts: readonly Value[], axis: number) =>
      body.emitOne("Concat", parts, ["parts", "targets"], { attributes: { axis: int(axis) } });
    body.results([
      body.emitOne("Identity", [body.constant("bool", [], [1])], []),
      ...sums.map((sum, i) => add(body, sum, gradients.get((this.specs[i] as ParameterSpec).name) as Value)),
      joined([behind, joined(rows, 0)], 1),
    ]);
    const zero = b.scalar("float32", 0);
    const carried = [...weights.map(({ shape }) => expand(b, zero, shape)), before ?? this.noTargets()];
    const outputs = b.emit({
      op: "Loop",
      inputs: [count ?? this.#pages.count, b.constant("bool", [], [1]), ...carried],
      outputs: carried.map(({ dtype, shape }) => ({ dtype, shape })),
      attributes: { body: subgraph(body.finish()) },
    });
    return { gradients: outputs.slice(0, -1), perTarget: outputs.at(-1) as Value };
  }

  /** Where a micro-batch's graph finds its inputs: weights as they are now, its page, and what follows from that. */
  #sourceOf(b: GraphBuilder, page: Value, weights: readonly Value[]) {
    const trained = new Map(weights.map((weight, i) => [(this.specs[i] as ParameterSpec).name, weight]));
    const known = new Map<string, Value>();
    const read = (name: string, dtype: DType, shape: Shape): Value => {
      const value = known.get(name) ?? this.#pages.read(b, page, name, dtype, shape);
      known.set(name, value);
      return value;
    };
    return (name: string, dtype: DType, shape: Shape): Value => {
      const T = shape.at(-1) as Dim;
      switch (name) {
        case "positions":
          return cast(b, expand(b, reshape(b, range(b, T), [1, T]), shape), "int32", 6);
        case "mask":
          return futureMask(b, reshape(b, range(b, T), [1, 1, 1, T, 1]), T);
        case "readout_mask":
          return futureMask(
            b,
            toInt64(b, reshape(b, read("readout_positions", "int32", ["B", "M"]), ["B", 1, 1, "M", 1])),
            T,
          );
        case "allowed_mask": {
          const tokens = toInt64(b, read("allowed_tokens", "int32", ["N", "K"]));
          return maskOf(b, tokens, read("allowed_base", "float32", ["N", 1]), this.#config.vocabSize);
        }
        default:
          if (this.#lasting.has(name)) return trained.get(name) ?? this.rootInput(name, shape);
          return read(name, dtype, shape);
      }
    };
  }
}

/** 0 .. size - 1 of a symbol, int64. */
function range(b: GraphBuilder, size: Dim): Value {
  const scalar = b.emitOne("Reshape", [b.dim(size), b.int64s([])], []);
  return b.emitOne("Range", [b.scalar("int64", 0), scalar, b.scalar("int64", 1)], [size]);
}

/** What tokens at `positions`, int64 [..., 1], see of T tokens: 0 up to themselves, hugely negative behind. */
function futureMask(b: GraphBuilder, positions: Value, T: Dim): Value {
  const isLater = compare(b, "Greater", range(b, T), positions);
  return where(b, isLater, b.scalar("float32", SHUT_OUT), b.scalar("float32", 0));
}

function cast(b: GraphBuilder, x: Value, dtype: DType, code: number): Value {
  return b.emitOne("Cast", [x], x.shape, { dtype, attributes: { to: int(code) } });
}
