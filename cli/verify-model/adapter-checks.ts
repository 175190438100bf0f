// Adapters on their base: what the pair gives, what the merged weights are and give, and how the adapters train.

import type { LocalEngine } from "../../client/engine/onnx/local-engine.ts";
import { mergedWeights } from "../../client/engine/onnx/model/merge.ts";
import { Model } from "../../client/engine/onnx/model/model.ts";
import { type Checksum, type Fixture, floatsAt, readGolden } from "./fixtures.ts";
import { checkChecksum, checkPrompts, type GoldenPrompt, storedOrder } from "./forward-checks.ts";
import type { Ledger } from "./ledger.ts";
import { Probe } from "./probe.ts";
import {
  checkGradients,
  checkSteps,
  type GoldenBatch,
  type GoldenGradients,
  type GoldenSteps,
  rowsOf,
  type StepSettings,
} from "./training-checks.ts";

interface GoldenAdapters {
  readonly r: number;
  readonly lora_alpha: number;
  readonly prompts: readonly GoldenPrompt[];
  readonly merged_weights?: Readonly<Record<string, Checksum>>;
  readonly ce?: GoldenGradients & { readonly batch: string };
  readonly adamw_ce?: GoldenSteps & { readonly settings: StepSettings };
}

/** Products of the two factors are float32 on the other side. */
const MERGED_TOLERANCE = 1e-6;
const LOGIT_TOLERANCE = 1e-4;

export async function checkAdapters(ledger: Ledger, fixture: Fixture, open: () => Promise<LocalEngine>): Promise<void> {
  const golden = readGolden<GoldenAdapters>(fixture.golden, "lora.json");
  if (golden === null) return;
  const engine = await open();
  try {
    const { lora } = engine.model.config;
    ledger.equal("lora", `${fixture.name} rank and alpha`, [lora?.rank, lora?.alpha], [golden.r, golden.lora_alpha]);
    const probe = await Probe.open(engine.model, engine.device);
    await checkPrompts(ledger, fixture, golden.prompts, engine, probe);
    await probe.close();
    await checkMerged(ledger, fixture, golden, engine);
  } finally {
    await engine.close();
  }
  const { ce, adamw_ce: steps } = golden;
  const batch = ce === undefined ? null : readGolden<GoldenBatch>(fixture.golden, ce.batch);
  if (ce === undefined || batch === null) return;
  const [rows, loss, place] = [rowsOf(batch), { name: "cross-entropy" } as const, `${fixture.name} ce`];
  const trained = await open();
  try {
    await checkGradients(ledger, place, fixture.golden, trained, ce, rows, loss);
  } finally {
    await trained.close();
  }
  if (steps === undefined) return;
  const stepped = await open();
  try {
    const base = stepped.model.flat.slice();
    await checkSteps(ledger, place, fixture.golden, stepped, rows, loss, steps.settings, steps);
    const isFrozen = stepped.model.flat.every((value, i) => value === base[i]);
    ledger.equal("lora", `${place} leaves the base as it is`, isFrozen, true);
  } finally {
    await stepped.close();
  }
}

async function checkMerged(
  ledger: Ledger,
  fixture: Fixture,
  golden: GoldenAdapters,
  engine: LocalEngine,
): Promise<void> {
  const { lora: _, ...config } = engine.model.config;
  const merged = new Model(config, mergedWeights(engine.model));
  for (const [name, expected] of Object.entries(golden.merged_weights ?? {})) {
    const values = storedOrder(merged.table, merged.flat, name);
    checkChecksum(ledger, "lora", `${fixture.name} merged ${name}`, values, expected, MERGED_TOLERANCE);
  }
  const probe = await Probe.open(merged, engine.device);
  for (const [i, { ids, last_logits }] of golden.prompts.entries()) {
    const { row } = await probe.sequence(ids);
    const expected = floatsAt(fixture.golden, last_logits);
    ledger.near("lora", `${fixture.name} merged, prompt ${i}`, row(0, ids.length - 1), expected, LOGIT_TOLERANCE);
  }
  await probe.close();
}
