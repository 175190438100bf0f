// What the engine asks of a runtime: compile the bytes of a graph, run it on host tensors. The policy and the learner
// know this file alone; `ort-session.ts` implements it.

import type { DType } from "../graph/value.ts";
import type { Device } from "./device.ts";

export interface HostTensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Row-major; int64 as BigInt64Array, bool as Uint8Array. Read, never kept: inputs are not copied. */
  readonly data: Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array;
}

export type HostTensors = Readonly<Record<string, HostTensor>>;

export interface GraphSession {
  /** Blocks its thread until the outputs are there. With `outputs` only those are made and copied out. */
  run(inputs: HostTensors, outputs?: readonly string[]): Promise<HostTensors>;
  release(): Promise<void>;
}

export interface SessionOptions {
  /** Threads inside one operator. All sessions of the process together should not exceed the cores. */
  readonly threads: number;
  readonly optimization: "disabled" | "all";
  /** Default "cpu". */
  readonly device?: Device;
  /** Note every kernel that runs, and on which provider, in a file of this path and a time; slow. Absent: do not. */
  readonly profile?: string;
}

/** Constants of a model outside its bytes; copied at opening. */
export interface WeightFile {
  readonly name: string;
  readonly data: Uint8Array;
}

export type OpenSession = (model: Uint8Array, options: SessionOptions, weights?: WeightFile) => Promise<GraphSession>;

export const f32 = (data: Float32Array, shape: readonly number[]): HostTensor => ({ dtype: "float32", shape, data });
export const i32 = (data: Int32Array, shape: readonly number[]): HostTensor => ({ dtype: "int32", shape, data });
