// The doctor tells what it tried, and a device that is missing is refused where an engine starts, with the cure.
import { describe, expect, test } from "vitest";
import { examine } from "../../cli/doctor/examine.ts";
import { LocalEngine } from "../../client/engine/onnx/local-engine.ts";
import { smallDecoder } from "../../client/engine/onnx/model/config.ts";
import { openOrtSession } from "../../client/engine/onnx/session/ort-session.ts";

describe("doctor", () => {
  test("large pages are used once they are asked for, where the system gives them", async () => {
    const before = process.env["GLIBC_TUNABLES"];
    try {
      delete process.env["GLIBC_TUNABLES"];
      const { largePages } = await examine({ network: false });
      process.env["GLIBC_TUNABLES"] = "glibc.malloc.hugetlb=1";
      const asked = await examine({ network: false });
      expect(asked.largePages).toBe(largePages === "off" ? "off" : "used");
    } finally {
      if (before === undefined) delete process.env["GLIBC_TUNABLES"];
      else process.env["GLIBC_TUNABLES"] = before;
    }
  });

  test("tries every device, and an engine agrees with it", async () => {
    const found = await examine({ network: false });
    expect(found.ok).toBe(true);
    expect(found.hub).toBeNull();
    expect(found.cores.available).toBeGreaterThan(0);
    expect(found.devices.cpu).toEqual({ usable: true, problem: null, provider: "CPUExecutionProvider" });
    const model = smallDecoder({
      vocabSize: 8,
      hiddenSize: 8,
      layerCount: 1,
      headCount: 2,
      kvHeadCount: 1,
      ffnSize: 8,
    });
    for (const device of ["cuda", "webgpu"] as const) {
      const options = { model, seed: 1, threads: 1, optimization: "all", maxBatchTokens: 64, device } as const;
      const made = LocalEngine.create(openOrtSession, options);
      if (found.devices[device].usable) await (await made).close();
      else
        await expect(made).rejects.toThrow(new RegExp(`device ${device} cannot be used.*docs/gpu\\.md.*--device cpu`));
    }
  });
});
