// `anchorgym verify-model <dir>`: holds the embedded engine to a folder of model fixtures. Exit code 1 when anything differs,
// 2 when the folder holds nothing to check.

import { existsSync } from "node:fs";
import { Command } from "commander";
import { type RunningPlace, runningPlace } from "../engine-place.ts";
import { EXIT, UsageError } from "../exit.ts";
import { addPlaceFlags, type EnginePlace } from "../flag-values.ts";
import type { Ledger } from "../verify-model/ledger.ts";
import { verifyModels } from "../verify-model/verify.ts";

const EXAMPLES = `
The folder holds checkpoints, adapters, and golden/<checkpoint>/ with what a reference implementation gave for them: weights,
logits, logprobs, generations, losses, gradients, optimiser steps, tokenizer and chat template cases. What is absent is not checked.
"worst" is the largest difference of a kind as a share of its tolerance.

Examples:
  $ anchorgym verify-model ../shared/data/models --json
  {"checks":4242,"failed":0,"kinds":{"chat template":{"checks":...}},"failures":[],"params":{"device":"cpu",...}}
  $ anchorgym verify-model ../shared/data/models --device cuda            # parity there; see docs/gpu.md`;

export function verifyModelCommand(): Command {
  const command = new Command("verify-model")
    .description("hold the engine's numbers to those of a reference implementation")
    .argument("<dir>", "folder of model fixtures")
    .option("--json", "one JSON object");
  return addPlaceFlags(command).addHelpText("after", EXAMPLES).action(verifyModel);
}

async function verifyModel(directory: string, { json, ...place }: EnginePlace & { json?: boolean }): Promise<void> {
  if (!existsSync(directory)) throw new UsageError(`${directory} does not exist`);
  const params = await runningPlace(place);
  const ledger = await verifyModels(directory, place);
  if (ledger.checks === 0) {
    throw new UsageError(`${directory} holds nothing to check: no checkpoint beside a folder golden/<its name>`);
  }
  const { checks, failed, kinds, failures } = ledger;
  process.stdout.write(
    json ? `${JSON.stringify({ checks, failed, kinds, failures, params })}\n` : textReport(ledger, params),
  );
  if (failed > 0) process.exitCode = EXIT.failed;
}

function textReport({ checks, failed, kinds, failures }: Ledger, params: RunningPlace): string {
  const rows = Object.entries(kinds).map(([kind, summary]) => {
    const worst = summary.worst === null ? "exact" : `worst ${(100 * summary.worst).toPrecision(2)} % of the tolerance`;
    return `${kind.padEnd(20)} ${String(summary.checks).padStart(6)} checks ${String(summary.failed).padStart(4)} failed  ${worst}\n`;
  });
  const lines = failures.map(({ kind, place, problem }) => `  ${kind}: ${place}: ${problem}\n`);
  const place = `device ${params.device}, form ${params.form}, kernels by ${JSON.stringify(params.providers)}`;
  const onCpu = params.on_cpu === undefined ? "" : `, on the CPU all the same: ${params.on_cpu.join(", ") || "none"}`;
  return `${rows.join("")}${place}${onCpu}\n${checks} checks, ${failed} failed\n${lines.join("")}`;
}
