// Graph sessions over onnxruntime-node. Runs block the thread, so only workers and tests open them.
// Memory patterns are off: they cache one plan per input shape, and shapes here differ from batch to batch.

import { env, InferenceSession, Tensor } from "onnxruntime-node";
import type { DType } from "../graph/value.ts";
import { deviceError } from "./device.ts";
import type { GraphSession, HostTensor, HostTensors, SessionOptions, WeightFile } from "./graph-session.ts";

const LOG_ERRORS_ONLY = 3;
// The runtime writes what it throws to standard error as well, before there is a session: a missing device is our sentence.
env.logLevel = "fatal";

export async function openOrtSession(
  model: Uint8Array,
  options: SessionOptions,
  weights?: WeightFile,
): Promise<GraphSession> {
  const device = options.device ?? "cpu";
  const session = await InferenceSession.create(model, {
    executionProviders: [device],
    graphOptimizationLevel: options.optimization,
    intraOpNumThreads: options.threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    enableMemPattern: false,
    ...(weights === undefined ? {} : { externalData: [{ path: weights.name, data: weights.data }] }),
    logSeverityLevel: LOG_ERRORS_ONLY,
    ...(options.profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: options.profile }),
    extra: {
      session: {
        // The runtime's softmax gives what a mask hides not 0 but the smallest number there is, for each of which the
        // processor calls on slow microcode: a softmax takes four times as long. This thread computes so from now on.
        set_denormal_as_zero: "1",
        // Idle threads would spin and double the CPU time of a step.
        intra_op: { allow_spinning: "0" },
      },
    },
  }).catch((cause: unknown) => {
    throw device === "cpu" ? cause : deviceError(device, cause);
  });
  return {
    async run(inputs: HostTensors, wanted?: readonly string[]): Promise<HostTensors> {
      const feeds: Record<string, Tensor> = {};
      for (const [name, tensor] of Object.entries(inputs)) feeds[name] = toOrt(tensor);
      const results = await (wanted === undefined ? session.run(feeds) : session.run(feeds, wanted));
      const outputs: Record<string, HostTensor> = {};
      for (const [name, tensor] of Object.entries(results)) outputs[name] = fromOrt(tensor as Tensor);
      return outputs;
    },
    release: () => {
      if (options.profile !== undefined) session.endProfiling();
      return session.release();
    },
  };
}

function toOrt(tensor: HostTensor): Tensor {
  return new Tensor(tensor.dtype, tensor.data, tensor.shape);
}

function fromOrt(tensor: Tensor): HostTensor {
  return { dtype: tensor.type as DType, shape: tensor.dims, data: tensor.data as HostTensor["data"] };
}
