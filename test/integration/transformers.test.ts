// What we save is what other tools load: checkpoints after training steps, adapters and merged folders, opened by transformers
// and peft without a complaint, give our logits. Needs a Python with torch, transformers and peft, named by ANCHORGYM_PYTHON.

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PolicyTokenizer, tokenizerOfCheckpoint, tokenizerOfVocabulary } from "../../cli/policy-format.ts";
import { Probe } from "../../cli/verify-model/probe.ts";
import type { LocalEngine, LocalEngineOptions } from "../../client/engine/onnx/local-engine.ts";
import type { DecoderConfig, ModelType } from "../../client/engine/onnx/model/config.ts";
import { LORA_TARGETS } from "../../client/engine/onnx/model/lora.ts";
import { mergeAdapters } from "../../client/engine/onnx/model/merge.ts";
import { RandomStream } from "../../client/random.ts";
import { perturb, randomRows, randomTokens, tinyEngine } from "../client/engine/onnx/tiny-engine.ts";

const python = process.env["ANCHORGYM_PYTHON"] ?? "python3";
const found = spawnSync(python, ["-c", "import torch, transformers, peft"], { encoding: "utf8", timeout: 120_000 });
const isThere = found.status === 0;
if (!isThere) {
  const reason = found.error?.message ?? found.stderr.trim().split("\n").at(-1);
  console.info(
    `skipped: ${python} has no torch, transformers and peft (${reason}); name one that has by ANCHORGYM_PYTHON`,
  );
}

const fromScratch = tokenizerOfVocabulary(["go to", "drawer 10", "take", "mug", "drawer", "."], "belief", true);
const TEXTS = ["take mug .", "go to drawer 10", "<task> take a mug"];

const MODELS = fileURLToPath(new URL("../../../shared/data/models", import.meta.url));
const fixtures = existsSync(MODELS) ? ["tiny-qwen2", "tiny-qwen3", "tiny-qwen3-sharded", "tiny-llama3"] : [];
if (isThere && fixtures.length === 0)
  console.info("skipped: ../shared/data/models is not there, so no fixture is trained");

const SHAPE = {
  vocabSize: fromScratch.tokenizer.vocabularySize,
  hiddenSize: 32,
  layerCount: 2,
  headCount: 4,
  kvHeadCount: 2,
  headDim: 8,
  ffnSize: 48,
  ropeTheta: 10_000,
  ropeScaling: null,
  rmsNormEpsilon: 1e-6,
  maxPositions: 256,
};
/** The families, each with what sets it apart. */
const FAMILIES: Readonly<Record<string, { modelType: ModelType } & Partial<DecoderConfig>>> = {
  qwen2: { modelType: "qwen2" },
  "qwen2.5": { modelType: "qwen2", ropeTheta: 1e6, rmsNormEpsilon: 1e-5 },
  qwen3: { modelType: "qwen3", headDim: 16, ropeTheta: 1e6 },
  llama3: {
    modelType: "llama",
    ropeTheta: 500_000,
    ropeScaling: { factor: 8, lowFreqFactor: 1, highFreqFactor: 4, originalMaxPositions: 16 },
  },
};

function configOf(family: string, tieEmbeddings: boolean): DecoderConfig {
  const { modelType, ...own } = FAMILIES[family]!;
  const [qkvBias, qkNorm] = [modelType === "qwen2", modelType === "qwen3"];
  return { ...SHAPE, modelType, qkvBias, qkNorm, tieEmbeddings, ...own };
}

interface Result {
  readonly problems: Readonly<Record<string, readonly string[]>>;
  readonly warnings: readonly string[];
  readonly dtype: string;
  readonly logits: readonly (readonly number[])[];
  readonly ids: readonly (readonly number[])[] | null;
  readonly endOfSequence: unknown;
}
interface Case {
  readonly directory: string;
  readonly base?: string;
  readonly dtype: string;
  /** null: the folder has no tokenizer. */
  readonly words: PolicyTokenizer | null;
  readonly ours: readonly Float32Array[];
}

const sequences = [1, 7, 50].map((length) => [...randomTokens(new RandomStream(length), length, SHAPE.vocabSize)]);

/** Of the libraries among themselves, not of a folder. */
const THEIR_OWN = /`is_gradient_checkpointing` is deprecated/;

let root: string;
const cases = new Map<string, Case>();
let results: ReadonlyMap<string, Result>;
let largestDifference = 0;

async function logitsOf({ model }: LocalEngine): Promise<Float32Array[]> {
  const probe = await Probe.open(model, "cpu");
  const logits: Float32Array[] = [];
  for (const tokens of sequences) logits.push((await probe.sequence(tokens)).logits);
  await probe.close();
  return logits;
}

/** As a run does: optimiser steps, a save, the tokenizer's files; then what the saved model computes. */
async function train(name: string, options: Partial<LocalEngineOptions>, one: Omit<Case, "ours" | "dtype">) {
  const engine = await tinyEngine(options);
  if (engine.model.config.lora === undefined) perturb(engine, 0.05, 4);
  const rows = randomRows(new RandomStream(3), 5, engine.model.config).map(({ allowed_N: _, ...row }) => row);
  for (let step = 0; step < 3; step++) {
    await engine.forwardBackward({ rows }, { name: "cross-entropy" });
    const rates = { learningRate: 2e-2, beta1: 0.9, beta2: 0.99, epsilon: 1e-8 };
    await engine.optimStep({ ...rates, weightDecay: 0.01, maxGradNorm: 1 });
  }
  await engine.save(one.directory, "state");
  await one.words?.exportTo(one.directory);
  cases.set(name, { ...one, dtype: "float32", ours: await logitsOf(engine) });
  await engine.close();
}

/** A trained model, trained adapters on it, and both merged. */
async function trainAndMerge(name: string, model: LocalEngineOptions["model"], words: PolicyTokenizer | null) {
  const directory = join(root, name.replaceAll(/[^\w.]+/g, "-"));
  await train(name, { model }, { directory, words });
  const adapters = `${directory}-adapters`;
  const lora = { rank: 3, alpha: 6, targets: LORA_TARGETS };
  await train(`${name}, adapters`, { model: { directory, lora } }, { directory: adapters, base: directory, words });
  for (const dtype of ["float32", "bfloat16"] as const) {
    const merged = `${directory}-${dtype}`;
    await mergeAdapters(adapters, directory, merged, { dtype, ...(words && { addFiles: words.exportTo }) });
    const engine = await tinyEngine({ model: { directory: merged } });
    const ours = await logitsOf(engine);
    cases.set(`${name}, merged in ${dtype}`, { directory: merged, words, dtype, ours });
    await engine.close();
  }
}

beforeAll(async () => {
  if (!isThere) return;
  root = mkdtempSync(join(tmpdir(), "anchorgym-transformers-"));
  for (const family of Object.keys(FAMILIES)) {
    // A policy from scratch is a Llama; transformers allows no other tokenizer than its own beside a Qwen2.
    const words = family === "llama3" ? fromScratch : null;
    await trainAndMerge(`${family}, tied`, configOf(family, true), words);
    await trainAndMerge(`${family}, untied`, configOf(family, false), words);
  }
  for (const name of fixtures) {
    const directory = join(MODELS, name);
    await trainAndMerge(name, { directory }, await tokenizerOfCheckpoint(directory));
  }
  const asked = [...cases].map(([name, { directory, base }]) => ({ name, directory, base, sequences, texts: TEXTS }));
  const script = fileURLToPath(new URL("transformers_probe.py", import.meta.url));
  const input = JSON.stringify({ cases: asked });
  const { stdout, stderr, status } = spawnSync(python, [script], { input, encoding: "utf8", maxBuffer: 2 ** 28 });
  if (status !== 0) throw new Error(`${python} ended with ${status}:\n${stderr}`);
  const answer = JSON.parse(stdout);
  console.info(`compared with ${JSON.stringify(answer.versions)}`);
  results = new Map(Object.entries(answer.results));
});
afterAll(() => {
  if (isThere) console.info(`largest difference of a logit: ${largestDifference.toExponential(1)}`);
  if (root !== undefined) rmSync(root, { recursive: true, force: true });
});

/** Logits here reach about 10; sums of float32 that are made in another order differ by some 1e-6 of that. */
const TOLERANCE = 2e-5;

const models = [...Object.keys(FAMILIES).flatMap((family) => [`${family}, tied`, `${family}, untied`]), ...fixtures];
const kinds = ["", ", adapters", ", merged in float32", ", merged in bfloat16"];

describe.skipIf(!isThere)("transformers opens what we save:", () => {
  test.each(models.flatMap((model) => kinds.map((kind) => `${model}${kind}`)))("%s", (name) => {
    const { ours, dtype, words } = cases.get(name)!;
    const theirs = results.get(name)!;
    expect(theirs.problems).toEqual({});
    expect(theirs.warnings.filter((line) => !THEIR_OWN.test(line))).toEqual([]);
    expect(theirs.dtype).toBe(`torch.${dtype}`);
    const worst = ours.map((logits, n) =>
      logits.reduce((max, value, at) => Math.max(max, Math.abs(value - (theirs.logits[n]?.[at] as number))), 0),
    );
    largestDifference = Math.max(largestDifference, ...worst);
    expect(Math.max(...worst)).toBeLessThan(TOLERANCE);
    if (words === null) return;
    expect(theirs.ids).toEqual(TEXTS.map((text) => [...words.tokenizer.encode(text)]));
    expect([theirs.endOfSequence].flat()).toContain(words.tokenizer.specialTokenId("eos"));
  });
});
