// Tries one device, named as the last argument, and prints its state as JSON. A program of its own: what drivers write to
// standard error is then nobody's business, and one that takes the process down takes this one.

import { argv } from "node:process";
import { checkDevice, type Device } from "../../client/engine/onnx/session/device.ts";
import { takeCensus } from "../../client/engine/onnx/session/provider-census.ts";
import type { DeviceState } from "./examine.ts";

async function stateOf(device: Device): Promise<DeviceState> {
  try {
    const census = await takeCensus((open) => checkDevice(device, open));
    return { usable: true, problem: null, provider: Object.keys(census).join(", ") };
  } catch (error) {
    return { usable: false, problem: error instanceof Error ? error.message : String(error), provider: null };
  }
}

process.stdout.write(JSON.stringify(await stateOf(argv.at(-1) as Device)));
