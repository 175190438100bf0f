// The two graphs of decoding with the host in the loop: `prefill` reads whole prompts and returns the logits after each
// prompt's last token and the caches; `extend` reads a few further tokens per row against chosen rows of such caches and
// returns the logits after each row's last token. It returns no caches: completions here are a handful of tokens, and
// reading them again is cheaper than copying caches out.

import { GraphBuilder } from "../graph/builder.ts";
import type { Graph } from "../graph/value.ts";
import type { DecoderConfig } from "../model/config.ts";
import { decode, headLogits, int32Input, type LayerCache, readoutInputs, weightValues } from "../model/decoder.ts";

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
  caches.forEach((cache, layer) => {
    b.output(cacheName("keys", layer), cache.keys);
    b.output(cacheName("values", layer), cache.values);
  });
  return b.finish();
}

/**
 * Inputs tokens, positions [B, C], mask [B,1,1,C,P+C], readouts, past_rows [B] and caches of other rows [R, H, P, E];
 * output logits [B*M, V].
 */
export function buildExtendGraph(config: DecoderConfig): Graph {
  const b = new GraphBuilder("extend");
  const weights = weightValues(b, config);
  const cacheShape = ["cached", config.kvHeadCount, "P", config.headDim];
  const past = Array.from(
    { length: config.layerCount },
    (_, layer): LayerCache => ({
      keys: b.input(cacheName("keys", layer), "float32", cacheShape),
      values: b.input(cacheName("values", layer), "float32", cacheShape),
    }),
  );
  const { hidden } = decode(b, config, weights, {
    tokens_BT: int32Input(b, "tokens", ["B", "C"]),
    positions_BT: int32Input(b, "positions", ["B", "C"]),
    mask: b.input("mask", "float32", ["B", 1, 1, "C", "P+C"]),
    past,
    pastRows: int32Input(b, "past_rows", ["B"]),
    readouts: readoutInputs(b, "P+C"),
  });
  b.output("logits", headLogits(b, config, weights, hidden));
  return b.finish();
}
