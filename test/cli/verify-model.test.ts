// The command holds the engine to the fixtures, and sees a golden number that was changed. The fixtures are no part of the
// repository.
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { distributionOf, restrictedDistribution } from "../../cli/verify-model/distribution.ts";
import { verifyModels } from "../../cli/verify-model/verify.ts";

const models = fileURLToPath(new URL("../../../shared/data/models", import.meta.url));
const isThere = existsSync(models);
if (!isThere) console.info("skipped: ../shared/data/models is not there, so verify-model has nothing to verify");

describe.skipIf(!isThere)("fixtures", () => {
  let copy: string;
  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), "anchorgym-models-"));
    for (const name of ["tiny-llama3", "golden/tiny-llama3"]) {
      cpSync(join(models, name), join(copy, name), { recursive: true });
    }
  });
  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  const edit = (file: string, from: string, to: string) => {
    const path = join(copy, "golden/tiny-llama3", file);
    const text = readFileSync(path, "utf8");
    expect(text).toContain(from);
    rmSync(path, { force: true });
    writeFileSync(path, text.replace(from, to));
  };

  test.each(["host", "device"] as const)(
    "a part of the folder is verified on its own, without a difference, in the %s's form",
    async (form) => {
      const ledger = await verifyModels(copy, { form });
      expect(ledger.failures).toEqual([]);
      expect(ledger.checks).toBeGreaterThan(300);
      for (const kind of ["weights", "logits", "padded", "greedy", "sampled", "rollout = training"]) {
        expect(ledger.kinds[kind]?.checks, kind).toBeGreaterThan(0);
      }
    },
  );

  test("changed golden numbers are failures that name their place", async () => {
    const golden = JSON.parse(readFileSync(join(copy, "golden/tiny-llama3/generate.json"), "utf8"));
    const [first, second] = golden.greedy[2].logprobs;
    edit("generate.json", `${first}`, `${first + 3e-4}`);
    edit("generate.json", `${second}`, `${second - 3e-4}`);
    cpSync(join(copy, "golden/tiny-llama3"), join(copy, "golden/lost"), { recursive: true });
    const ledger = await verifyModels(copy);
    expect(new Set(ledger.failures.map(({ kind }) => kind))).toEqual(new Set(["greedy", "load"]));
    expect(ledger.failures.map(({ place }) => place)).toContain("tiny-llama3 prompt 2 alone logprobs");
    expect(ledger.failed).toBe(ledger.failures.length);
  });
});

test("a restricted distribution keeps the most probable tokens and sums to one", () => {
  const logits = Float32Array.from([3, 2, 1, 0, -1]);
  const { logprobs, kept, entropyNat } = restrictedDistribution(logits, 1, 4, 0.9);
  // Of the first four, 0.643 + 0.237 lie strictly above the third: it stays, the fourth does not.
  expect(kept).toBe(3);
  expect(logprobs.reduce((sum, logprob) => sum + Math.exp(logprob), 0)).toBeCloseTo(1, 12);
  expect(logprobs[3]).toBe(Number.NEGATIVE_INFINITY);
  expect((logprobs[0] as number) - (logprobs[1] as number)).toBeCloseTo(1, 12);
  expect(entropyNat).toBeLessThan(distributionOf(logits, 1).entropyNat);
});
