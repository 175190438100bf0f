// Cosines and sines of the rotary embedding, made on the host in float64. The queries' tables carry the attention scale
// 1 / sqrt(headDim): the rotation is linear, so scaling costs no operator.   @see arXiv 2104.09864

import { f32, type HostTensors } from "../session/graph-session.ts";
import type { DecoderConfig } from "./config.ts";

/** Radians per position, one per pair of dimensions; long wavelengths are stretched where the config scales them. */
export function rotaryFrequencies(config: DecoderConfig): Float64Array {
  const { headDim, ropeTheta, ropeScaling } = config;
  return Float64Array.from({ length: headDim / 2 }, (_, i) => {
    const frequency = ropeTheta ** ((-2 * i) / headDim);
    if (ropeScaling === null) return frequency;
    const { factor, lowFreqFactor, highFreqFactor, originalMaxPositions } = ropeScaling;
    const wavesInContext = (originalMaxPositions * frequency) / (2 * Math.PI);
    if (wavesInContext > highFreqFactor) return frequency;
    if (wavesInContext < lowFreqFactor) return frequency / factor;
    const kept = (wavesInContext - lowFreqFactor) / (highFreqFactor - lowFreqFactor);
    return ((1 - kept) * frequency) / factor + kept * frequency;
  });
}

/** Names of the table inputs, [P, headDim / 2] each. */
export const ROPE_INPUTS = ["rope_cos", "rope_sin", "rope_cos_scaled", "rope_sin_scaled"] as const;

/** Tables for positions [0, positionCount). */
export function ropeTables(config: DecoderConfig, positionCount: number): HostTensors {
  const frequencies = rotaryFrequencies(config);
  const width = frequencies.length;
  const scale = 1 / Math.sqrt(config.headDim);
  const table = (value: (angle: number) => number) => {
    const data = new Float32Array(positionCount * width);
    for (let position = 0; position < positionCount; position++) {
      for (let i = 0; i < width; i++) data[position * width + i] = value(position * (frequencies[i] as number));
    }
    return f32(data, [positionCount, width]);
  };
  return {
    rope_cos: table(Math.cos),
    rope_sin: table(Math.sin),
    rope_cos_scaled: table((angle) => scale * Math.cos(angle)),
    rope_sin_scaled: table((angle) => scale * Math.sin(angle)),
  };
}
