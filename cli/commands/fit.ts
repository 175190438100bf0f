// `anchorgym fit household`: how well generated worlds fit the published ones, statistic by statistic. Exit code 1 when one misses.

import { Argument, Command } from "commander";
import { textTable } from "../../client/observe/console.ts";
import { type FitRow, fitRows } from "../../envs/household/generator/fit.ts";
import { householdWorld } from "../../envs/household/household-world.ts";
import { EXIT } from "../exit.ts";
import { integerFlag } from "../flag-values.ts";

interface FitFlags {
  readonly worlds: number;
  readonly json?: boolean;
}

const EXAMPLES = `
Means pass within 10 % of the target, shares within 5 points, distributions within a total variation of 0.05 (families)
and 0.10 (shortest solutions). The targets are those of 203 published games; below some 1,000 worlds shares are noise.

Example:
  $ anchorgym fit household --worlds 2000 --json`;

export function fitCommand(): Command {
  return new Command("fit")
    .description("compare generated worlds with the statistics of the published ones")
    .addArgument(new Argument("<world>", "world").choices(["household"]))
    .option("--worlds <n>", "tasks of the training split to generate", integerFlag(1), 2000)
    .option("--json", "one JSON object")
    .addHelpText("after", EXAMPLES)
    .action((world: string, flags: FitFlags) => printFit(world, flags));
}

function printFit(world: string, { worlds, json }: FitFlags): void {
  const rows = fitRows(Array.from({ length: worlds }, (_, index) => householdWorld.task("train", index).data));
  const failed = rows.filter(({ passed }) => !passed).length;
  const { version } = householdWorld.description;
  process.stdout.write(
    json
      ? `${JSON.stringify({ world, version, worlds, passed: failed === 0, failed, rows })}\n`
      : `${textTable([HEAD, ...rows.map(cells)])}\n${rows.length - failed} of ${rows.length} pass over ${worlds} worlds\n`,
  );
  if (failed > 0) process.exitCode = EXIT.failed;
}

const HEAD = ["statistic", "target", "measured", "deviation", "tolerance", "verdict"];

function cells({ statistic, kind, target, measured, deviation, tolerance, passed }: FitRow): string[] {
  const unit = (value: number) => {
    if (kind === "mean") return `${(100 * value).toFixed(1)} %`;
    return kind === "share" ? `${(100 * value).toFixed(1)} points` : value.toFixed(3);
  };
  const digits = kind === "mean" ? 2 : 3;
  return [
    statistic,
    target.toFixed(digits),
    measured.toFixed(digits),
    unit(deviation),
    unit(tolerance),
    passed ? "pass" : "MISS",
  ];
}
