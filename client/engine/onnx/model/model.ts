// A decoder's weights as the engine holds them: one flat array, the table of what lies where, and the graph inputs that
// show both. Rotary tables grow with the longest sequence seen, up to the config's bound.

import { fail } from "../../../../proto/errors.ts";
import type { HostTensors } from "../session/graph-session.ts";
import type { DecoderConfig } from "./config.ts";
import { adapterTable } from "./lora.ts";
import { type ParameterTable, parameterTable, weightInputs } from "./parameters.ts";
import { ropeTables } from "./rope-tables.ts";

const FIRST_TABLE_POSITIONS = 128;

export class Model {
  readonly config: DecoderConfig;
  /** Of the base. */
  readonly table: ParameterTable;
  readonly flat: Float32Array;
  /** What training changes: the adapters where the config has them, else the base. */
  readonly trainable: { readonly table: ParameterTable; readonly flat: Float32Array };
  readonly #base: HostTensors;
  #ropePositions = 0;
  #rope: HostTensors = {};
  #inputs: HostTensors = {};

  /**
   * @param flat made for the config's table; used in place
   * @param adapters made for `adapterTable`, where the config has adapters
   */
  constructor(config: DecoderConfig, flat: Float32Array, adapters?: Float32Array) {
    this.config = config;
    this.table = parameterTable(config);
    this.flat = flat;
    this.#base = weightInputs(this.table, flat);
    this.trainable = { table: this.table, flat };
    if (config.lora !== undefined) {
      const table = adapterTable(config, config.lora);
      this.trainable = { table, flat: adapters ?? new Float32Array(table.flatSize) };
    }
  }

  /** Weights and rotary tables for sequences of up to `positionCount` tokens. */
  inputs(positionCount: number): HostTensors {
    if (positionCount > this.#ropePositions) {
      this.#ropePositions = Math.max(FIRST_TABLE_POSITIONS, 2 ** Math.ceil(Math.log2(positionCount)));
      this.#rope = ropeTables(this.config, this.#ropePositions);
      this.#inputs = { ...this.#base, ...this.adapterInputs(this.trainable.flat), ...this.#rope };
    }
    return this.#inputs;
  }

  /** Graph inputs that show an array of adapters; none where the config has none. */
  adapterInputs(flat: Float32Array): HostTensors {
    return this.config.lora === undefined ? {} : weightInputs(this.trainable.table, flat);
  }

  /** @throws {EngineError} GENERATION_FAILED when a sequence is longer than the model's positions or names no token */
  checkSequence(tokens_T: Int32Array, extraTokens: number, what: string): void {
    const length = tokens_T.length + extraTokens;
    if (length > this.config.maxPositions) {
      throw fail(
        "GENERATION_FAILED",
        `${what} needs ${length} positions, the model has ${this.config.maxPositions}: shorten the prompt or the completion`,
        { retryable: false },
      );
    }
    const stray = tokens_T.find((token) => token < 0 || token >= this.config.vocabSize);
    if (tokens_T.length === 0 || stray !== undefined) {
      throw fail(
        "GENERATION_FAILED",
        `${what} ${stray === undefined ? "is empty" : `holds token ${stray}`}; the vocabulary has ${this.config.vocabSize}`,
        {
          retryable: false,
        },
      );
    }
  }
}
