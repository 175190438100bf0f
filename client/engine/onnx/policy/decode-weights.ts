// How the weights reach the decoding sessions. Two routes: as inputs, which costs a copy per policy version, or as
// constants of a session of that version, which the runtime packs for its products: a tenth of a second and more to open,
// and up to three times faster a step. The choice is a function of the model's size and never of timings, because both
// round differently and a completion must not depend on the machine's mood. A frozen base under adapters is packed once.
// Measured on 2 cores of an AMD EPYC, one thread, opening against time saved per step of 2 to 32 rows: 0.8 M parameters
// 45 ms / 0.06 ms, 4.4 M 140 ms / 1.7 ms, 25 M 280 ms / 5-9 ms. So it pays from 900, 80 and 50 steps per version on.

import { type ExternalWeights, encodeModel } from "../graph/encode.ts";
import type { Graph } from "../graph/value.ts";
import type { Model } from "../model/model.ts";
import { viewOf } from "../model/parameters.ts";
import {
  f32,
  type GraphSession,
  type HostTensors,
  type OpenSession,
  type SessionOptions,
} from "../session/graph-session.ts";
import {
  type PackedLayout,
  type PackedTable,
  packAdapters,
  packBase,
  packedLayout,
  viewsOf,
} from "./packed-weights.ts";

/** "auto" takes "prepacked" from this many parameters on, and for a frozen base. */
const PREPACKED_FROM_PARAMETERS = 500_000;
const WEIGHT_FILE = "weights";

export type WeightRoute = "auto" | "inputs" | "prepacked";

export interface DecodeSession {
  readonly session: GraphSession;
  /** What to feed beside the run's own inputs. */
  readonly weights: HostTensors;
}

export class DecodeWeights {
  /** The route taken. */
  readonly route: "inputs" | "prepacked";
  readonly #model: Model;
  readonly #open: OpenSession;
  readonly #options: SessionOptions;
  readonly #layout: PackedLayout;
  readonly #parameters: ReadonlyMap<string, Float32Array>;
  readonly #sessions = new Map<string, GraphSession>();
  #base: HostTensors | null = null;
  #adapters: HostTensors = {};
  #isFresh = false;

  constructor(model: Model, open: OpenSession, options: SessionOptions, route: WeightRoute) {
    const { config, table, flat, trainable } = model;
    this.#model = model;
    this.#open = open;
    // More than one thread would cut products by their number of rows, and a completion would depend on its batch.
    this.#options = { ...options, threads: 1 };
    this.#layout = packedLayout(config);
    this.#parameters = new Map([
      ...table.specs.map((spec) => [spec.name, viewOf(flat, spec)] as const),
      ...trainable.table.specs.map((spec) => [spec.name, viewOf(trainable.flat, spec)] as const),
    ]);
    const pays = config.lora !== undefined || table.flatSize >= PREPACKED_FROM_PARAMETERS;
    this.route = route === "auto" ? (pays ? "prepacked" : "inputs") : route;
  }

  /** The weights have changed: the next session sees them. `isBase` false: only adapters have. */
  async changed(isBase: boolean): Promise<void> {
    this.#isFresh = false;
    if (!isBase) return;
    this.#base = null;
    if (this.route === "prepacked") await this.release();
  }

  /** The session of a graph over packed weights, with the weights as they are now. */
  async get(key: string, build: () => Graph): Promise<DecodeSession> {
    const session = this.#sessions.get(key) ?? (await this.#opened(key, build()));
    if (!this.#isFresh) this.#adapters = this.#packedAdapters();
    this.#isFresh = true;
    return {
      session,
      weights: this.route === "inputs" ? { ...this.#packedBase(), ...this.#adapters } : this.#adapters,
    };
  }

  async release(): Promise<void> {
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    for (const session of sessions) await session.release();
  }

  async #opened(key: string, graph: Graph): Promise<GraphSession> {
    const session =
      this.route === "inputs"
        ? await this.#open(encodeModel(graph), this.#options)
        : await this.#openWith(graph, this.#layout.base);
    this.#sessions.set(key, session);
    return session;
  }

  /** The packed copy lives only while the session is opened, which copies it. */
  #openWith(graph: Graph, table: PackedTable): Promise<GraphSession> {
    const packed = packBase(this.#model.config, table, (name) => this.#parameter(name));
    const external: ExternalWeights = {
      file: WEIGHT_FILE,
      places: new Map(
        table.specs.map(({ name, offset, size }) => [name, { offsetBytes: 4 * offset, sizeBytes: 4 * size }]),
      ),
    };
    const data = new Uint8Array(packed.buffer);
    return this.#open(encodeModel(graph, external), this.#options, { name: WEIGHT_FILE, data });
  }

  #packedBase(): HostTensors {
    this.#base ??= tensorsOf(
      this.#layout.base,
      packBase(this.#model.config, this.#layout.base, (name) => this.#parameter(name)),
    );
    return this.#base;
  }

  #packedAdapters(): HostTensors {
    const table = this.#layout.adapters;
    if (table.flatSize === 0) return {};
    return tensorsOf(
      table,
      packAdapters(this.#model.config, table, (name) => this.#parameter(name)),
    );
  }

  #parameter(name: string): Float32Array {
    const values = this.#parameters.get(name);
    if (values === undefined) throw new Error(`the model has no parameter ${name}`);
    return values;
  }
}

function tensorsOf(table: PackedTable, packed: Float32Array): HostTensors {
  const views = viewsOf(table, packed);
  return Object.fromEntries(table.specs.map(({ name, shape }) => [name, f32(views.get(name) as Float32Array, shape)]));
}
