// `merge` against the model that it merges: the written checkpoint computes the same logits as base and adapters, and a folder
// that is wrong, an output that is there or a base that does not fit is refused with the cure.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { runCommandLine } from "../../cli/program.ts";
import { Probe } from "../../cli/verify-model/probe.ts";
import { openModel } from "../../client/engine/onnx/model/open-model.ts";
import { readSafetensors } from "../../client/engine/weights/safetensors.ts";
import { RandomStream } from "../../client/random.ts";
import { perturb, randomRows, randomTokens, TINY, tinyEngine } from "../client/engine/onnx/tiny-engine.ts";

const TEXTS = {
  "generation_config.json": '{"eos_token_id":[1,2]}',
  "tokenizer.json": '{"version":"1.0"}',
  "tokenizer_config.json": '{"eos_token":"<e>"}',
  "chat_template.jinja": "{{ messages }}",
};

let root: string;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "anchorgym-merge-"));
  const plain = await tinyEngine();
  perturb(plain, 0.1, 4);
  await plain.save(join(root, "base"), "weights");
  await plain.close();
  for (const [name, text] of Object.entries(TEXTS)) writeFileSync(join(root, "base", name), text);
  const adapted = await tinyEngine({
    model: { directory: join(root, "base"), lora: { rank: 3, alpha: 6, targets: ["q_proj", "v_proj", "down_proj"] } },
  });
  for (let step = 0; step < 3; step++) {
    await adapted.forwardBackward({ rows: randomRows(new RandomStream(3), 5) }, { name: "cross-entropy" });
    await adapted.optimStep({
      learningRate: 5e-2,
      beta1: 0.9,
      beta2: 0.99,
      epsilon: 1e-8,
      weightDecay: 0,
      maxGradNorm: 1,
    });
  }
  await adapted.save(join(root, "adapters"), "weights");
  await adapted.close();
});
afterAll(() => rmSync(root, { recursive: true, force: true }));
afterEach(() => {
  process.exitCode = undefined;
});

async function merge(...words: readonly string[]): Promise<{ code: number; said: string; errors: string }> {
  let [said, errors] = ["", ""];
  const spies = [
    vi.spyOn(process.stdout, "write").mockImplementation((text) => {
      said += String(text);
      return true;
    }),
    vi.spyOn(process.stderr, "write").mockImplementation((text) => {
      errors += String(text);
      return true;
    }),
  ];
  try {
    const code = await runCommandLine(["merge", ...words], (text) => {
      errors += text;
    });
    return { code, said, errors };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

/** Logits of a folder's model, [sequence][T*V]. */
async function logitsOf(directory: string, sequences: readonly (readonly number[])[]): Promise<Float32Array[]> {
  const { model } = await openModel({ directory }, 0);
  const probe = await Probe.open(model, "cpu");
  const logits: Float32Array[] = [];
  for (const tokens of sequences) logits.push((await probe.sequence(tokens)).logits);
  await probe.close();
  return logits;
}

/** Largest difference, as a share of the largest logit. */
function worstDifference(ours: readonly Float32Array[], theirs: readonly Float32Array[]): number {
  const largest = Math.max(...theirs.map((row) => row.reduce((max, value) => Math.max(max, Math.abs(value)), 0)));
  const differences = ours.map((row, i) =>
    row.reduce((max, value, n) => Math.max(max, Math.abs(value - (theirs[i]?.[n] as number))), 0),
  );
  return Math.max(...differences) / largest;
}

const sequences = [1, 9, 40].map((length) => [...randomTokens(new RandomStream(length), length, TINY.vocabSize)]);

describe("a merged checkpoint", () => {
  // float32: rounding of sums alone. Halves keep 8 or 11 digits of a weight, whose errors partly cancel in a logit.
  test.each([
    ["float32", "F32", 1e-5],
    ["bfloat16", "BF16", 2 ** -5],
    ["float16", "F16", 2 ** -8],
  ] as const)("in %s computes the logits of base and adapters", async (dtype, stored, tolerance) => {
    const output = join(root, `merged-${dtype}`);
    const { code, said, errors } = await merge(join(root, "adapters"), "--output", output, "--dtype", dtype);
    expect(errors).toBe("");
    expect(code).toBe(0);
    expect(said).toContain(`adapters of rank 3 on q_proj, v_proj, down_proj; `);
    const [merged, adapted, plain] = await Promise.all(
      [output, join(root, "adapters"), join(root, "base")].map((directory) => logitsOf(directory, sequences)),
    );
    expect(worstDifference(merged!, adapted!)).toBeLessThan(tolerance);
    // The adapters matter: a merge that forgot them would be seen.
    expect(worstDifference(plain!, adapted!)).toBeGreaterThan(0.1);
    const { tensors } = await readSafetensors(join(output, "model.safetensors"));
    expect(new Set([...tensors.values()].map((tensor) => tensor.dtype))).toEqual(new Set([stored]));
    expect(JSON.parse(readFileSync(join(output, "config.json"), "utf8")).torch_dtype).toBe(dtype);
  });

  test("is a whole folder: the base's generation settings, tokenizer and chat template, and no adapters", async () => {
    const output = join(root, "whole");
    const { said } = await merge(join(root, "adapters"), "--output", output, "--json");
    expect(JSON.parse(said)).toMatchObject({ output, base: join(root, "base"), rank: 3, alpha: 6, dtype: "float32" });
    for (const [name, text] of Object.entries(TEXTS)) expect(readFileSync(join(output, name), "utf8")).toBe(text);
    expect(readdirSync(output)).not.toContain("adapter_config.json");
    expect(readdirSync(root).filter((name) => name.startsWith("."))).toEqual([]);
  });
});

describe("a merge is refused", () => {
  const refused = async (words: readonly string[], code: number, pattern: RegExp) => {
    const output = join(root, "never");
    const result = await merge(...words, "--output", output);
    expect(result.errors).toMatch(pattern);
    expect(result.code).toBe(code);
    expect(existsSync(output)).toBe(false);
  };
  const adapters = (name: string, change: Readonly<Record<string, unknown>>): string => {
    const folder = mkdtempSync(join(root, `${name}-`));
    const config = JSON.parse(readFileSync(join(root, "adapters", "adapter_config.json"), "utf8"));
    writeFileSync(join(folder, "adapter_config.json"), JSON.stringify({ ...config, ...change }));
    const weights = "adapter_model.safetensors";
    writeFileSync(join(folder, weights), readFileSync(join(root, "adapters", weights)));
    return folder;
  };

  test("into a folder that is there, which stays as it is", async () => {
    const taken = join(root, "taken");
    writeFileSync(taken, "mine");
    const { code, errors } = await merge(join(root, "adapters"), "--output", taken);
    expect(errors).toContain("is there already; name a new folder");
    expect(code).toBe(2);
    expect(readFileSync(taken, "utf8")).toBe("mine");
  });

  test("from a folder without adapters, or from none", async () => {
    await refused([join(root, "base")], 2, /base holds no adapter_config\.json; name a folder of adapters/);
    await refused([join(root, "nowhere")], 2, /nowhere is no folder that exists/);
  });

  test("where the base is not named, not there, or adapters itself", async () => {
    await refused([adapters("nameless", { base_model_name_or_path: null })], 2, /names no base; give it with --base/);
    const gone = adapters("gone", { base_model_name_or_path: join(root, "gone") });
    await refused([gone], 2, /names is not there; give its folder with --base\n {2}because: .*gone is no folder/);
    await refused([join(root, "adapters"), "--base", join(root, "adapters")], 2, /is a folder of adapters itself/);
  });

  test("where the base has other shapes", async () => {
    const other = await tinyEngine({ model: { ...TINY, ffnSize: 32 } });
    await other.save(join(root, "other"), "weights");
    await other.close();
    await refused(
      [join(root, "adapters"), "--base", join(root, "other")],
      1,
      /down_proj\.lora_A\.weight has shape \[3, 24\], the model needs \[3, 32\]\. Use the base that these adapters/,
    );
  });

  test("where an adapter is on a linear, or of a kind, that is unknown", async () => {
    await refused(
      [adapters("target", { target_modules: ["q_proj", "router"] })],
      1,
      /target router; supported: q_proj/,
    );
    await refused([adapters("pattern", { target_modules: ".*proj" })], 1, /target_modules is "\.\*proj"; supported/);
    await refused([adapters("dora", { use_dora: true })], 1, /use_dora is true; supported: false/);
    await refused([adapters("pissa", { init_lora_weights: "pissa" })], 1, /init_lora_weights is "pissa"/);
  });

  test("where a sum is beyond float16, and nothing is left behind", async () => {
    const large = adapters("large", { lora_alpha: 1e9 });
    await refused([large, "--dtype", "float16"], 1, /beyond float16's 65504; save as bfloat16 or float32/);
    expect(readdirSync(root).filter((name) => name.includes("never"))).toEqual([]);
  });
});

const fixtures = fileURLToPath(new URL("../../../shared/data/models", import.meta.url));
if (!existsSync(fixtures)) console.info("skipped: ../shared/data/models is not there, so no fixture is merged");

test.skipIf(!existsSync(fixtures)).each(["tiny-qwen2-lora", "tiny-qwen3-lora"])(
  "%s merged computes the logits that the reference gives for base and adapters",
  async (name) => {
    const output = join(root, name);
    const { errors } = await merge(join(fixtures, name), "--output", output);
    expect(errors).toBe("");
    const folder = join(fixtures, "golden", name);
    const { prompts } = JSON.parse(readFileSync(join(folder, "lora.json"), "utf8")) as {
      prompts: { ids: number[]; last_logits: { file: string; shape: number[]; offset: number } }[];
    };
    const logits = await logitsOf(
      output,
      prompts.map(({ ids }) => ids),
    );
    for (const [i, { last_logits: place }] of prompts.entries()) {
      const [size, bytes] = [place.shape.at(-1) as number, readFileSync(join(folder, place.file))];
      const expected = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
      const last = logits[i]!.subarray(-size);
      const worst = last.reduce((max, value, n) => Math.max(max, Math.abs(value - expected[place.offset + n]!)), 0);
      // The tolerance that the fixtures' README gives for logits.
      expect(worst).toBeLessThan(1e-4);
    }
  },
);
