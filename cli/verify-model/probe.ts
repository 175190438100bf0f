// Looks inside a model: logits and residual streams of every token of a padded batch, which no primitive of an engine
// returns. Built from the same description of the decoder as training and rollouts.

import { GraphBuilder } from "../../client/engine/onnx/graph/builder.ts";
import { encodeModel } from "../../client/engine/onnx/graph/encode.ts";
import { SHUT_OUT } from "../../client/engine/onnx/learner/batch.ts";
import { decode, finalNorm, headLogits, int32Input, weightValues } from "../../client/engine/onnx/model/decoder.ts";
import type { Model } from "../../client/engine/onnx/model/model.ts";
import type { Device } from "../../client/engine/onnx/session/device.ts";
import { f32, type GraphSession, i32 } from "../../client/engine/onnx/session/graph-session.ts";
import { openOrtSession } from "../../client/engine/onnx/session/ort-session.ts";

/** A padded batch; all [B][T]. */
export interface PaddedBatch {
  readonly input_ids: readonly (readonly number[])[];
  readonly attention_mask: readonly (readonly number[])[];
  readonly position_ids: readonly (readonly number[])[];
}

export interface Probed {
  /** [B*T, V] */
  readonly logits: Float32Array;
  /** [B*T, D]: before each layer, then after the final norm. */
  readonly states: readonly Float32Array[];
  /** One row of the logits. */
  row(batchRow: number, token: number): Float32Array;
}

export class Probe {
  readonly #model: Model;
  readonly #session: GraphSession;

  private constructor(model: Model, session: GraphSession) {
    this.#model = model;
    this.#session = session;
  }

  static async open(model: Model, device: Device): Promise<Probe> {
    const { config } = model;
    const b = new GraphBuilder("probe");
    const weights = weightValues(b, config);
    const { hidden, states } = decode(b, config, weights, {
      tokens_BT: int32Input(b, "tokens", ["B", "T"]),
      positions_BT: int32Input(b, "positions", ["B", "T"]),
      mask: b.input("mask", "float32", ["B", 1, 1, "T", "T"]),
    });
    states.forEach((state, i) => {
      b.output(`state ${i}`, state);
    });
    b.output("normed", finalNorm(b, config, weights, hidden));
    b.output("logits", headLogits(b, config, weights, hidden));
    const bytes = encodeModel(b.finish());
    return new Probe(model, await openOrtSession(bytes, { threads: 1, optimization: "all", device }));
  }

  /** One sequence without padding. */
  sequence(tokens: readonly number[]): Promise<Probed> {
    return this.batch({
      input_ids: [tokens],
      attention_mask: [tokens.map(() => 1)],
      position_ids: [tokens.map((_, t) => t)],
    });
  }

  async batch({ input_ids, attention_mask, position_ids }: PaddedBatch): Promise<Probed> {
    const [B, T, V] = [input_ids.length, input_ids[0]?.length ?? 0, this.#model.config.vocabSize];
    const mask = new Float32Array(B * T * T);
    for (let row = 0; row < B; row++) {
      for (let t = 0; t < T; t++) {
        for (let s = 0; s < T; s++) {
          // A padding token on the left sees itself: a row that sees nothing has no softmax.
          const isSeen = s === t || (s < t && attention_mask[row]?.[s] === 1);
          mask[(row * T + t) * T + s] = isSeen ? 0 : SHUT_OUT;
        }
      }
    }
    const longest = Math.max(...position_ids.flat()) + 1;
    const outputs = await this.#session.run({
      ...this.#model.inputs(longest),
      tokens: i32(Int32Array.from(input_ids.flat()), [B, T]),
      positions: i32(Int32Array.from(position_ids.flat()), [B, T]),
      mask: f32(mask, [B, 1, 1, T, T]),
    });
    const floats = (name: string) => outputs[name]?.data as Float32Array;
    const logits = floats("logits");
    const states = Array.from({ length: this.#model.config.layerCount }, (_, i) => floats(`state ${i}`));
    return {
      logits,
      states: [...states, floats("normed")],
      row: (batchRow, token) => logits.subarray((batchRow * T + token) * V, (batchRow * T + token + 1) * V),
    };
  }

  close(): Promise<void> {
    return this.#session.release();
  }
}
