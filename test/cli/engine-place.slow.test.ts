// Where an engine really runs is looked up, and a device that is missing is refused with the cure.
import { describe, expect, test } from "vitest";
import { examine } from "../../cli/doctor/examine.ts";
import { runningPlace } from "../../cli/engine-place.ts";
import { placeOptions } from "../../cli/flag-values.ts";
import { verifyModels } from "../../cli/verify-model/verify.ts";
import { DEVICES, defaultForm } from "../../client/engine/onnx/session/device.ts";

describe("the place of an engine", () => {
  test.each(["host", "device"] as const)("on the CPU every kernel of the %s's form runs there", async (form) => {
    const { device, form: used, providers, on_cpu } = await runningPlace({ form });
    expect([device, used, on_cpu]).toEqual(["cpu", form, undefined]);
    expect(Object.keys(providers)).toEqual(["CPUExecutionProvider"]);
    expect(providers["CPUExecutionProvider"]).toBeGreaterThan(100);
  });

  test("cuda means the device's form, other devices the host's; what a flag says goes to the engine, and nothing else", () => {
    expect(DEVICES.map(defaultForm)).toEqual(["host", "device", "host"]);
    expect(placeOptions({})).toEqual({});
    expect(placeOptions({ device: "cuda", form: "host" })).toEqual({ device: "cuda", form: "host" });
  });

  test("a device that is missing ends verify-model and bench before they begin, with the cure", async () => {
    const { devices } = await examine({ network: false });
    for (const device of ["cuda", "webgpu"] as const) {
      if (devices[device].usable) continue;
      const cure = new RegExp(`device ${device} cannot be used.*docs/gpu\\.md.*--device cpu`);
      await expect(runningPlace({ device })).rejects.toThrow(cure);
      await expect(verifyModels(".", { device })).rejects.toThrow(cure);
    }
  });
});
