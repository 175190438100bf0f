// Everything that a folder of fixtures can hold this engine to, checkpoint by checkpoint. Engines run in this thread.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { LocalEngine } from "../../client/engine/onnx/local-engine.ts";
import { checkDevice } from "../../client/engine/onnx/session/device.ts";
import { openOrtSession } from "../../client/engine/onnx/session/ort-session.ts";
import { loadTokenizer } from "../../client/prompt/tokenizer.ts";
import { type EnginePlace, placeOptions } from "../flag-values.ts";
import { checkAdapters } from "./adapter-checks.ts";
import { type Fixture, readFixtureFolder } from "./fixtures.ts";
import { checkForward, checkWeights } from "./forward-checks.ts";
import { checkGenerations } from "./generation-checks.ts";
import { Ledger } from "./ledger.ts";
import { Probe } from "./probe.ts";
import { checkChat, checkTokenizer } from "./text-checks.ts";
import { checkTraining } from "./training-checks.ts";

const MAX_BATCH_TOKENS = 2048;

/**
 * @param root a folder of the schema that fixtures.ts describes
 * @throws {ConfigError} CONFIG_INVALID with the cure where the device is missing
 */
export async function verifyModels(root: string, place: EnginePlace = {}): Promise<Ledger> {
  await checkDevice(place.device ?? "cpu", openOrtSession);
  const open = ({ directory }: Fixture): Promise<LocalEngine> =>
    LocalEngine.create(openOrtSession, {
      model: { directory },
      seed: 0,
      threads: 1,
      optimization: "all",
      maxBatchTokens: MAX_BATCH_TOKENS,
      ...placeOptions(place),
    });
  const ledger = new Ledger();
  const { checkpoints, adapters, orphans, texts } = readFixtureFolder(root);
  for (const name of orphans)
    ledger.equal("load", `golden/${name}`, "no folder of that name", "a checkpoint or adapters");
  for (const fixture of checkpoints) {
    await ledger.attempt("load", fixture.name, () => checkCheckpoint(ledger, fixture, open));
  }
  for (const fixture of adapters) {
    await ledger.attempt("load", fixture.name, () => checkAdapters(ledger, fixture, () => open(fixture)));
  }
  for (const { kind, file } of texts) {
    const check = kind === "tokenizer" ? checkTokenizer : checkChat;
    await ledger.attempt(kind, file, () => check(ledger, file, checkpoints));
  }
  return ledger;
}

async function checkCheckpoint(
  ledger: Ledger,
  fixture: Fixture,
  open: (fixture: Fixture) => Promise<LocalEngine>,
): Promise<void> {
  const hasTokenizer = existsSync(join(fixture.directory, "tokenizer.json"));
  const tokenizer = hasTokenizer ? await loadTokenizer(fixture.directory) : null;
  const engine = await open(fixture);
  try {
    const probe = await Probe.open(engine.model, engine.device);
    await checkWeights(ledger, fixture, engine.model);
    await checkForward(ledger, fixture, engine, probe);
    await checkGenerations(ledger, fixture, engine, probe, tokenizer);
    await probe.close();
  } finally {
    await engine.close();
  }
  await checkTraining(ledger, fixture, () => open(fixture));
}
