// Where graphs run. A device that is asked for and missing is an error with the cure, never a quiet step back to the CPU.
//   const problem = await deviceProblem("cuda");   // null: it works, on this machine, now

import { fail } from "../../../../proto/errors.ts";
import { GraphBuilder } from "../graph/builder.ts";
import { encodeModel } from "../graph/encode.ts";
import { add } from "../graph/ops/arithmetic.ts";
import type { OpenSession } from "./graph-session.ts";

export const DEVICES = ["cpu", "cuda", "webgpu"] as const;
export type Device = (typeof DEVICES)[number];

/**
 * How graphs are cut into runs. "host": one run per micro-batch and per few decoding steps, with weights, keys and values as
 * inputs that cost nothing to pass. "device": loops inside graphs, so that state stays where they run: K updates, or whole
 * completions, per run. Both run on every device and give the same results to rounding.
 */
export const FORMS = ["host", "device"] as const;
export type EngineForm = (typeof FORMS)[number];

/** CUDA has no tensors that stay on the device between runs. */
export function defaultForm(device: Device): EngineForm {
  return device === "cuda" ? "device" : "host";
}

const CURE: Readonly<Record<Device, string>> = {
  cpu: "install onnxruntime-node again: its binary for this platform does not load",
  cuda:
    "needs an NVIDIA driver, CUDA 12, cuDNN 9 and the runtime's CUDA libraries; the latter come with " +
    "`node node_modules/onnxruntime-node/script/install.js` where NuGet answers. See docs/gpu.md, or use --device cpu",
  webgpu:
    "needs a GPU with a Vulkan, Metal or Direct3D 12 driver that WebGPU accepts; software adapters are refused. " +
    "See docs/gpu.md, or use --device cpu",
};

/** What the runtime said, as an error that names the device and the cure. */
export function deviceError(device: Device, cause: unknown): Error {
  const said = cause instanceof Error ? cause.message : String(cause);
  // Checks inside the runtime begin with their place in its sources.
  const sentence = said
    .split("\n")[0]
    ?.replace(/^.* was false\. /, "")
    .trim();
  return fail("CONFIG_INVALID", `device ${device} cannot be used: ${sentence}. It ${CURE[device]}`, { cause });
}

/** Runs a graph of one node there. @throws {ConfigError} CONFIG_INVALID with the cure */
export async function checkDevice(device: Device, open: OpenSession): Promise<void> {
  const b = new GraphBuilder("probe");
  const x = b.input("x", "float32", [1]);
  b.output("y", add(b, x, x));
  const session = await open(encodeModel(b.finish()), { threads: 1, optimization: "disabled", device });
  try {
    const one = { dtype: "float32" as const, shape: [1], data: Float32Array.of(1) };
    const { y } = await session.run({ x: one });
    if (y?.data[0] !== 2) throw deviceError(device, new Error(`1 + 1 gave ${y?.data[0]} there`));
  } finally {
    await session.release();
  }
}
