// A decoder's weights as the engine holds them: one flat array, the table of what lies where, and the graph inputs that
// show both. Rotary tables grow with the longest sequence seen, up to the config's bound.

import { fail } from "../../../../proto/errors.ts";
import type { HostTensors } from "../session/graph-session.ts";
import type { DecoderConfig } from "./config.ts";
import { type ParameterTable, parameterTable, weightInputs } from "./parameters.ts";
import { ropeTables } from "./rope-tables.ts";

const FIRST_TABLE_POSITIONS = 128;

export class Model {
  readonly config: DecoderConfig;
  readonly table: ParameterTable;
  readonly flat: Float32Array;
  readonly #weights: HostTensors;
  #ropePositions = 0;
  #inputs: HostTensors = {};

  /** @param flat made for the config's table; used in place */
  constructor(config: DecoderConfig, flat: Float32Array) {
    this.config = config;
    this.table = parameterTable(config);
    this.flat = flat;
    this.#weights = weightInputs(this.table, flat);
  }

  /** Weights and rotary tables for sequences of up to `positionCount` tokens. */
  inputs(positionCount: number): HostTensors {
    if (positionCount > this.#ropePositions) {
      this.#ropePositions = Math.max(FIRST_TABLE_POSITIONS, 2 ** Math.ceil(Math.log2(positionCount)));
      this.#inputs = { ...this.#weights, ...ropeTables(this.config, this.#ropePositions) };
    }
    return this.#inputs;
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
