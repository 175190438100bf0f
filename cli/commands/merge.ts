// `anchorgym merge <adapters> --output <folder>`: adapters and their base as one checkpoint that needs neither, for tools that
// load whole models. The output is there whole or not at all, and never replaces what is there already.

import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { Command, Option } from "commander";
import { ADAPTER_CONFIG, isAdapterDirectory, loadAdapterConfig } from "../../client/engine/onnx/model/adapter-files.ts";
import { mergeAdapters } from "../../client/engine/onnx/model/merge.ts";
import { resolveBase } from "../../client/engine/onnx/model/open-model.ts";
import { resolveModel } from "../../client/engine/weights/hub.ts";
import { WEIGHT_DTYPES, type WeightDtype } from "../../client/engine/weights/tensor-dtype.ts";
import { makeDirectory } from "../../platform/make-directory.ts";
import { fail } from "../../proto/errors.ts";
import { UsageError } from "../exit.ts";
import { adapterTokenizerFiles } from "../policy-format.ts";

interface MergeFlags {
  readonly output: string;
  readonly base?: string;
  readonly dtype: WeightDtype;
  readonly json?: boolean;
}

const EXAMPLES = `
The base is the model that adapter_config.json names: a folder (as written, or beside the adapters) or a name on the hub.
Sums are made in float64; float32 keeps them best, and a half-precision type halves the file.

Example:
  $ anchorgym merge runs/household-lora/checkpoints/step-000300 --output merged --dtype bfloat16`;

export function mergeCommand(): Command {
  return new Command("merge")
    .description("add LoRA adapters to their base and write the whole model")
    .argument("<adapters>", "folder of PEFT adapters, or a name on the hub")
    .requiredOption("--output <folder>", "new folder for the checkpoint, in the Hugging Face layout")
    .option("--base <model>", "folder or hub name of the base, instead of the one that the adapters name")
    .addOption(
      new Option("--dtype <name>", "type of the written weights")
        .choices(Object.keys(WEIGHT_DTYPES))
        .default("float32"),
    )
    .option("--json", "the result as one JSON object")
    .addHelpText("after", EXAMPLES)
    .action(merge);
}

async function merge(named: string, { output, base, dtype, json }: MergeFlags): Promise<void> {
  refuseOutput(output);
  const adapters = await adapterDirectory(named);
  const baseDirectory = await baseOf(adapters, base);
  const files = await adapterTokenizerFiles(adapters, baseDirectory);
  if (!files.isWhole) process.stderr.write(`neither ${adapters} nor ${baseDirectory} holds a tokenizer.json to copy\n`);
  const { config, table } = await mergeAdapters(adapters, baseDirectory, output, { dtype, addFiles: files.exportTo });
  const parameters = table.specs.reduce((sum, { size }) => sum + size, 0);
  const { rank, alpha, targets } = config.lora ?? { rank: 0, alpha: 0, targets: [] };
  const result = { output, adapters, base: baseDirectory, rank, alpha, targets, parameters, dtype };
  process.stdout.write(
    json
      ? `${JSON.stringify(result)}\n`
      : `${output}: ${baseDirectory} plus adapters of rank ${rank} on ${targets.join(", ")}; ` +
          `${parameters} parameters in ${dtype}\n`,
  );
}

/** Before weights are read: minutes later it would be a pity. */
function refuseOutput(output: string): void {
  if (existsSync(output)) throw new UsageError(`${output} is there already; name a new folder, or remove it first`);
  try {
    makeDirectory(dirname(output));
  } catch (error) {
    throw fail("CONFIG_INVALID", `${output} cannot be made; set --output to where a folder can be written`, {
      cause: error,
    });
  }
}

async function adapterDirectory(named: string): Promise<string> {
  const directory = await resolveModel(named);
  if (existsSync(join(directory, ADAPTER_CONFIG))) return directory;
  throw fail(
    "CONFIG_INVALID",
    `${directory} holds no ${ADAPTER_CONFIG}; name a folder of adapters, such as a checkpoint of a run with policy.lora`,
  );
}

/** The folder of the base. @throws {ConfigError} CONFIG_INVALID where it is not to be had, or needs a merge itself */
async function baseOf(adapters: string, flag: string | undefined): Promise<string> {
  const named = flag ?? (await loadAdapterConfig(adapters)).base;
  if (named === "") throw fail("CONFIG_INVALID", `${adapters}/${ADAPTER_CONFIG} names no base; give it with --base`);
  let directory: string;
  try {
    directory = await resolveBase(adapters, named);
  } catch (error) {
    const whose = flag === undefined ? `the base that ${adapters}/${ADAPTER_CONFIG} names` : "the base";
    throw fail("CONFIG_INVALID", `${whose} is not there; give its folder with --base`, { cause: error });
  }
  if (!isAdapterDirectory(directory)) return directory;
  throw fail("CONFIG_INVALID", `the base ${directory} is a folder of adapters itself; merge that one first`);
}
