// Weights as they were read, and what one pass over prompts gives: logits, residual streams, logprobs, padded batches.

import type { LocalEngine } from "../../client/engine/onnx/local-engine.ts";
import { withWeightFiles } from "../../client/engine/onnx/model/checkpoint.ts";
import type { Model } from "../../client/engine/onnx/model/model.ts";
import { type ParameterTable, transposed, viewOf } from "../../client/engine/onnx/model/parameters.ts";
import { rotaryFrequencies } from "../../client/engine/onnx/model/rope-tables.ts";
import { type Checksum, checksum, type Fixture, type FloatsAt, floatsAt, readGolden } from "./fixtures.ts";
import type { Ledger } from "./ledger.ts";
import type { PaddedBatch, Probe } from "./probe.ts";

export interface GoldenPrompt {
  readonly ids: readonly number[];
  readonly last_logits: FloatsAt;
  readonly last_top5?: { readonly ids: readonly number[]; readonly logits: readonly number[] };
  readonly target_logprobs: readonly number[];
  readonly hidden?: readonly (FloatsAt & { readonly after: string })[];
  readonly argmax?: number;
}

interface GoldenForward {
  readonly rope_inv_freq: readonly number[];
  readonly prompts: readonly GoldenPrompt[];
  readonly padded: Readonly<Record<string, PaddedBatch>>;
}

interface GoldenWeights {
  readonly tensors: Readonly<Record<string, Checksum & { readonly dtype: string; readonly shape: readonly number[] }>>;
}

const LOGIT_TOLERANCE = 1e-4;
const LOGPROB_TOLERANCE = 1e-4;
const CHECKSUM_TOLERANCE = 1e-8;

/** Names, element types and shapes on disk, and the widened numbers in memory. */
export async function checkWeights(ledger: Ledger, fixture: Fixture, model: Model): Promise<void> {
  const golden = readGolden<GoldenWeights>(fixture.golden, "weights.json");
  if (golden === null) return;
  const stored = await withWeightFiles(fixture.directory, "model", async ({ tensors }) =>
    Object.fromEntries([...tensors].map(([name, { dtype, shape }]) => [name, { dtype, shape }])),
  );
  ledger.equal("weights", `${fixture.name} names`, Object.keys(stored).sort(), Object.keys(golden.tensors).sort());
  for (const [name, expected] of Object.entries(golden.tensors)) {
    const place = `${fixture.name} ${name}`;
    const { dtype, shape } = expected;
    ledger.equal("weights", place, stored[name], { dtype, shape });
    checkChecksum(ledger, "weights", place, storedOrder(model.table, model.flat, name), expected, CHECKSUM_TOLERANCE);
  }
}

/** A parameter as its file stores it. @throws {RangeError} for a name that the model does not have */
export function storedOrder(table: ParameterTable, flat: Float32Array, name: string): Float32Array {
  const spec = table.specs.find((candidate) => candidate.name === name);
  if (spec === undefined) throw new RangeError(`the model has no parameter ${name}`);
  const view = viewOf(flat, spec);
  const [rows, columns] = spec.shape as readonly [number, number];
  return spec.storedTransposed ? transposed(view, rows, columns) : view;
}

/** @param tolerance relative, for each of the sums; that of the elements is the caller's matter where they may move */
export function checkChecksum(
  ledger: Ledger,
  kind: string,
  place: string,
  values: Float32Array,
  expected: Checksum,
  tolerance: number,
): void {
  const actual = checksum(values);
  ledger.near(
    kind,
    `${place} first`,
    actual.first,
    expected.first,
    tolerance * Math.max(1, ...expected.first.map(Math.abs)),
  );
  // Sums of both signs cancel: the norm is the scale of their terms.
  const scale = { sum: expected.l2, l2: expected.l2, wsum: 97 * expected.l2 };
  for (const key of ["sum", "l2", "wsum"] as const) {
    const room = tolerance * Math.max(Math.abs(expected[key]), scale[key], Number.MIN_VALUE);
    ledger.near(kind, `${place} ${key}`, [actual[key]], [expected[key]], room);
  }
}

export async function checkForward(ledger: Ledger, fixture: Fixture, engine: LocalEngine, probe: Probe): Promise<void> {
  const golden = readGolden<GoldenForward>(fixture.golden, "forward.json");
  if (golden === null) return;
  rotaryFrequencies(engine.model.config).forEach((frequency, i) => {
    const expected = golden.rope_inv_freq[i] ?? Number.NaN;
    ledger.relative("rope", `${fixture.name} frequency ${i}`, frequency, expected, 1e-6);
  });
  await checkPrompts(ledger, fixture, golden.prompts, engine, probe);
  for (const [side, padded] of Object.entries(golden.padded)) {
    const { row } = await probe.batch(padded);
    for (const [b, { last_logits }] of golden.prompts.entries()) {
      const last = padded.attention_mask[b]?.lastIndexOf(1) ?? -1;
      const place = `${fixture.name} ${side} row ${b}`;
      ledger.near("padded", place, row(b, last), floatsAt(fixture.golden, last_logits), LOGIT_TOLERANCE);
    }
  }
}

/** Logits after the last token, residual streams where recorded, and the logprob of every token of each prompt. */
export async function checkPrompts(
  ledger: Ledger,
  fixture: Fixture,
  prompts: readonly GoldenPrompt[],
  engine: LocalEngine,
  probe: Probe,
): Promise<void> {
  const scored = prompts.filter(({ ids }) => ids.length > 1);
  const logprobs = await engine.logprobs(
    scored.map(({ ids }) => ({
      tokens_T: Int32Array.from(ids),
      targets_N: Int32Array.from(ids.slice(1), (_, i) => i + 1),
      inverseTemperature: 1,
    })),
  );
  scored.forEach(({ target_logprobs }, i) => {
    const place = `${fixture.name} scored prompt ${i}`;
    ledger.near("logprobs", place, logprobs[i] as Float32Array, target_logprobs, LOGPROB_TOLERANCE);
  });
  for (const [i, prompt] of prompts.entries()) {
    const place = `${fixture.name} prompt ${i}`;
    const { row, states } = await probe.sequence(prompt.ids);
    const last = row(0, prompt.ids.length - 1);
    ledger.near("logits", place, last, floatsAt(fixture.golden, prompt.last_logits), LOGIT_TOLERANCE);
    const order = Array.from(last.keys()).sort((a, b) => (last[b] as number) - (last[a] as number));
    if (prompt.argmax !== undefined) ledger.equal("logits", `${place} argmax`, order[0], prompt.argmax);
    if (prompt.last_top5 !== undefined) {
      ledger.equal("logits", `${place} top 5`, order.slice(0, 5), prompt.last_top5.ids);
    }
    for (const [layer, hidden] of (prompt.hidden ?? []).entries()) {
      const expected = floatsAt(fixture.golden, hidden);
      ledger.near("hidden", `${place} after ${hidden.after}`, states[layer] ?? [], expected, LOGIT_TOLERANCE);
    }
  }
}
