// DecoderConfig <-> Hugging Face config.json. Reads older keys (rope_theta, rope_scaling) and newer ones
// (rope_parameters); refuses what it does not compute instead of ignoring it.

import { fail } from "../../../../proto/errors.ts";
import type { WeightDtype } from "../../weights/tensor-dtype.ts";
import { checkConfig, type DecoderConfig, type ModelType, type RopeScaling } from "./config.ts";

type Json = Readonly<Record<string, unknown>>;

const MODEL_TYPES: readonly ModelType[] = ["llama", "qwen2", "qwen3"];
const ARCHITECTURES: Readonly<Record<ModelType, string>> = {
  llama: "LlamaForCausalLM",
  qwen2: "Qwen2ForCausalLM",
  qwen3: "Qwen3ForCausalLM",
};

/** Fields whose other values mean arithmetic that is not here: field, accepted values. */
const ONLY: readonly (readonly [string, readonly unknown[]])[] = [
  ["hidden_act", [undefined, "silu"]],
  ["attention_bias", [undefined, false]],
  ["mlp_bias", [undefined, false]],
  ["use_sliding_window", [undefined, false]],
  ["partial_rotary_factor", [undefined, 1]],
  ["quantization_config", [undefined, null]],
];

/**
 * @param json parsed config.json
 * @param place names the file in messages
 * @throws {EngineError} WEIGHTS_REJECTED, naming the field, its value and what is supported
 */
export function readHuggingFaceConfig(json: unknown, place: string): DecoderConfig {
  if (typeof json !== "object" || json === null) throw rejected(place, "the file", json, "a JSON object");
  const fields = json as Json;
  const modelType = MODEL_TYPES.find((type) => type === fields["model_type"]);
  if (modelType === undefined) throw rejected(place, "model_type", fields["model_type"], MODEL_TYPES.join(", "));
  for (const [field, accepted] of ONLY) {
    if (!accepted.includes(fields[field])) throw rejected(place, field, fields[field], String(accepted[1]));
  }
  const layerTypes = fields["layer_types"] ?? [];
  if (!Array.isArray(layerTypes) || layerTypes.some((type) => type !== "full_attention")) {
    throw rejected(place, "layer_types", layerTypes, "full_attention");
  }
  const number = (field: string, fallback?: number): number => {
    const value = fields[field] ?? fallback;
    if (typeof value !== "number") throw rejected(place, field, value, "a number");
    return value;
  };
  const headCount = number("num_attention_heads");
  const hiddenSize = number("hidden_size");
  const rope = (fields["rope_parameters"] ?? fields["rope_scaling"] ?? {}) as Json;
  const ropeTheta = rope["rope_theta"] ?? fields["rope_theta"] ?? 10_000;
  if (typeof ropeTheta !== "number") throw rejected(place, "rope_theta", ropeTheta, "a number");
  return checkConfig(
    {
      modelType,
      vocabSize: number("vocab_size"),
      hiddenSize,
      layerCount: number("num_hidden_layers"),
      headCount,
      kvHeadCount: number("num_key_value_heads", headCount),
      headDim: number("head_dim", hiddenSize / headCount),
      ffnSize: number("intermediate_size"),
      ropeTheta,
      ropeScaling: readRopeScaling(rope, place),
      rmsNormEpsilon: number("rms_norm_eps", 1e-6),
      tieEmbeddings: fields["tie_word_embeddings"] === true,
      qkvBias: modelType === "qwen2",
      qkNorm: modelType === "qwen3",
      maxPositions: number("max_position_embeddings", 2048),
    },
    place,
  );
}

function readRopeScaling(rope: Json, place: string): RopeScaling | null {
  const type = rope["rope_type"] ?? rope["type"] ?? "default";
  if (type === "default") return null;
  if (type !== "llama3") throw rejected(place, "rope_type", type, "default or llama3");
  const number = (field: string): number => {
    const value = rope[field];
    if (typeof value !== "number") throw rejected(place, `rope_scaling.${field}`, value, "a number");
    return value;
  };
  return {
    factor: number("factor"),
    lowFreqFactor: number("low_freq_factor"),
    highFreqFactor: number("high_freq_factor"),
    originalMaxPositions: number("original_max_position_embeddings"),
  };
}

/**
 * The config.json that this library and transformers read back as `config`.
 * @param source the one that the model was loaded with, whose other fields (token ids, names) are handed on
 * @param dtype of the weights beside it
 */
export function writeHuggingFaceConfig(
  config: DecoderConfig,
  source: Json | null = null,
  dtype: WeightDtype = "float32",
): Json {
  if (source !== null) {
    // Newer files say dtype; a file with both would contradict itself.
    const { torch_dtype: _, dtype: newer, ...kept } = source;
    return { ...kept, ...(newer === undefined ? { torch_dtype: dtype } : { dtype }) };
  }
  const scaling = config.ropeScaling;
  return {
    architectures: [ARCHITECTURES[config.modelType]],
    model_type: config.modelType,
    vocab_size: config.vocabSize,
    hidden_size: config.hiddenSize,
    intermediate_size: config.ffnSize,
    num_hidden_layers: config.layerCount,
    num_attention_heads: config.headCount,
    num_key_value_heads: config.kvHeadCount,
    head_dim: config.headDim,
    hidden_act: "silu",
    attention_bias: false,
    ...(config.modelType === "llama" ? { mlp_bias: false } : { use_sliding_window: false }),
    max_position_embeddings: config.maxPositions,
    rms_norm_eps: config.rmsNormEpsilon,
    rope_theta: config.ropeTheta,
    rope_scaling:
      scaling === null
        ? null
        : {
            rope_type: "llama3",
            factor: scaling.factor,
            low_freq_factor: scaling.lowFreqFactor,
            high_freq_factor: scaling.highFreqFactor,
            original_max_position_embeddings: scaling.originalMaxPositions,
          },
    tie_word_embeddings: config.tieEmbeddings,
    // Absent, they would be those of the architecture's first model; generation_config.json knows the tokenizer's.
    bos_token_id: null,
    eos_token_id: null,
    pad_token_id: null,
    torch_dtype: dtype,
  };
}

function rejected(place: string, field: string, value: unknown, supported: string): Error {
  return fail("WEIGHTS_REJECTED", `${place}: ${field} is ${JSON.stringify(value)}; supported: ${supported}`);
}
