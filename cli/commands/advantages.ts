// `anchorgym advantages`: advantages for anybody's rows, so that other trainers can call it. JSON in, JSON out, no
// servers and no model. Wrong input ends with exit code 2 and a sentence that names batch, row, field and cure.

import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { Command, Option } from "commander";
import { ALGORITHM_NAMES } from "../../client/algorithms/registry.ts";
import { InputError, inputError, parseInputFile } from "../advantages/batch-file.ts";
import { computeBatches } from "../advantages/compute-batches.ts";

const HELP = `
Input:
  {"batches": [{"config": {...}, "rows": [{"group", "trajectory", "step", "anchor", "reward", "valid"}, ...]}]}
  config   settings of the algorithm; what it leaves open is filled by "preset" (paper | reference; default paper)
  rows     one per step: "reward" of this step alone; "anchor" names the state before the action, or "anchors" gives
           {"observation", "semantic", "full"}; "valid" (true), "admissible" (true), "terminated" and "truncated" (false)
           may be left out; graph-credit also reads "next" (or "nextAnchors"), the state after the action, "success"
           after the last step of a won episode. Rows may be lists in the order of "rowFields", in the batch or in the file.
Output, in row order:
  {"batches": [{"advantage": [...], "episodeAdvantage": [...], "stepAdvantage": [...]}]}

Example:
  $ echo '{"batches": [{"config": {"normalization": "mean"}, "rows": [
      {"group": "g", "trajectory": "a", "step": 0, "anchor": "s", "reward": 10, "valid": true},
      {"group": "g", "trajectory": "b", "step": 0, "anchor": "s", "reward": 0, "valid": true}]}]}' \\
    | anchorgym advantages --algorithm gigpo --input -
  {"batches":[{"advantage":[10,-10],"episodeAdvantage":[5,-5],"stepAdvantage":[5,-5]}]}
`;

interface Flags {
  readonly algorithm: string;
  readonly input: string;
  readonly diagnostics: boolean;
}

/** The subcommand, ready for the program of cli/main.ts. */
export function advantagesCommand(): Command {
  const command = new Command("advantages");
  return command
    .description("compute the advantages of rows from any trainer")
    .addOption(new Option("--algorithm <name>", "estimator").choices([...ALGORITHM_NAMES]).default("gigpo"))
    .requiredOption("--input <file>", "JSON file, or - for standard input")
    .option("--diagnostics", "add the named counts and shares of each batch", false)
    .addHelpText("after", HELP)
    .action(async (flags: Flags) => {
      try {
        await printAdvantages(flags);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        command.error(`error: ${error.message}`, { exitCode: 2, code: "anchorgym.input" });
      }
    });
}

async function printAdvantages({ algorithm, input, diagnostics }: Flags): Promise<void> {
  const source = input === "-" ? "standard input" : input;
  const file = parseInputFile(await readInput(input), source);
  const batches = computeBatches(file, algorithm, diagnostics);
  if (file.ignoredFields.length > 0) {
    process.stderr.write(`note: nothing reads these row fields: ${file.ignoredFields.join(", ")}\n`);
  }
  process.stdout.write(`${JSON.stringify({ batches })}\n`);
}

async function readInput(input: string): Promise<string> {
  if (input === "-") return text(process.stdin);
  try {
    return await readFile(input, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw inputError(
      `--input ${input}`,
      `cannot be read (${code}); give an existing file, or - for standard input`,
      error,
    );
  }
}
