// The two graphs that read many tokens at once: `prefill` the first block of a prompt, `extend` what follows a past: a later
// block, or a few tokens of a completion. Both return the logits after each row's last token and the keys and values of
// the tokens that they read; who does not want them does not ask for them.

import { GraphBuilder } from "../graph/builder.ts";
import type { Graph } from "../graph/value.ts";
import type { DecoderConfig } from "../model/config.ts";
import { decode, headLogits, int32Input, type LayerCache, readoutInputs, weightValues } from "../model/decoder.ts";
import { pastName } from "./decode-graph.ts";

export const cacheName = (part: "keys" | "values", layer: number): string => `${part} ${layer}`;

/** Inputs tokens, positions [B, T], mask [1,1,1,T,T] and readouts; outputs logits [B*M, V] and caches [B, H, T, E]. */
export function buildPrefillGraph(config: DecoderConfig): Graph {
  const b = new GraphBuilder("prefill");
  const weights = weightValues(b, config);
  const { hidden, caches } = decode(b, config, weights, {
    tokens_BT: int32Input(b, "tokens", ["B", "T"]),
    positions_BT: int32Input(b, "positions", ["B", "T"]),
    mask: b.input("mask", "float32", [1, 1, 1, "T", "T"]),
    readouts: readoutInputs(b, "T"),
  });
  b.output("logits", headLogits(b, config, weights, hidden));
  outputCaches(b, caches);
  return b.finish();
}

/**
 * Inputs tokens, positions [B, C], mask [B,1,1,C,P+C], readouts and the past [B, H, P, E]; outputs logits [B*M, V] and
 * caches [B, H, C, E].
 */
export function buildExtendGraph(config: DecoderConfig): Graph {
  const b = new GraphBuilder("extend");
  const weights = weightValues(b, config);
  const shape = ["B", config.kvHeadCount, "P", config.headDim];
  const { hidden, caches } = decode(b, config, weights, {
    tokens_BT: int32Input(b, "tokens", ["B", "C"]),
    positions_BT: int32Input(b, "positions", ["B", "C"]),
    mask: b.input("mask", "float32", ["B", 1, 1, "C", "P+C"]),
    past: Array.from({ length: config.layerCount }, (_, layer) => ({
      keys: b.input(pastName("keys", layer), "float32", shape),
      values: b.input(pastName("values", layer), "float32", shape),
    })),
    readouts: readoutInputs(b, "P+C"),
  });
  b.output("logits", headLogits(b, config, weights, hidden));
  outputCaches(b, caches);
  return b.finish();
}

function outputCaches(b: GraphBuilder, caches: readonly LayerCache[]): void {
  caches.forEach(({ keys, values }, layer) => {
    b.output(cacheName("keys", layer), keys);
    b.output(cacheName("values", layer), values);
  });
}
